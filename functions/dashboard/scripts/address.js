/**
 * What is shown, as the address's fragment: it survives a reload, works with Back, can be sent to a colleague, and is
 * never sent to a server. The token is not in it.
 */

import { isDay, rangeOf } from "./dates.js";
import { STATUS_TEXT } from "./words.js";

export const RANGES = ["today", "month", "fy", "custom"];
const ID = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,96}$/;
const PER_PAGE = [20, 50, 100];

/** The state an address describes; what is missing or senseless is as at the start. */
export function stateOf(fragment, today) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const one = (name, valid, otherwise = "") => (valid(given.get(name) ?? "") ? given.get(name) : otherwise);
  const isId = (text) => ID.test(text);
  const range = one("range", (text) => RANGES.includes(text), "month");
  let days = rangeOf(range, today);
  if (range === "custom") {
    const from = one("from", isDay, days.from);
    const to = one("to", isDay, today);
    days = from <= to ? { from, to } : { from: to, to: from };
  }
  const branch = one("branch", isId);
  const followed = (name, otherwise, valid) => (given.has(name) ? one(name, valid) : otherwise);
  return {
    range,
    ...days,
    branch,
    unit: one("unit", (text) => text === "day" || text === "month"),
    list: {
      status: one("status", (text) => Object.hasOwn(STATUS_TEXT, text)),
      patient_id: one("patient", isId),
      branch_id: followed("list_branch", branch, isId),
      date_from: followed("list_from", days.from, isDay),
      date_to: followed("list_to", days.to, isDay),
      page: Number(one("page", (text) => /^[1-9]\d{0,8}$/.test(text), "1")),
      per_page: PER_PAGE.find((size) => String(size) === given.get("per_page")) ?? PER_PAGE[0],
    },
    invoice: one("invoice", isId),
  };
}

/** The shortest address of a state: the list's branch and days only where they differ from the page's. */
export function addressOf(state) {
  const { list } = state;
  const said = {
    branch: state.branch,
    range: state.range === "month" ? "" : state.range,
    from: state.range === "custom" ? state.from : "",
    to: state.range === "custom" ? state.to : "",
    unit: state.unit,
    status: list.status,
    patient: list.patient_id,
    page: list.page > 1 ? String(list.page) : "",
    per_page: list.per_page === PER_PAGE[0] ? "" : String(list.per_page),
    invoice: state.invoice,
  };
  const words = new URLSearchParams(Object.entries(said).filter(([, value]) => value));
  // An empty value says "any", which is not the same as "as above".
  if (list.branch_id !== state.branch) words.set("list_branch", list.branch_id);
  if (list.date_from !== state.from) words.set("list_from", list.date_from);
  if (list.date_to !== state.to) words.set("list_to", list.date_to);
  return `#${words}`;
}
