/** An invoice opened over the page: the document, its payment form, and printing. */

import { byId, h, show, skeleton } from "./dom.js";
import { invoiceDocument } from "./invoice_document.js";
import { PaymentForm } from "./payment_form.js";
import { problemPanel } from "./problem_view.js";
import { statusChip } from "./invoices.js";

const PAGE_TITLE = document.title;

export class InvoiceSheet {
  #dialog = byId("sheet");
  #form;
  #api = null;
  #writes = false;
  #id = null;
  #returnTo = null;
  #onChanged;

  /** `onClose` hears that the sheet was closed by the user, `onChanged` of an invoice after a payment. */
  constructor(onClose, onChanged) {
    this.#onChanged = onChanged;
    this.#form = new PaymentForm(
      byId("payment"),
      (invoice, said, shown) => this.#recorded(invoice, said, shown),
      (said) => this.#load(said),
    );
    byId("sheet-close").addEventListener("click", onClose);
    byId("sheet-print").addEventListener("click", () => window.print());
    byId("sheet-pay").addEventListener("click", () => {
      byId("payment").scrollIntoView({ block: "start" });
      byId("payment-amount")?.focus({ preventScroll: true });
    });
    // Escape closes through the address, so that Back and Escape mean the same.
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      onClose();
    });
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) onClose();
    });
  }

  open(api, writes, id) {
    if (this.#dialog.open && this.#id === id) return;
    this.#api = api;
    this.#writes = writes;
    this.#id = id;
    this.#returnTo = document.activeElement;
    byId("sheet-title").textContent = "Invoice";
    show(byId("sheet-status"));
    show(byId("sheet-document"), skeleton(12));
    show(byId("payment"), skeleton(6));
    byId("sheet-pay").hidden = true;
    byId("sheet-print").hidden = true;
    if (!this.#dialog.open) this.#dialog.showModal();
    return this.#load();
  }

  close() {
    if (!this.#dialog.open) return;
    this.#id = null;
    this.#dialog.close();
    show(byId("sheet-document"));
    show(byId("payment"));
    document.title = PAGE_TITLE;
    // The row may have been drawn anew since; the same link is found by its address.
    const address = this.#returnTo?.getAttribute?.("href");
    const link = address && document.querySelector(`a[href="${CSS.escape(address)}"]`);
    (link ?? byId("main")).focus({ preventScroll: true });
  }

  async #load(said = null) {
    const id = this.#id;
    try {
      const { document: invoice } = await this.#api.get(`invoices/${encodeURIComponent(id)}`);
      if (this.#id === id) this.#show(invoice, said);
      return invoice;
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      if (this.#id === id) {
        show(byId("sheet-document"), problemPanel(problem, problem.status === 404 ? null : () => this.#load(said)));
        show(byId("payment"), said);
      }
      return null;
    }
  }

  #show(invoice, said) {
    const name = invoice.invoice_number ?? "Draft";
    byId("sheet-title").textContent = name;
    document.title = `${name} ${invoice.patient.name}`;
    show(byId("sheet-status"), statusChip(invoice.status));
    show(byId("sheet-document"), invoiceDocument(invoice));
    this.#form.show(this.#api, invoice, this.#writes, said);
    byId("sheet-print").hidden = false;
    byId("sheet-pay").hidden = !byId("payment-form");
  }

  async #recorded(before, said, shown) {
    const invoice = shown ? await this.#load(said) : null;
    if (shown) byId("payment").querySelector("h3")?.setAttribute("tabindex", "-1");
    if (shown) byId("payment").querySelector("h3")?.focus();
    this.#onChanged(invoice ?? before);
  }
}
