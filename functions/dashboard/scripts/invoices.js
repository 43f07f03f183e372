/** The list of invoices: its filters, its rows, its pages. */

import { byId, h, show, skeleton } from "./dom.js";
import { grouped, indian, toPaise } from "./money.js";
import { dayText } from "./dates.js";
import { linkedPages } from "./api.js";
import { STATUS_TEXT } from "./words.js";

/** A status as a small mark with its word. */
export const statusChip = (status) => h("span", { class: `chip ${status}` }, STATUS_TEXT[status] ?? status);

const amountCell = (label, text, extra = "") =>
  h("td", { class: `amount ${extra}`, role: "cell" }, h("span", { class: "label", "aria-hidden": "true" }, label), text);

function row(invoice, addressOf) {
  const balance = toPaise(invoice.balance);
  return h(
    "tr",
    { role: "row", "data-id": invoice.id, "data-status": invoice.status },
    h("td", { class: "number", role: "cell" }, h("a", { href: addressOf(invoice.id) }, invoice.invoice_number ?? "Draft")),
    h("td", { class: "date", role: "cell" }, h("time", { datetime: invoice.date }, dayText(invoice.date))),
    h("td", { class: "patient", role: "cell" }, h("bdi", {}, invoice.patient_name)),
    h("td", { class: "status", role: "cell" }, statusChip(invoice.status)),
    amountCell("Total", indian(toPaise(invoice.total))),
    amountCell("Paid", indian(toPaise(invoice.paid)), "paid"),
    amountCell("Balance", indian(balance), balance ? "due" : "settled"),
  );
}

export function showListLoading() {
  byId("invoices-region").setAttribute("aria-busy", "true");
  if (!byId("invoice-rows").querySelector("a")) {
    show(byId("invoice-rows"), h("tr", { role: "row" }, h("td", { colspan: 7, role: "cell" }, skeleton(8))));
  }
}

/** The rows of a page. `addressOf` gives an invoice's address, `turnTo` goes to a page. */
export function showList({ document: invoices, headers }, { page, perPage, filtered }, addressOf, turnTo, clear) {
  byId("invoices-region").setAttribute("aria-busy", "false");
  const total = headers.get("X-Total-Count") ?? String(invoices.length);
  byId("invoice-count").textContent = `${grouped(total)} ${total === "1" ? "invoice" : "invoices"}`;
  if (!invoices.length) {
    const why = total !== "0" ? "This page is past the last one." : filtered ? "No invoice matches these filters." : "There is no invoice yet.";
    const help = total !== "0" ? button("First page", () => turnTo(1)) : filtered ? button("Clear filters", clear) : null;
    show(byId("invoice-rows"), h("tr", { role: "row" }, h("td", { colspan: 7, role: "cell", class: "empty" }, h("p", {}, why), help)));
  } else {
    show(byId("invoice-rows"), invoices.map((invoice) => row(invoice, addressOf)));
  }
  const links = linkedPages(headers.get("Link"));
  const first = (page - 1) * perPage + 1;
  byId("page-text").textContent = invoices.length ? `${grouped(String(first))}–${grouped(String(first + invoices.length - 1))} of ${grouped(total)}` : "";
  for (const [id, relation] of [["page-first", "first"], ["page-prev", "prev"], ["page-next", "next"], ["page-last", "last"]]) {
    const target = links[relation];
    const control = byId(id);
    // aria-disabled rather than disabled: the control that was just pressed keeps the focus.
    control.setAttribute("aria-disabled", String(!target || target === page));
    control.onclick = target && target !== page ? () => turnTo(target) : null;
  }
}

export function showListProblem(content) {
  byId("invoices-region").setAttribute("aria-busy", "false");
  byId("invoice-count").textContent = "";
  byId("page-text").textContent = "";
  show(byId("invoice-rows"), h("tr", { role: "row" }, h("td", { colspan: 7, role: "cell", class: "empty" }, content)));
}

/** A way out of an empty list. */
export function offer(text, act) {
  byId("invoice-rows").querySelector(".empty")?.append(" ", button(text, act));
}

/** Put an invoice's new state into its row, at once: the list itself follows a moment later. */
export function updateRow(invoice, addressOf) {
  const found = byId("invoice-rows").querySelector(`tr[data-id="${CSS.escape(invoice.id)}"]`);
  if (found) found.replaceWith(row({ ...invoice, patient_name: invoice.patient.name, total: invoice.totals.grand_total }, addressOf));
}

const button = (text, act) => h("button", { type: "button", class: "quiet", click: act }, text);
