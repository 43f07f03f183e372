"""What callers get, as Pydantic models: documentation only, imported on no request path.

The functions write their answers by hand (:mod:`billing.http.present`): importing Pydantic to read an invoice
would cost more than reading it. ``tests/openapi/test_answers.py`` holds every model against real answers, both
ways: nothing undescribed is sent, and everything described is sent by some answer.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from billing.application.callback_ports import EventState
from billing.domain.identifiers import CALLBACK_EVENT_ID, INVOICE_ID, RECEIPT_ID, STATE_CODES
from billing.domain.invoice import PaymentMode, Status
from billing.domain.receipts import ReceiptStatus
from billing.domain.tax import SupplyType, TaxTreatment

Rupees = Annotated[
    float,
    WithJsonSchema({"type": "number", "description": "Rupees, always with two decimals.", "examples": [1500.0]}),
]
Day = Annotated[
    str,
    WithJsonSchema({"type": "string", "format": "date", "description": "A day in India.", "examples": ["2026-03-10"]}),
]
Moment = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "RFC 3339, in Indian Standard Time, to the millisecond.",
            "examples": ["2026-03-15T11:20:05.123+05:30"],
        }
    ),
]
InvoiceId = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": f"^{INVOICE_ID.pattern}$", "examples": ["MUM-01.1m8x2k9qa3f7w2vd"]}),
]
InvoiceNumber = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": 16,
            "pattern": "^[A-Z0-9]{1,5}/[0-9]{4}/[0-9]{5,}$",
            "description": "Branch code, Indian financial year and serial (CGST Rules 2017, rule 46).",
            "examples": ["MUM01/2526/00042"],
        }
    ),
]
StateCode = Annotated[str, WithJsonSchema({"type": "string", "enum": sorted(STATE_CODES)})]


class Answer(BaseModel):
    """A JSON object of an answer: nothing in it is undescribed."""

    model_config = ConfigDict(extra="forbid")


class Listed(Answer):
    """One invoice of the list."""

    id: InvoiceId
    invoice_number: InvoiceNumber | None = Field(description="null until the invoice is finalized")
    patient_name: str
    total: Rupees
    paid: Rupees
    balance: Rupees
    status: Status
    date: Day


class BranchOnInvoice(Answer):
    """The branch as it was when the invoice was finalized."""

    id: str
    name: str
    address: str = ""
    gstin: str = ""
    state_code: StateCode


class Patient(Answer):
    """Who is billed."""

    id: str
    name: str
    phone: str = ""
    address: str = ""
    state_code: StateCode = ""
    gstin: str = ""


class LineItem(Answer):
    """One line: ``quantity * rate - discount`` is the taxable value, taxes come on top."""

    service_name: str
    department: str
    sac_hsn: str | None
    quantity: float
    rate: Rupees
    discount: Rupees
    taxable_value: Rupees
    tax_rate: float = Field(description="percent")
    tax_treatment: TaxTreatment
    cgst: Rupees
    sgst: Rupees
    igst: Rupees
    tax: Rupees
    amount: Rupees = Field(description="taxable value and taxes")


class Taxes(Answer):
    """Sums of the lines' taxes."""

    cgst: Rupees
    sgst: Rupees
    igst: Rupees


class Totals(Answer):
    """Sums of the lines, and the round-off to the rupee (CGST Act 2017, section 170)."""

    sub_total: Rupees = Field(description="before discount")
    discount: Rupees
    taxable_value: Rupees
    tax: Taxes
    round_off: Rupees
    grand_total: Rupees


class Payment(Answer):
    """Money received; never changed once recorded."""

    id: str
    amount: Rupees
    payment_mode: PaymentMode
    reference: str | None
    payment_date: Day
    recorded_at: Moment
    source: str = Field(description="who recorded it: api, or the payment gateway whose callback did")


class Refund(Answer):
    """Money returned; its own record beside the payments."""

    id: str
    amount: Rupees
    refund_mode: PaymentMode
    reference: str | None
    refund_date: Day
    reason: str
    payment_id: str | None
    recorded_at: Moment
    source: str


class Warning(Answer):  # noqa: A001 - the word callers see
    """Something accepted that looks wrong, or that the law restricts."""

    code: str
    detail: str
    pointer: str = ""


class Invoice(Answer):
    """A whole invoice."""

    id: InvoiceId
    invoice_number: InvoiceNumber | None
    date: Day
    status: Status
    supply_type: SupplyType
    branch: BranchOnInvoice
    patient: Patient
    line_items: list[LineItem]
    totals: Totals
    payments: list[Payment] = Field(description="in the order of recording")
    refunds: list[Refund] = Field(description="in the order of recording")
    paid: Rupees = Field(description="net of refunds")
    balance: Rupees
    created_at: Moment
    finalized_at: Moment = ""
    cancelled_at: Moment = ""
    cancel_reason: str = ""
    warnings: list[Warning] = Field([], description="only in the answer to POST /invoices, if there are any")


class InvoiceState(Answer):
    """What a payment or refund made of the invoice."""

    id: InvoiceId
    status: Status
    total: Rupees
    paid: Rupees
    balance: Rupees


class PaymentRecorded(Answer):
    """The payment, and the invoice as it is now."""

    payment: Payment
    invoice: InvoiceState
    warnings: list[Warning] = []


class RefundRecorded(Answer):
    """The refund, and the invoice as it is now."""

    refund: Refund
    invoice: InvoiceState


class Branch(Answer):
    """A registered branch."""

    id: str
    name: str
    code: str
    state_code: StateCode
    address: str = ""
    gstin: str = ""
    round_off: bool
    warnings: list[Warning] = Field([], description="only in the answer to PUT, if there are any")


class CollectionByMode(Answer):
    """Money received less money refunded, for each mode; every mode is present."""

    cash: Rupees
    card: Rupees
    upi: Rupees
    neft: Rupees
    cheque: Rupees
    online: Rupees
    insurance: Rupees


class Figures(Answer):
    """The summary's figures."""

    total_billed: Rupees = Field(
        description="grand totals of finalized, partially paid and paid invoices of these days"
    )
    total_collected: Rupees = Field(description="received less refunded on these days")
    total_outstanding: Rupees = Field(description="balances of the billed invoices")
    collection_by_mode: CollectionByMode
    revenue_by_department: dict[str, Rupees] = Field(
        description="net line amounts of the billed invoices; with the key rounding they sum to total_billed"
    )
    total_unapplied: Rupees = Field(description="received by a gateway on these days, not yet applied to an invoice")
    invoice_count: int
    as_of: Moment | None = Field(description="when the newest change counted was made; null when nothing is counted")


class Summary(Figures):
    """The figures of a range of days."""

    date_from: Day | None
    date_to: Day | None
    branch_id: str | None


class DailyFigures(Figures):
    """The figures of one day."""

    date: Day


ReceiptId = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{RECEIPT_ID.pattern}$"})]
EventId = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{CALLBACK_EVENT_ID.pattern}$"})]


class Application(Answer):
    """A part of a receipt that became a payment of an invoice."""

    invoice_id: InvoiceId
    payment_id: str
    amount: Rupees
    applied_at: Moment


class Receipt(Answer):
    """Money that a gateway captured and that found no invoice, or not wholly."""

    id: ReceiptId
    branch_id: str
    provider: str
    gateway_payment_id: str
    amount: Rupees
    remaining: Rupees = Field(description="what still waits for an invoice")
    refunded: Rupees
    currency: str
    payment_mode: PaymentMode
    received_date: Day
    reason: str = Field(description="why it found no invoice")
    invoice_hint: str | None = Field(description="what the gateway named")
    status: ReceiptStatus
    applications: list[Application]


class ReceiptApplied(Answer):
    """The payment made of a receipt, and invoice and receipt as they are now."""

    payment: Payment
    invoice: InvoiceState
    receipt: Receipt


class CallbackReceived(Answer):
    """A callback is stored and processed."""

    received: bool
    event_id: EventId


class CallbackEvent(Answer):
    """What became of a callback."""

    id: EventId
    provider: str
    event_type: str
    received_at: Moment
    state: EventState
    code: str = Field(description="stable: what the event did, or why it did nothing")
    explanation: str
    gateway_payment_id: str | None
    amount: Rupees | None
    currency: str | None
    invoice_id: InvoiceId | None
    payment_id: str | None
    receipt_id: ReceiptId | None
    settled_at: Moment | None


class Fault(Answer):
    """One thing wrong with one input. Either ``pointer`` (RFC 6901, into the body) or ``parameter`` is there."""

    pointer: str = ""
    parameter: str = ""
    code: str
    detail: str


class Problem(Answer):
    """RFC 9457 problem document."""

    type: str = Field(description="urn:billing:problem: and the code")
    title: str
    status: int
    code: str = Field(description="stable: the part programs act on")
    detail: str = Field(description="one sentence for people")
    instance: str = Field("", description="the path asked for")
    errors: list[Fault] = Field([], description="each fault that was found, when there are several to tell apart")
    status_of_invoice: Status = Field("draft", description="with not_payable")
    balance: Rupees = Field(0, description="with overpayment: what is left to pay")
    refundable: Rupees = Field(0, description="with over_refund: what can still be returned")
    remaining: Rupees = Field(0, description="with over_application: what is left of the receipt")
    paid: Rupees = Field(0, description="with has_payments")
    payment_id: str = Field("", description="with duplicate_reference: the payment recorded first")
    refund_id: str = Field("", description="with duplicate_reference: the refund recorded first")


class GatewayMessage(Answer):
    """What API Gateway itself answers before any function runs."""

    message: str


def schemas(*models: type[BaseModel]) -> dict[str, Any]:
    """The JSON schemas of models and of all they hold, by name, without Pydantic's generated titles."""
    from pydantic.json_schema import models_json_schema

    _, document = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    found: dict[str, Any] = document["$defs"]
    return {name: _tidy(schema) for name, schema in sorted(found.items())}


def _tidy(schema: Any, *, names: bool = False) -> Any:
    """Without titles, and without the defaults that only mark a member as optional."""
    if isinstance(schema, dict):
        dropped = () if names else ("title",)
        return {
            key: _tidy(value, names=key == "properties" and not names)
            for key, value in schema.items()
            if key not in dropped and not (key == "default" and not names)
        }
    if isinstance(schema, list):
        return [_tidy(member) for member in schema]
    return schema


__all__ = [
    "Branch",
    "CallbackEvent",
    "CallbackReceived",
    "DailyFigures",
    "GatewayMessage",
    "Invoice",
    "Listed",
    "PaymentRecorded",
    "Problem",
    "Receipt",
    "ReceiptApplied",
    "RefundRecorded",
    "Summary",
    "schemas",
]
