"""Every error a caller can meet, as one tree.

    BillingError
    ├── MalformedRequest            the request itself cannot be read
    │   ├── InvalidParameter        a query parameter, header or path value
    │   ├── PayloadTooLarge
    │   └── UnsupportedMediaType
    ├── NotAuthorized
    │   ├── MissingCredentials
    │   ├── CallbackRefused         a gateway callback that nothing proves
    │   ├── MissingScope
    │   └── MissingTenant
    ├── NotFound
    │   ├── RouteNotFound
    │   ├── InvoiceNotFound
    │   ├── ReceiptNotFound · CallbackEventNotFound
    │   └── BranchNotFound
    ├── InvalidFields               well-formed, but a value is not acceptable
    │   ├── UnknownBranch
    │   └── IdempotencyKeyReused
    ├── Conflict                    acceptable, but not in this state
    │   ├── NotPayable · Overpayment · DuplicateReference · TooManyPayments
    │   ├── NotRefundable · OverRefund
    │   ├── OverApplication         more than what is left of a receipt
    │   ├── NotCancellable · NotFinalizable · SeriesExhausted · BranchWithoutState
    │   └── BranchCodeTaken · BranchInUse
    └── TemporarilyUnavailable      try again: contention, or a dependency that is down

The HTTP status and the stable ``code`` of each are in :mod:`billing.http.problems`; a test demands
that the table and this tree match.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one input: where it is, a stable code, and a sentence for people.

    Exactly one of ``pointer`` (RFC 6901, into the JSON body) and ``parameter`` (query, path or header
    name) is set. ``detail`` never repeats the refused value: it may be a card number.
    """

    code: str
    detail: str
    pointer: str | None = None
    parameter: str | None = None


class BillingError(Exception):
    """Base of every error this service answers on purpose.

    ``detail`` is one sentence for people, ``members`` are extra members of the problem document
    (amounts in paise carry the suffix ``_paise``), ``errors`` the single faults.
    """

    def __init__(self, detail: str = "", *, errors: tuple[FieldError, ...] = (), **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.members = members


class MalformedRequest(BillingError):
    """The request cannot be read: JSON, encoding, nesting, duplicate names."""


class InvalidParameter(MalformedRequest):
    """A query parameter, path value or header is unknown, empty, repeated or malformed."""


class PayloadTooLarge(MalformedRequest):
    """The body is larger than this endpoint accepts."""


class UnsupportedMediaType(MalformedRequest):
    """The body is not plain ``application/json``."""


class NotAuthorized(BillingError):
    """The caller may not do this."""


class MissingCredentials(NotAuthorized):
    """No verified credentials came with the request."""


class CallbackRefused(NotAuthorized):
    """No account, no signature or a wrong one: a callback's sender is told no more than that."""

    def __init__(self) -> None:
        super().__init__("The callback was not accepted.")


class MissingScope(NotAuthorized):
    """The token lacks the scope this endpoint needs."""


class MissingTenant(NotAuthorized):
    """The token names no tenant, or an unusable one."""


class NotFound(BillingError):
    """There is no such thing, or none this caller may know of."""


class RouteNotFound(NotFound):
    """No endpoint has this method and path."""


class InvoiceNotFound(NotFound):
    """No invoice of this tenant (and these branches) has this id."""

    def __init__(self) -> None:
        super().__init__("There is no invoice with this id.")


class ReceiptNotFound(NotFound):
    """No unapplied receipt this caller may use has this id."""

    def __init__(self) -> None:
        super().__init__("There is no unapplied receipt with this id.")


class CallbackEventNotFound(NotFound):
    """No callback of this tenant (and these branches) has this id."""

    def __init__(self) -> None:
        super().__init__("There is no callback event with this id.")


class BranchNotFound(NotFound):
    """No branch this caller may use has this id."""

    def __init__(self) -> None:
        super().__init__("There is no branch with this id.")


class InvalidFields(BillingError):
    """One or more values in the body are not acceptable."""


class UnknownBranch(InvalidFields):
    """The invoice names a branch that is not registered."""


class IdempotencyKeyReused(InvalidFields):
    """The ``Idempotency-Key`` was used before with other content."""


class Conflict(BillingError):
    """The request is sound, but not in the present state."""


class NotPayable(Conflict):
    """A draft, cancelled or fully paid invoice takes no payment."""


class Overpayment(Conflict):
    """The amount is more than the invoice's balance."""


class DuplicateReference(Conflict):
    """The invoice already has a payment (or refund) with this mode and reference."""


class TooManyPayments(Conflict):
    """The invoice holds as many payments or refunds as it may."""


class NotRefundable(Conflict):
    """There is no such payment, or nothing was paid that could be returned."""


class OverRefund(Conflict):
    """The refund is more than what was paid and not yet returned."""


class OverApplication(Conflict):
    """The amount is more than what is left of the receipt."""


class NotCancellable(Conflict):
    """The invoice holds money and cannot be cancelled."""


class NotFinalizable(Conflict):
    """Only a draft can be finalized."""


class SeriesExhausted(Conflict):
    """The next serial would make the invoice number longer than 16 characters."""


class BranchWithoutState(Conflict):
    """A taxed invoice needs the branch's state to choose CGST and SGST."""


class BranchCodeTaken(Conflict):
    """Another branch of the tenant has this code."""


class BranchInUse(Conflict):
    """Code and state cannot change once the branch has issued an invoice number."""


class TemporarilyUnavailable(BillingError):
    """Contention outlasted the time budget, or the store did not answer: retry the same request."""

    def __init__(self, detail: str = "The service is busy. Retry the same request.") -> None:
        super().__init__(detail)
