/** The figures of a range: three tiles, money by mode, revenue by department. */

import { byId, h, show, skeleton } from "./dom.js";
import { grouped, indian, percent, rupeeText, toPaise } from "./money.js";
import { instantText } from "./dates.js";
import { MODE_TEXT } from "./words.js";

const ROUNDING = "rounding";

/** A figure whose paise step back. */
export function figure(paise) {
  const [whole, cents] = indian(paise).split(".");
  const sign = whole.startsWith("−") ? "−" : "";
  return h(
    "span",
    { class: "figure" },
    h("span", { class: "sign" }, `${sign}₹`),
    whole.replace("−", ""),
    h("span", { class: "cents" }, `.${cents}`),
  );
}

export function showOverviewLoading() {
  for (const id of ["tile-billed", "tile-collected", "tile-outstanding"]) show(byId(id), skeleton(1));
  for (const id of ["note-billed", "note-collected", "note-outstanding"]) show(byId(id), "\u00a0");
  show(byId("modes"), skeleton(7));
  show(byId("departments"), skeleton(5));
}

export function showOverviewFailed() {
  for (const id of ["tile-billed", "tile-collected", "tile-outstanding"]) show(byId(id), h("span", { class: "figure" }, "—"));
  for (const id of ["modes", "departments"]) show(byId(id), h("p", { class: "empty" }, "No figures to show."));
}

export function showOverview(summary) {
  const billed = toPaise(summary.total_billed);
  const collected = toPaise(summary.total_collected);
  const outstanding = toPaise(summary.total_outstanding);
  const unapplied = toPaise(summary.total_unapplied ?? "0");
  show(byId("tile-billed"), figure(billed));
  show(byId("tile-collected"), figure(collected));
  show(byId("tile-outstanding"), figure(outstanding));
  const count = summary.invoice_count;
  show(byId("note-billed"), `${grouped(count)} ${count === "1" ? "invoice" : "invoices"}`);
  show(
    byId("note-collected"),
    unapplied ? `by payment date · ${rupeeText(unapplied)} not applied yet` : "by payment date, less refunds",
  );
  const share = percent(outstanding, billed);
  show(byId("note-outstanding"), share === null ? "nothing billed" : `${share}% of what was billed`);
  showModes(summary.collection_by_mode, collected);
  showDepartments(summary.revenue_by_department, billed);
  show(byId("as-of"), summary.as_of ? `Counted up to ${instantText(summary.as_of)} IST` : "Nothing to count in these days");
}

function showModes(byMode, collected) {
  const rows = Object.entries(byMode).map(([mode, amount]) => ({ name: MODE_TEXT[mode] ?? mode, paise: toPaise(amount) }));
  show(byId("modes"), bars(rows, collected, "Payment mode"));
}

function showDepartments(byDepartment, billed) {
  const rows = Object.entries(byDepartment).map(([name, amount]) => ({ name, paise: toPaise(amount) }));
  if (!rows.length) {
    show(byId("departments"), h("p", { class: "empty" }, "Nothing was billed in these days."));
    return;
  }
  const rounding = rows.filter((row) => row.name === ROUNDING).map((row) => ({ ...row, name: "Round-off" }));
  const departments = rows.filter((row) => row.name !== ROUNDING);
  departments.sort((one, other) => (one.paise < other.paise ? 1 : one.paise > other.paise ? -1 : 0));
  show(byId("departments"), bars([...departments, ...rounding], billed, "Department"));
}

/** Rows of name, amount and share, each with its bar, as a table a screen reader can read. */
function bars(rows, whole, heading) {
  const sizes = rows.map((row) => (row.paise < 0n ? -row.paise : row.paise));
  const largest = sizes.reduce((most, size) => (size > most ? size : most), 1n);
  const body = rows.map((row, place) => {
    const bar = h("span", { class: row.paise < 0n ? "bar negative" : "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", String(Number((sizes[place] * 10000n) / largest) / 10000));
    const share = percent(row.paise, whole);
    return h(
      "tr",
      { class: row.paise ? "" : "zero" },
      h("th", { scope: "row" }, h("span", { class: "name" }, row.name), bar),
      h("td", { class: "amount" }, indian(row.paise)),
      h("td", { class: "share" }, share === null || !row.paise ? "" : `${share}%`),
    );
  });
  return h(
    "table",
    { class: "bars" },
    h(
      "thead",
      { class: "unseen" },
      h("tr", {}, h("th", { scope: "col" }, heading), h("th", { scope: "col" }, "Amount in rupees"), h("th", { scope: "col" }, "Share")),
    ),
    h("tbody", {}, body),
  );
}
