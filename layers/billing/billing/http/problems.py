"""Errors as callers see them: RFC 9457 problem documents with a stable code."""

from __future__ import annotations

from typing import Any

from billing.domain import errors
from billing.http.json import Rupees

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = 1

# One row for each class of the tree in domain/errors.py that is raised; a test demands they match.
PROBLEMS: dict[type[errors.BillingError], tuple[int, str, str]] = {
    errors.MalformedRequest: (400, "malformed_request", "The request cannot be read"),
    errors.InvalidParameter: (400, "invalid_parameter", "A parameter is not acceptable"),
    errors.PayloadTooLarge: (413, "payload_too_large", "The body is too large"),
    errors.UnsupportedMediaType: (415, "unsupported_media_type", "The media type is not supported"),
    errors.MissingCredentials: (401, "unauthenticated", "Credentials are required"),
    errors.CallbackRefused: (401, "callback_refused", "The callback was not accepted"),
    errors.MissingScope: (403, "missing_scope", "The token lacks a scope"),
    errors.MissingTenant: (403, "missing_tenant", "The token names no tenant"),
    errors.RouteNotFound: (404, "not_found", "Not found"),
    errors.InvoiceNotFound: (404, "invoice_not_found", "Invoice not found"),
    errors.ReceiptNotFound: (404, "receipt_not_found", "Receipt not found"),
    errors.CallbackEventNotFound: (404, "callback_event_not_found", "Callback event not found"),
    errors.BranchNotFound: (404, "branch_not_found", "Branch not found"),
    errors.InvalidFields: (422, "invalid_fields", "A value is not acceptable"),
    errors.UnknownBranch: (422, "unknown_branch", "The branch is not registered"),
    errors.IdempotencyKeyReused: (422, "idempotency_key_reused", "The Idempotency-Key was used before"),
    errors.NotPayable: (409, "not_payable", "The invoice takes no payment"),
    errors.Overpayment: (409, "overpayment", "The amount is more than the balance"),
    errors.DuplicateReference: (409, "duplicate_reference", "The reference is recorded already"),
    errors.TooManyPayments: (409, "too_many_payments", "The invoice holds too many records"),
    errors.NotRefundable: (409, "not_refundable", "There is nothing to refund"),
    errors.OverRefund: (409, "over_refund", "The amount is more than what can be refunded"),
    errors.OverApplication: (409, "over_application", "The amount is more than what is left of the receipt"),
    errors.NotCancellable: (409, "has_payments", "The invoice holds money"),
    errors.NotFinalizable: (409, "not_finalizable", "The invoice cannot be finalized"),
    errors.SeriesExhausted: (409, "series_exhausted", "The number series is exhausted"),
    errors.BranchWithoutState: (409, "branch_without_state", "The branch has no state"),
    errors.BranchCodeTaken: (409, "branch_code_taken", "The branch code is taken"),
    errors.BranchInUse: (409, "branch_in_use", "The branch has issued numbers"),
    errors.TemporarilyUnavailable: (503, "temporarily_unavailable", "Try again"),
}
INTERNAL_ERROR = (500, "internal_error", "Internal error")


def problem_for(error: errors.BillingError) -> tuple[int, str, str]:
    """Status, code and title of an error: its own row, or that of the nearest class above it."""
    for cls in type(error).__mro__:
        if cls in PROBLEMS:
            return PROBLEMS[cls]
    return INTERNAL_ERROR


def problem_document(
    status: int,
    code: str,
    title: str,
    *,
    detail: str = "",
    instance: str | None = None,
    error: errors.BillingError | None = None,
) -> dict[str, Any]:
    """The members of a problem document; amounts in paise become rupees without the suffix."""
    document: dict[str, Any] = {
        "type": f"urn:billing:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail or title,
    }
    if instance is not None:
        document["instance"] = instance
    if error is None:
        return document
    for name, value in error.members.items():
        if name.endswith("_paise"):
            document[name.removesuffix("_paise")] = Rupees(value)
        else:
            document[name] = value
    if error.errors:
        document["errors"] = [_fault(fault) for fault in error.errors]
    return document


def _fault(fault: errors.FieldError) -> dict[str, Any]:
    place = {"pointer": fault.pointer} if fault.pointer is not None else {"parameter": fault.parameter}
    return {**place, "code": fault.code, "detail": fault.detail}
