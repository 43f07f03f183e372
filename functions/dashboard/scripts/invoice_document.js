/** One invoice as the document a patient is given. Titles and contents follow the CGST Rules 2017. */

import { h } from "./dom.js";
import { amountInWords, halfRate, indian, rupeeText, toPaise } from "./money.js";
import { dayText, instantText } from "./dates.js";
import { MODE_TEXT, stateTaxName, stateText, TREATMENT_TEXT } from "./words.js";

const ZERO_RATE = /^0(\.0*)?$/;
const isTaxed = (line) => line.tax_treatment === "taxable" && !ZERO_RATE.test(line.tax_rate);

/**
 * What the law calls this document.
 *
 * A registered supplier issues a tax invoice for taxable supplies (CGST Act s.31(1)), a bill of supply for exempt ones
 * (s.31(3)(c); exempt includes nil-rated and non-taxable, s.2(47)), and for both together to an unregistered person
 * one invoice-cum-bill of supply (Rule 46A). Who is not registered may call a document none of these.
 */
export function documentTitle(invoice) {
  if (!invoice.branch.gstin) return "Invoice";
  const taxed = invoice.line_items.some(isTaxed);
  const exempt = invoice.line_items.some((line) => !isTaxed(line));
  if (!taxed) return "Bill of Supply";
  return exempt && !invoice.patient.gstin ? "Invoice-cum-Bill of Supply" : "Tax Invoice";
}

/** Taxable values and taxes added up by HSN/SAC and rate, in order of appearance. */
export function taxSummary(lines) {
  const groups = new Map();
  for (const line of lines) {
    const taxed = isTaxed(line);
    const rate = taxed ? line.tax_rate : TREATMENT_TEXT[line.tax_treatment] ?? "0";
    const key = `${line.sac_hsn ?? ""}|${rate}`;
    const group = groups.get(key) ?? { code: line.sac_hsn, rate, taxed, taxable: 0n, cgst: 0n, sgst: 0n, igst: 0n };
    group.taxable += toPaise(line.taxable_value);
    for (const tax of ["cgst", "sgst", "igst"]) group[tax] += toPaise(line[tax]);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const pair = (term, ...description) => (description.some(Boolean) ? [h("dt", {}, term), h("dd", {}, description)] : null);
const cell = (text, extra = "") => h("td", { class: `amount ${extra}` }, text);
// On a phone a line is laid out as a block, and needs its roles and its columns' names itself.
const named = (name, text, extra = "") =>
  h("td", { class: `amount ${extra}`, role: "cell" }, h("span", { class: "label", "aria-hidden": "true" }, name), text);
const column = (text, extra = "") => h("th", { scope: "col", class: extra }, text);
const head = (text, extra = "") => h("th", { scope: "col", role: "columnheader", class: extra }, text);
const money = (text) => indian(toPaise(text));

/** The document as one article. */
export function invoiceDocument(invoice) {
  const { branch, patient, totals } = invoice;
  const interState = invoice.supply_type === "inter_state";
  const taxed = invoice.line_items.some((line) => isTaxed(line) || toPaise(line.tax) !== 0n);
  const place = interState ? patient.state_code : branch.state_code;
  const title = documentTitle(invoice);
  const taxes = taxed ? (interState ? [["igst", "IGST"]] : [["cgst", "CGST"], ["sgst", stateTaxName(branch.state_code)]]) : [];
  return h(
    "article",
    { class: `document ${invoice.status}`, "aria-labelledby": "document-title" },
    h(
      "header",
      { class: "document-head" },
      h(
        "div",
        { class: "supplier" },
        h("p", { class: "supplier-name" }, h("bdi", {}, branch.name)),
        branch.address ? h("p", { class: "address" }, h("bdi", {}, branch.address)) : null,
        h("dl", { class: "pairs" }, pair("GSTIN", branch.gstin), pair("State", stateText(branch.state_code))),
      ),
      h(
        "div",
        { class: "titles" },
        h("h2", { id: "document-title", tabindex: "-1" }, title),
        invoice.status === "draft" || invoice.status === "cancelled"
          ? h("p", { class: "void" }, invoice.status === "draft" ? "Draft — not issued" : "Cancelled")
          : h("p", { class: "copy" }, "Original for recipient"),
        h(
          "dl",
          { class: "pairs" },
          pair("Number", invoice.invoice_number ?? "given when finalized"),
          pair("Date", dayText(invoice.date)),
          taxed ? pair("Place of supply", stateText(place)) : null,
          taxed ? pair("Reverse charge", "No") : null,
        ),
      ),
    ),
    h(
      "section",
      { class: "recipient", "aria-label": "Billed to" },
      h("p", { class: "eyebrow" }, "Billed to"),
      h("p", { class: "recipient-name" }, h("bdi", {}, patient.name)),
      patient.address ? h("p", { class: "address" }, h("bdi", {}, patient.address)) : null,
      h("dl", { class: "pairs" }, pair("Patient ID", patient.id), pair("Phone", patient.phone), pair("State", stateText(patient.state_code)), pair("GSTIN", patient.gstin)),
    ),
    linesTable(invoice.line_items, taxes, interState),
    h(
      "div",
      { class: "document-foot" },
      h(
        "section",
        { class: "in-words", "aria-label": "Amount in words" },
        h("p", { class: "eyebrow" }, "Amount in words"),
        h("p", { id: "amount-in-words" }, amountInWords(toPaise(totals.grand_total))),
        taxes.length ? summaryTable(invoice.line_items, taxes) : null,
      ),
      totalsList(totals, taxes, invoice),
    ),
    invoice.payments.length || invoice.refunds.length ? moneyTable(invoice) : null,
    invoice.cancel_reason ? h("p", { class: "remark" }, "Cancelled: ", h("bdi", {}, invoice.cancel_reason)) : null,
    h(
      "footer",
      { class: "signature" },
      h("p", {}, "For ", h("bdi", {}, branch.name)),
      h("p", { class: "line" }, "Authorised signatory"),
    ),
  );
}

function linesTable(lines, taxes, interState) {
  const discounts = lines.some((line) => toPaise(line.discount) !== 0n);
  const rateOf = (line) => (interState ? halfRate(line.tax_rate) && trimmed(line.tax_rate) : halfRate(line.tax_rate));
  const taxCell = (line, tax, name) =>
    isTaxed(line)
      ? named(name, [money(line[tax]), h("small", {}, `${rateOf(line)}%`)])
      : named(name, h("small", {}, TREATMENT_TEXT[line.tax_treatment] ?? "0%"));
  return h(
    "div",
    { class: "scroller", role: "region", "aria-label": "Lines", tabindex: "0" },
    h(
      "table",
      { class: "lines", role: "table" },
      h(
        "thead",
        { role: "rowgroup" },
        h(
          "tr",
          { role: "row" },
          head("#", "place"),
          head("Service"),
          head("HSN/SAC"),
          head("Qty", "amount"),
          head("Rate", "amount"),
          discounts ? head("Discount", "amount") : null,
          taxes.length ? head("Taxable value", "amount") : null,
          taxes.map(([, name]) => head(name, "amount")),
          head("Amount", "amount"),
        ),
      ),
      h(
        "tbody",
        { role: "rowgroup" },
        lines.map((line, place) =>
          h(
            "tr",
            { role: "row" },
            h("td", { class: "place", role: "cell" }, String(place + 1)),
            h("th", { scope: "row", role: "rowheader" }, h("bdi", {}, line.service_name), h("small", {}, h("bdi", {}, line.department))),
            h("td", { role: "cell" }, h("span", { class: "label", "aria-hidden": "true" }, "HSN/SAC"), line.sac_hsn ?? "—"),
            named("Qty", trimmed(line.quantity)),
            named("Rate", money(line.rate)),
            discounts ? named("Discount", money(line.discount)) : null,
            taxes.length ? named("Taxable value", money(line.taxable_value)) : null,
            taxes.map(([tax, name]) => taxCell(line, tax, name)),
            named("Amount", money(line.amount), "strong"),
          ),
        ),
      ),
    ),
  );
}

/** A decimal without zeros that say nothing: "2.500" is "2.5". */
const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

function totalsList(totals, taxes, invoice) {
  const rows = [];
  const add = (name, text, extra = "") => rows.push(h("div", { class: extra }, h("dt", {}, name), h("dd", {}, text)));
  const discount = toPaise(totals.discount);
  if (discount) {
    add("Sub-total", money(totals.sub_total));
    add("Discount", `−${indian(discount)}`);
  }
  if (taxes.length) {
    const groups = taxSummary(invoice.line_items);
    const sum = (wanted) => groups.filter((group) => group.taxed === wanted).reduce((total, group) => total + group.taxable, 0n);
    if (groups.some((group) => !group.taxed)) add("Exempt value", indian(sum(false)));
    add("Taxable value", indian(sum(true)));
  } else {
    add("Value of supply", money(totals.taxable_value));
  }
  for (const [tax, name] of taxes) add(name, money(totals.tax[tax]));
  if (toPaise(totals.round_off)) add("Round-off", money(totals.round_off));
  add("Grand total", rupeeText(toPaise(totals.grand_total)), "grand");
  if (invoice.status !== "draft" && invoice.status !== "cancelled") {
    add("Paid", money(invoice.paid));
    add("Balance", rupeeText(toPaise(invoice.balance)), "balance");
  }
  return h("dl", { class: "totals", "aria-label": "Totals" }, rows);
}

function summaryTable(lines, taxes) {
  const table = h(
    "table",
    {},
    h("caption", {}, "Tax by HSN/SAC"),
    h("thead", {}, h("tr", {}, column("HSN/SAC"), column("Rate", "amount"), column("Value", "amount"), taxes.map(([, name]) => column(name, "amount")))),
    h(
      "tbody",
      {},
      taxSummary(lines).map((group) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, group.code ?? "—"),
          cell(group.taxed ? `${trimmed(group.rate)}%` : group.rate),
          cell(indian(group.taxable)),
          taxes.map(([tax]) => cell(indian(group[tax]))),
        ),
      ),
    ),
  );
  return h("div", { class: "tax-summary scroller", role: "region", "aria-label": "Tax by HSN/SAC", tabindex: "0" }, table);
}

function moneyTable(invoice) {
  const records = [
    ...invoice.payments.map((one) => ({ ...one, day: one.payment_date, mode: one.payment_mode, sign: 1n, kind: "Payment" })),
    ...invoice.refunds.map((one) => ({ ...one, day: one.refund_date, mode: one.refund_mode, sign: -1n, kind: "Refund" })),
  ].sort((one, other) => (one.recorded_at < other.recorded_at ? -1 : 1));
  return h(
    "section",
    { class: "moneys", "aria-label": "Payments and refunds" },
    h(
      "table",
      {},
      h("caption", {}, invoice.refunds.length ? "Payments and refunds" : "Payments"),
      h("thead", {}, h("tr", {}, column("Date"), column("Mode"), column("Reference"), column("Recorded", "screen-only"), column("Amount", "amount"))),
      h(
        "tbody",
        {},
        records.map((record) =>
          h(
            "tr",
            { class: record.kind.toLowerCase() },
            h("td", {}, dayText(record.day)),
            h("td", {}, record.kind === "Refund" ? "Refund, " : "", MODE_TEXT[record.mode] ?? record.mode),
            h("td", {}, record.reference ?? "—"),
            h("td", { class: "screen-only muted" }, instantText(record.recorded_at)),
            cell(indian(record.sign * toPaise(record.amount))),
          ),
        ),
      ),
    ),
  );
}
