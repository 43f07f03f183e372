/**
 * The pasted bearer token. It lives in sessionStorage: it outlasts a reload (phones reload a tab that was in the
 * background, and so does printing on some), belongs to one tab, and is gone when that tab is closed. It is never
 * put into localStorage, a cookie or an address.
 */

const KEY = "billing.token";

/** The claims of a token, unverified: they only decide what the page shows. Null if it is no JWT. */
export function claimsOf(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return claims && typeof claims === "object" ? claims : null;
  } catch {
    return null;
  }
}

/** The token of this tab, or null. */
export const storedToken = () => sessionStorage.getItem(KEY);

export const storeToken = (token) => sessionStorage.setItem(KEY, token);

export const forgetToken = () => sessionStorage.removeItem(KEY);

/** A pasted text as a token: without the word Bearer, quotes and line breaks. */
export const cleanToken = (text) => text.replace(/\s+/g, " ").trim().replace(/^"|"$/g, "").replace(/^bearer /i, "").replaceAll(" ", "");

/** Milliseconds until a token expires; Infinity when it does not say. */
export function expiresInMs(token, now = Date.now()) {
  const expires = claimsOf(token)?.exp;
  return typeof expires === "number" ? expires * 1000 - now : Infinity;
}

/** Whether a token may record payments; true when it does not say, for then the API decides. */
export function mayWrite(token) {
  const scope = claimsOf(token)?.scope;
  if (typeof scope !== "string") return true;
  return scope.split(" ").some((word) => word === "billing:write" || word === "billing/write");
}
