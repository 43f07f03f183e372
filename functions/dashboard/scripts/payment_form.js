/**
 * The form that records money received.
 *
 * A form has one Idempotency-Key from the moment it appears until its payment is known to be recorded. A second click,
 * a retry after a lost answer, or both at once name the same payment, and the API records it once.
 */

import { byId, h, show } from "./dom.js";
import { newIdempotencyKey } from "./api.js";
import { addDays, todayInIndia } from "./dates.js";
import { indian, rupeeText, toPaise, toRupees, typedPaise } from "./money.js";
import { MODE_TEXT, REFERENCE_TEXT, STATUS_TEXT } from "./words.js";

const FIELDS = { "/amount": "amount", "/payment_mode": "mode", "/reference": "reference", "/payment_date": "date" };
const FIELD_TEXT = { amount: "The amount", mode: "The mode", reference: "The reference", date: "The date" };
const UNKNOWN_OUTCOME = new Set([0, 500, 502, 503, 504]);

/** Why an invoice takes no payment, or null if it does. */
function closedText(invoice) {
  if (invoice.status === "finalized" || invoice.status === "partially_paid") return null;
  if (invoice.status === "paid") return "Paid in full. Nothing is due.";
  if (invoice.status === "draft") return "A draft takes no payment. It must be finalized first.";
  return `${STATUS_TEXT[invoice.status] ?? "This invoice"}: takes no payment.`;
}

export class PaymentForm {
  #place;
  #onRecorded;
  #onStale;
  #api = null;
  #invoice = null;
  #key = "";
  #sending = false;

  /** `onRecorded` hears of a recorded payment's answer, `onStale` that the invoice changed elsewhere. */
  constructor(place, onRecorded, onStale) {
    this.#place = place;
    this.#onRecorded = onRecorded;
    this.#onStale = onStale;
  }

  /** A fresh form for an invoice, or why there is none. `said` is a message to show above it. */
  show(api, invoice, writes, said = null) {
    this.#api = api;
    this.#invoice = invoice;
    this.#key = newIdempotencyKey();
    this.#sending = false;
    const closed = closedText(invoice);
    const balance = toPaise(invoice.balance);
    show(
      this.#place,
      h("h3", {}, "Record a payment"),
      h("div", { id: "payment-said", role: "status" }, said),
      closed
        ? h("p", { class: "muted" }, closed)
        : writes
          ? this.#form(balance)
          : h("p", { class: "muted" }, "This token may read only. Recording a payment needs the scope billing:write."),
    );
    if (!closed && writes) this.#dress();
  }

  #form(balance) {
    const today = todayInIndia();
    return h(
      "form",
      { id: "payment-form", novalidate: true, autocomplete: "off", submit: (event) => this.#submit(event), input: () => this.#dress() },
      h("p", { class: "due" }, "Balance ", h("b", {}, rupeeText(balance))),
      field("amount", "Amount in rupees", { type: "text", inputmode: "decimal", value: indian(balance), class: "money", required: true }),
      h(
        "fieldset",
        { class: "modes", id: "payment-mode", "aria-describedby": "payment-mode-fault" },
        h("legend", {}, "Mode"),
        h(
          "div",
          { class: "choices" },
          Object.entries(MODE_TEXT).map(([mode, text], place) =>
            h("label", {}, h("input", { type: "radio", name: "payment-mode", value: mode, checked: place === 0 }), h("span", {}, text)),
          ),
        ),
        h("p", { class: "fault", id: "payment-mode-fault" }),
      ),
      field("reference", "Reference", { type: "text", maxlength: 64, spellcheck: "false", autocapitalize: "characters" }, true),
      field("date", "Received on", { type: "date", value: today, max: today, min: addDays(this.#invoice.date, -1), required: true }),
      h("div", { id: "payment-problem", role: "alert" }),
      h("button", { type: "submit", class: "primary", id: "payment-submit" }, "Record"),
      h("p", { class: "hint" }, "A recorded payment is final. Money returned is recorded as a refund."),
    );
  }

  /** What depends on what was typed: the button's amount, the reference's name. */
  #dress() {
    const paise = typedPaise(byId("payment-amount").value);
    byId("payment-submit").textContent = paise ? `Record ${rupeeText(paise)}` : "Record";
    const [label, hint] = REFERENCE_TEXT[this.#mode()];
    byId("payment-reference-label").textContent = label;
    byId("payment-reference-hint").textContent = hint;
  }

  #mode() {
    return this.#place.querySelector("input[name=payment-mode]:checked").value;
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#sending) return;
    this.#clear();
    const paise = typedPaise(byId("payment-amount").value);
    if (paise === null) {
      this.#fault("amount", "The amount must be rupees with at most 2 decimals, like 1,23,456.78.");
      byId("payment-amount").focus();
      return;
    }
    const reference = byId("payment-reference").value.trim();
    const rest = {
      payment_mode: this.#mode(),
      ...(reference ? { reference } : {}),
      payment_date: byId("payment-date").value,
    };
    this.#busy(true);
    const invoice = this.#invoice;
    try {
      const body = `{"amount":${toRupees(paise)},${JSON.stringify(rest).slice(1)}`;
      const answer = await this.#api.post(`invoices/${encodeURIComponent(invoice.id)}/payments`, body, this.#key);
      // Another invoice may have been opened meanwhile; the payment stands all the same.
      await this.#onRecorded(invoice, recordedText(answer), this.#invoice === invoice);
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      if (this.#invoice === invoice) this.#refused(problem);
    }
  }

  #refused(problem) {
    this.#busy(false);
    if (problem.status === 401) return;
    if (problem.code === "idempotency_key_reused") {
      const text = "An earlier attempt of this form was recorded with other values. The invoice is shown as it is now.";
      this.#onStale(h("p", { class: "note warn" }, text));
      return;
    }
    if (problem.code === "not_payable") {
      this.#onStale(h("p", { class: "note warn" }, problem.detail));
      return;
    }
    for (const fault of problem.faults) {
      const name = FIELDS[fault.pointer];
      if (name) this.#fault(name, `${FIELD_TEXT[name]} ${fault.detail}.`);
    }
    if (problem.code === "overpayment") this.#overpaid(problem);
    if (problem.code === "duplicate_reference") this.#fault("reference", problem.detail);
    const first = this.#place.querySelector("[aria-invalid=true]");
    if (first) {
      first.focus();
      return;
    }
    const safe = UNKNOWN_OUTCOME.has(problem.status) ? "It is safe to press the button again: this payment is recorded once." : null;
    show(
      byId("payment-problem"),
      h("p", { class: "problem-title" }, problem.title),
      h("p", {}, problem.detail),
      safe ? h("p", {}, safe) : null,
      problem.requestId ? h("p", { class: "reference" }, "Request ", h("code", {}, problem.requestId)) : null,
    );
    byId("payment-submit").focus();
  }

  #overpaid(problem) {
    const balance = problem.document.balance ? toPaise(problem.document.balance) : null;
    const use = () => {
      byId("payment-amount").value = indian(balance);
      this.#clear();
      this.#dress();
      byId("payment-submit").focus();
    };
    this.#fault(
      "amount",
      balance === null ? problem.detail : `The amount is more than the balance of ${rupeeText(balance)}.`,
      balance === null ? null : h("button", { type: "button", class: "link", click: use }, "Use the balance"),
    );
  }

  #fault(name, text, extra = null) {
    const control = name === "mode" ? this.#place.querySelector("input[name=payment-mode]:checked") : byId(`payment-${name}`);
    control.setAttribute("aria-invalid", "true");
    show(byId(`payment-${name}-fault`), text, extra ? " " : null, extra);
  }

  #clear() {
    for (const control of this.#place.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
    for (const text of this.#place.querySelectorAll(".fault")) show(text);
    show(byId("payment-problem"));
    show(byId("payment-said"));
  }

  #busy(sending) {
    this.#sending = sending;
    const submit = byId("payment-submit");
    submit.setAttribute("aria-disabled", String(sending));
    if (sending) submit.textContent = "Recording…";
    else this.#dress();
  }
}

function field(name, text, attributes, hinted = false) {
  const id = `payment-${name}`;
  return h(
    "div",
    { class: "field" },
    h("label", { for: id, id: `${id}-label` }, text),
    h("input", { id, name, "aria-describedby": `${hinted ? `${id}-hint ` : ""}${id}-fault`, ...attributes }),
    hinted ? h("p", { class: "hint", id: `${id}-hint` }) : null,
    h("p", { class: "fault", id: `${id}-fault` }),
  );
}

function recordedText({ document: answer, headers }) {
  const { payment, invoice } = answer;
  const amount = `${rupeeText(toPaise(payment.amount))} by ${MODE_TEXT[payment.payment_mode] ?? payment.payment_mode}`;
  const balance = toPaise(invoice.balance);
  const left = balance ? `Balance ${rupeeText(balance)}.` : "The invoice is paid.";
  const text = headers.get("Idempotent-Replayed") === "true" ? `${amount} was recorded already; nothing was added.` : `${amount} recorded.`;
  return [
    h("p", { class: "note good" }, `${text} ${left}`),
    (answer.warnings ?? []).map((warning) => h("p", { class: "note warn" }, warning.detail)),
  ];
}
