"""What is accepted but looks wrong, or is restricted by law: told, not refused."""

from __future__ import annotations

import re
from typing import Any

from billing.domain.errors import FieldError, InvalidFields
from billing.domain.gstin import has_valid_check
from billing.domain.invoice import InvoiceHead, Payment
from billing.domain.money import PAISE_PER_RUPEE

# Income-tax Act 1961 s.269ST (s.186 of the Act of 2025 from April 2026): no receipt in cash of this much
# from one person in a day, or for one transaction.
CASH_LIMIT_PAISE = 2_00_000 * PAISE_PER_RUPEE
_PLAUSIBLE_REFERENCES = {
    "upi": (re.compile(r"[0-9]{12}"), "A UPI reference (RRN) has 12 digits."),
    "neft": (re.compile(r"[A-Za-z0-9]{16}"), "A NEFT reference (UTR) has 16 letters and digits."),
    "cheque": (re.compile(r"[0-9]{6}"), "A cheque number has 6 digits."),
}


def payment_warnings(payment: Payment, head: InvoiceHead) -> dict[str, Any]:
    """The ``warnings`` member of a payment's answer, or nothing."""
    warnings = []
    if payment.payment_mode == "cash":
        cash_paise = sum(p.amount_paise for p in head.payments.values() if p.payment_mode == "cash")
        if cash_paise >= CASH_LIMIT_PAISE:
            warnings.append(
                {
                    "code": "cash_limit",
                    "detail": "Cash of 2,00,000 rupees or more for one invoice is barred by law.",
                }
            )
    form = _PLAUSIBLE_REFERENCES.get(payment.payment_mode)
    if form and payment.reference and not form[0].fullmatch(payment.reference):
        warnings.append({"code": "unusual_reference", "detail": form[1]})
    return {"warnings": warnings} if warnings else {}


def gstin_warnings(pointer: str, gstin: str | None, stage: str) -> dict[str, Any]:
    """The ``warnings`` member for a GSTIN whose check character is wrong, or nothing.

    The government's sandbox hands out GSTINs that fail their own check, so only production refuses them.

    Raises:
        InvalidFields: in production.
    """
    if gstin is None or has_valid_check(gstin):
        return {}
    detail = "has a wrong check character"
    if stage == "production":
        raise InvalidFields("The GSTIN is not valid.", errors=(FieldError("gstin_check", detail, pointer=pointer),))
    return {"warnings": [{"code": "gstin_check", "pointer": pointer, "detail": detail}]}
