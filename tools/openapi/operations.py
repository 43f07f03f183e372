"""What each endpoint takes, answers and refuses, by the folder of its function.

Method, path and scope are not said here: they are read from the functions themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from billing.domain import errors
from billing.domain.errors import BillingError
from billing.http import schemas
from tools.openapi import answers

ErrorClass = type[BillingError]


@dataclass(frozen=True)
class Success:
    """One kind of success: its status, the model of its body, its headers (names of components)."""

    status: int
    description: str
    model: type[BaseModel]
    many: bool = False
    headers: tuple[str, ...] = ()
    csv: str = ""
    """What the answer holds as text/csv, when it can be asked for."""


@dataclass(frozen=True)
class Operation:
    """One endpoint. ``parameters`` are names of components; ``raises`` what it refuses beyond the common errors."""

    tag: str
    summary: str
    description: str
    successes: tuple[Success, ...]
    parameters: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    empty_body: bool = False
    raw_bodies: tuple[str, ...] = ()
    """Media types of a body that is read as bytes."""
    raises: tuple[ErrorClass, ...] = ()
    links: tuple[str, ...] = ()
    """Names of :data:`LINKS` that each success offers."""


BODY_ERRORS = (
    errors.MalformedRequest,
    errors.PayloadTooLarge,
    errors.UnsupportedMediaType,
    errors.InvalidFields,
)
QUERY_ERRORS = (errors.InvalidParameter,)
IDENTITY_ERRORS = (errors.InvalidParameter, errors.IdempotencyKeyReused)
# Any endpoint that needs a token: the first three by API Gateway, or by the function where it was bypassed.
TOKEN_ERRORS = (errors.MissingCredentials, errors.MissingScope, errors.MissingTenant)

REPLAY_HEADERS = ("Idempotent-Replayed",)
LIST_HEADERS = ("X-Total-Count", "Link", "X-Next-Cursor")
ON_INVOICE = ("GetInvoice", "RecordPayment", "RecordRefund", "FinalizeInvoice", "CancelInvoice")

OPERATIONS: dict[str, Operation] = {
    "list_invoices": Operation(
        tag="Invoices",
        summary="List invoices",
        description=(
            "Newest date first, then highest id. All filters given must hold. Any page costs what the first one "
            "costs; a walk over everything goes by `cursor`, which neither repeats nor skips a row while others "
            "write. As `text/csv` the page is a table for spreadsheets, of up to 2,000 rows."
        ),
        parameters=(
            "patient_id", "status", "date_from", "date_to", "branch_id", "page", "per_page", "cursor", "Accept",
        ),
        successes=(
            Success(
                200, "One page.", answers.Listed, many=True, headers=LIST_HEADERS, csv="One row an invoice."
            ),
        ),
        raises=QUERY_ERRORS,
        links=("FirstListedInvoice", "PayFirstListed", "NextPage"),
    ),
    "get_invoice": Operation(
        tag="Invoices",
        summary="Read an invoice",
        description="The whole invoice as it is at this moment: what was just paid is there.",
        parameters=("invoice_id",),
        successes=(Success(200, "The invoice.", answers.Invoice),),
        raises=(errors.RouteNotFound, errors.InvoiceNotFound),
        links=ON_INVOICE,
    ),
    "create_invoice": Operation(
        tag="Invoices",
        summary="Create an invoice",
        description=(
            "As a draft, or with `finalize` numbered and payable at once. With an `Idempotency-Key` the same "
            "request may be sent again: 200 and the invoice it made, never a second one. Up to 256 kB."
        ),
        parameters=("Idempotency-Key",),
        body=schemas.InvoiceBody,
        successes=(
            Success(201, "Created.", answers.Invoice, headers=("Location",)),
            Success(
                200, "This key made it already; nothing was written.", answers.Invoice,
                headers=("Location", *REPLAY_HEADERS),
            ),
        ),
        raises=(
            *BODY_ERRORS, *IDENTITY_ERRORS, errors.UnknownBranch, errors.SeriesExhausted, errors.BranchWithoutState,
        ),
        links=ON_INVOICE,
    ),
    "finalize_invoice": Operation(
        tag="Invoices",
        summary="Finalize an invoice",
        description=(
            "Gives a draft the next number of its branch and financial year, and makes it payable. Repeated: the "
            "same again, and no second number. Takes no content, or an empty object."
        ),
        parameters=("invoice_id",),
        empty_body=True,
        successes=(Success(200, "The finalized invoice.", answers.Invoice),),
        raises=(
            errors.MalformedRequest, errors.PayloadTooLarge, errors.UnsupportedMediaType, errors.RouteNotFound,
            errors.InvoiceNotFound, errors.BranchNotFound, errors.NotFinalizable, errors.SeriesExhausted,
            errors.BranchWithoutState,
        ),
        links=ON_INVOICE,
    ),
    "cancel_invoice": Operation(
        tag="Invoices",
        summary="Cancel an invoice",
        description="Possible while no money is on it. A number once given stays used. Repeated: the same again.",
        parameters=("invoice_id",),
        body=schemas.CancelBody,
        successes=(Success(200, "The cancelled invoice.", answers.Invoice),),
        raises=(*BODY_ERRORS, errors.RouteNotFound, errors.InvoiceNotFound, errors.NotCancellable),
        links=("GetInvoice",),
    ),
    "record_payment": Operation(
        tag="Payments",
        summary="Record a payment",
        description=(
            "Money received, recorded once and for good. Its identity is the `Idempotency-Key`, or else invoice, "
            "mode and reference; the same again answers 200 with the first payment, for ever. `reference` is "
            "required for every mode but cash; cash with neither key nor reference is recorded each time."
        ),
        parameters=("invoice_id", "Idempotency-Key"),
        body=schemas.PaymentBody,
        successes=(
            Success(201, "Recorded.", answers.PaymentRecorded),
            Success(
                200, "Recorded before; nothing was written.", answers.PaymentRecorded, headers=REPLAY_HEADERS
            ),
        ),
        raises=(
            *BODY_ERRORS, *IDENTITY_ERRORS, errors.RouteNotFound, errors.InvoiceNotFound, errors.NotPayable,
            errors.Overpayment, errors.DuplicateReference, errors.TooManyPayments,
        ),
        links=("PaidInvoice", "PayRest", "RefundPayment"),
    ),
    "record_refund": Operation(
        tag="Payments",
        summary="Record a refund",
        description=(
            "Money returned, as its own record; payments are never edited. Never more than was paid. Identity as "
            "for payments: the `Idempotency-Key`, or else invoice, mode and reference."
        ),
        parameters=("invoice_id", "Idempotency-Key"),
        body=schemas.RefundBody,
        successes=(
            Success(201, "Recorded.", answers.RefundRecorded),
            Success(200, "Recorded before; nothing was written.", answers.RefundRecorded, headers=REPLAY_HEADERS),
        ),
        raises=(
            *BODY_ERRORS, *IDENTITY_ERRORS, errors.RouteNotFound, errors.InvoiceNotFound, errors.NotRefundable,
            errors.OverRefund, errors.DuplicateReference, errors.TooManyPayments,
        ),
        links=("PaidInvoice", "PayAgain", "CancelRefundedInvoice"),
    ),
    "get_summary": Operation(
        tag="Summary",
        summary="Summarize a range of days",
        description=(
            "Billed and outstanding by invoice date, collected by payment date. Seconds behind the invoices: `as_of` "
            "tells. Without dates, `total_billed - total_collected = total_outstanding`, to the paisa."
        ),
        parameters=("date_from", "date_to", "branch_id"),
        successes=(Success(200, "The figures.", answers.Summary),),
        raises=QUERY_ERRORS,
    ),
    "get_daily_summary": Operation(
        tag="Summary",
        summary="Summarize each day of a range",
        description="The summary's figures for each day, oldest first, every day present. At most 366 days.",
        parameters=("date_from_required", "date_to_required", "branch_id", "Accept"),
        successes=(
            Success(200, "The days.", answers.DailyFigures, many=True, csv="One row a day."),
        ),
        raises=QUERY_ERRORS,
    ),
    "list_branches": Operation(
        tag="Branches",
        summary="List branches",
        description="The branches this token may use, by id.",
        successes=(Success(200, "The branches.", answers.Branch, many=True),),
        raises=QUERY_ERRORS,
        links=("CreateInvoiceOfFirstBranch",),
    ),
    "put_branch": Operation(
        tag="Branches",
        summary="Register or change a branch",
        description=(
            "`code` begins the branch's invoice numbers and is unique; it and `state_code` are fixed once a number "
            "was issued. `address` and `gstin` are printed on invoices from then on; a tax invoice wants both (CGST "
            "Rules 2017, rule 46). What is left out is taken away. `round_off` rounds each invoice to the rupee."
        ),
        parameters=("branch_id_in_path",),
        body=schemas.BranchBody,
        successes=(
            Success(201, "Registered.", answers.Branch),
            Success(200, "Changed, or the same as before.", answers.Branch),
        ),
        raises=(
            *BODY_ERRORS, errors.RouteNotFound, errors.BranchNotFound, errors.BranchCodeTaken, errors.BranchInUse,
        ),
        links=("CreateInvoiceOfBranch",),
    ),
    "payment_callback": Operation(
        tag="Callbacks",
        summary="Take a payment gateway's callback",
        description=(
            "For Razorpay, Cashfree, Stripe, PhonePe and PayU, each in its own form and with its own signature over "
            "the raw body (PayU's is in the form). However often and in whatever order events of a payment come, it "
            "counts once. 200: stored and processed; anything else: send it again."
        ),
        parameters=(
            "provider", "account_token", "X-Razorpay-Signature", "X-Webhook-Signature", "X-Webhook-Timestamp",
            "Stripe-Signature",
        ),
        raw_bodies=("application/json", "application/x-www-form-urlencoded"),
        successes=(Success(200, "Stored and processed.", answers.CallbackReceived),),
        raises=(
            errors.MalformedRequest, errors.PayloadTooLarge, errors.CallbackRefused, errors.RouteNotFound,
        ),
        links=("CallbackEvent",),
    ),
    "get_callback_event": Operation(
        tag="Callbacks",
        summary="Read what became of a callback",
        description="Its effect, or the reason why it had none; never what the gateway sent: that may name a patient.",
        parameters=("event_id",),
        successes=(Success(200, "The event.", answers.CallbackEvent),),
        raises=(errors.RouteNotFound, errors.CallbackEventNotFound),
    ),
    "list_unapplied": Operation(
        tag="Unapplied receipts",
        summary="List money that waits",
        description="Newest first; only open receipts unless `status` says otherwise.",
        parameters=("receipt_status", "branch_id", "page", "per_page"),
        successes=(Success(200, "One page.", answers.Receipt, many=True, headers=("Link",)),),
        raises=QUERY_ERRORS,
        links=("ApplyReceipt",),
    ),
    "apply_unapplied": Operation(
        tag="Unapplied receipts",
        summary="Apply money that waits to an invoice",
        description=(
            "Makes a payment of it; without `amount`, as much as is left and the invoice takes. Its identity is the "
            "`Idempotency-Key`, or else receipt and invoice."
        ),
        parameters=("receipt_id", "Idempotency-Key"),
        body=schemas.ApplicationBody,
        successes=(
            Success(201, "Applied.", answers.ReceiptApplied),
            Success(200, "Applied before; nothing was written.", answers.ReceiptApplied, headers=REPLAY_HEADERS),
        ),
        raises=(
            *BODY_ERRORS, *IDENTITY_ERRORS, errors.RouteNotFound, errors.ReceiptNotFound, errors.InvoiceNotFound,
            errors.NotPayable, errors.Overpayment, errors.OverApplication, errors.DuplicateReference,
            errors.TooManyPayments,
        ),
        links=("PaidInvoice", "RefundPayment"),
    ),
}  # fmt: skip

# Routes that serve pages for people, or this description: no part of the API it describes.
PAGES = frozenset(("api_reference", "dashboard"))


def _to(
    function: str, description: str, expression: str = "$response.body#/id", body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A link to an operation on one thing; ``body`` is what makes the usual request of the answer before."""
    link: dict[str, Any] = {"operationId": function, "parameters": {"id": expression}, "description": description}
    return link if body is None else {**link, "requestBody": body}


def _cash(amount: str, day: str) -> dict[str, Any]:
    return {"amount": amount, "payment_mode": "cash", "payment_date": day}


_CANCEL = {"reason": "Entered by mistake"}
# A new invoice needs more than its branch: who is billed for what is the caller's to add.
_TODAY = {"date": None, "finalize": True}

LINKS: dict[str, dict[str, Any]] = {
    "FirstListedInvoice": _to("get_invoice", "The first invoice of the page.", "$response.body#/0/id"),
    "PayFirstListed": _to(
        "record_payment",
        "Pay all that is left of the first invoice of the page.",
        "$response.body#/0/id",
        _cash("$response.body#/0/balance", "$response.body#/0/date"),
    ),
    "NextPage": {
        "operationId": "list_invoices",
        "parameters": {"cursor": "$response.header.X-Next-Cursor"},
        "description": "What follows, with the same filters; the header is there while anything follows.",
    },
    "GetInvoice": _to("get_invoice", "This invoice."),
    "RecordPayment": _to(
        "record_payment",
        "Pay all that is left of it.",
        body=_cash("$response.body#/balance", "$response.body#/date"),
    ),
    "RecordRefund": _to(
        "record_refund",
        "Return all that was paid.",
        body={
            "amount": "$response.body#/paid",
            "refund_mode": "cash",
            "refund_date": "$response.body#/payments/0/payment_date",
            "reason": "Returned in full",
        },
    ),
    "FinalizeInvoice": _to("finalize_invoice", "Number it."),
    "CancelInvoice": _to("cancel_invoice", "Cancel it.", body=_CANCEL),
    "PaidInvoice": _to("get_invoice", "The invoice as it is now.", "$response.body#/invoice/id"),
    "PayRest": _to(
        "record_payment",
        "Pay what is still left.",
        "$response.body#/invoice/id",
        _cash("$response.body#/invoice/balance", "$response.body#/payment/payment_date"),
    ),
    "RefundPayment": _to(
        "record_refund",
        "Return this payment the way it came.",
        "$response.body#/invoice/id",
        {
            "amount": "$response.body#/payment/amount",
            "refund_mode": "$response.body#/payment/payment_mode",
            "reference": "$response.body#/payment/reference",
            "refund_date": "$response.body#/payment/payment_date",
            "payment_id": "$response.body#/payment/id",
            "reason": "Payment returned",
        },
    ),
    "PayAgain": _to(
        "record_payment",
        "Receive the returned money again.",
        "$response.body#/invoice/id",
        _cash("$response.body#/refund/amount", "$response.body#/refund/refund_date"),
    ),
    "CancelRefundedInvoice": _to(
        "cancel_invoice", "Cancel it, once all money is returned.", "$response.body#/invoice/id", _CANCEL
    ),
    "ApplyReceipt": _to("apply_unapplied", "Apply the first of them.", "$response.body#/0/id"),
    "CallbackEvent": _to("get_callback_event", "What became of it.", "$response.body#/event_id"),
    "CreateInvoiceOfBranch": {
        "operationId": "create_invoice",
        "requestBody": {"branch_id": "$response.body#/id", **_TODAY},
        "description": "Invoice at this branch, today, numbered at once.",
    },
    "CreateInvoiceOfFirstBranch": {
        "operationId": "create_invoice",
        "requestBody": {"branch_id": "$response.body#/0/id", **_TODAY},
        "description": "Invoice at the first of them, today, numbered at once.",
    },
}
