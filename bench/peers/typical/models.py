"""The documents of the reference handler, as Pydantic models with the usual constraints."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Money = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


class LineItem(BaseModel):
    model_config = ConfigDict(extra="forbid")

    service_name: str = Field(min_length=1, max_length=200)
    department: str
    quantity: Money
    rate: Money
    discount: Money = Decimal(0)
    tax: Money = Decimal(0)
    amount: Money


class Payment(BaseModel):
    id: str
    amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
    payment_mode: Literal["cash", "card", "upi", "neft", "cheque", "online", "insurance"]
    reference: str | None = None
    payment_date: date


class Totals(BaseModel):
    sub_total: Money
    discount: Money
    cgst: Money
    sgst: Money
    igst: Money
    grand_total: Money


class Invoice(BaseModel):
    id: str
    invoice_number: str
    date: date
    status: Literal["draft", "finalized", "paid", "partially_paid", "cancelled"]
    patient_id: str
    patient_name: str
    branch_id: str
    line_items: list[LineItem]
    totals: Totals
    payments: list[Payment]
    balance: Money


class InvoiceSummary(BaseModel):
    id: str
    invoice_number: str
    patient_name: str
    total: Money
    paid: Money
    balance: Money
    status: str
    date: date
