"""From a checked invoice body to priced lines."""

from __future__ import annotations

from billing.application.create_invoice import NewInvoice
from billing.domain import errors
from billing.domain.invoice import Patient
from billing.domain.money import MAX_AMOUNT_PAISE
from billing.domain.tax import LineError, LineItem, SupplyType, gross_paise, price_line
from billing.http.schemas import InvoiceBody, LineBody


def new_invoice(body: InvoiceBody) -> NewInvoice:
    """The use case's command.

    Raises:
        InvalidFields: lines whose values do not fit together, all of them named.
    """
    faults: list[errors.FieldError] = []
    lines: list[LineItem] = []
    for place, line in enumerate(body.line_items):
        try:
            lines.append(_priced(line, body.supply_type))
        except LineError as error:
            pointer = f"/line_items/{place}/{error.field}"
            faults.append(errors.FieldError(error.code, error.detail, pointer=pointer))
    if faults:
        raise errors.InvalidFields("One or more lines are not acceptable.", errors=tuple(faults))
    patient = Patient(**body.patient.model_dump())
    return NewInvoice(patient, body.branch_id, body.date, body.supply_type, tuple(lines), body.finalize)


def _priced(line: LineBody, supply_type: SupplyType) -> LineItem:
    if gross_paise(line.quantity, line.rate) > MAX_AMOUNT_PAISE:
        raise LineError("rate", "too_large", "times quantity is above the largest amount accepted")
    return price_line(
        service_name=line.service_name,
        department=line.department,
        sac_hsn=line.sac_hsn,
        quantity=line.quantity,
        rate_paise=line.rate,
        discount_paise=line.discount,
        tax_rate=line.tax_rate,
        tax_treatment=line.tax_treatment,
        supply_type=supply_type,
    )
