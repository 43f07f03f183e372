/** The billing API, called from its own origin with the tab's token. */

import { parseDocument } from "./money.js";

const TIMEOUT_MS = 20_000;
const ATTEMPTS = 3;

/** What went wrong, in the API's words (RFC 9457) or, where it could not say, in ours. */
export class Problem extends Error {
  constructor(status, document, requestId) {
    super(document.detail);
    this.status = status;
    this.code = document.code;
    this.title = document.title;
    this.detail = document.detail;
    this.document = document;
    this.faults = document.errors ?? [];
    this.requestId = requestId;
  }
}

const OWN_WORDS = {
  401: ["unauthenticated", "The token was refused", "It may have expired, or belong to another system. Paste a new one."],
  403: ["forbidden", "Not allowed", "The token does not hold the scope this needs."],
  404: ["not_found", "Not found", "There is nothing here, or not for this token."],
  429: ["too_many_requests", "Too many requests", "The service asks for a pause. Try again in a moment."],
  503: ["temporarily_unavailable", "The service is busy", "Nothing was lost. Try again in a moment."],
};

async function problemOf(response) {
  let document = {};
  try {
    document = parseDocument(await response.text());
  } catch {
    // Not JSON: said in our own words below.
  }
  if (!document.code) {
    const [code, title, detail] = OWN_WORDS[response.status] ?? ["failed", "The request failed", `The answer was ${response.status}.`];
    document = { ...document, code, title, detail };
  }
  return new Problem(response.status, document, response.headers.get("X-Request-Id"));
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Calls with a token; `onUnauthorized` hears of every 401. */
export class Api {
  constructor(token, onUnauthorized) {
    this.token = token;
    this.onUnauthorized = onUnauthorized;
  }

  /** The answer as `{document, headers}`, amounts as text. Parameters without a value are left out. */
  get(path, parameters = {}) {
    const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const query = new URLSearchParams(given).toString();
    return this.#call(query ? `${path}?${query}` : path, { method: "GET" });
  }

  /** Send JSON text under a key that makes sending it again harmless. */
  post(path, body, idempotencyKey) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey };
    return this.#call(path, { method: "POST", body, headers });
  }

  async #call(path, options) {
    for (let attempt = 1; ; attempt += 1) {
      let response;
      try {
        response = await fetch(path, {
          ...options,
          headers: { Accept: "application/json", ...options.headers, Authorization: `Bearer ${this.token}` },
          cache: "no-store",
          credentials: "omit",
          redirect: "error",
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
      } catch {
        throw new Problem(0, {
          code: "unreachable",
          title: "The service could not be reached",
          detail: "Check the connection and try again.",
        });
      }
      if (response.ok) {
        return { document: parseDocument(await response.text()), headers: response.headers, status: response.status };
      }
      // Reads repeat freely, and a payment carries its key: the service asked us to come back, so we do.
      if ((response.status === 503 || response.status === 429) && attempt < ATTEMPTS) {
        await pause(Math.min(Number(response.headers.get("Retry-After")) || 1, 5) * 1000);
        continue;
      }
      const problem = await problemOf(response);
      if (problem.status === 401) this.onUnauthorized(problem);
      throw problem;
    }
  }
}

/** A new identity for one payment. */
export function newIdempotencyKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `dashboard-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** The page each relation of a Link header (RFC 8288) leads to: {first: 1, next: 3, …}. */
export function linkedPages(header) {
  const pages = {};
  for (const [, target, relation] of (header ?? "").matchAll(/<([^>]*)>\s*;\s*rel="?(\w+)"?/g)) {
    const page = /[?&]page=(\d+)/.exec(target);
    if (page) pages[relation] = Number(page[1]);
  }
  return pages;
}
