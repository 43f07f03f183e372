/** A problem as people read it: what happened, what to do, and the number support asks for. */

import { h } from "./dom.js";

/** A panel with the problem and, if it makes sense, a way to try again. */
export function problemPanel(problem, again) {
  const details = problem.faults.map((fault) => h("li", {}, `${fault.parameter ?? fault.pointer ?? ""} ${fault.detail}`.trim()));
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("p", { class: "problem-title" }, problem.title ?? "Something went wrong"),
    h("p", {}, problem.detail ?? ""),
    details.length ? h("ul", {}, details) : null,
    problem.requestId ? h("p", { class: "reference" }, "Request ", h("code", {}, problem.requestId)) : null,
    again ? h("button", { type: "button", class: "quiet", click: again }, "Try again") : null,
  );
}
