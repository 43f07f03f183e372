"""Money as integer paise; Decimal only where a person or a law writes rupees.

1 rupee = 100 paise. No function here takes or returns a float.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

PAISE_PER_RUPEE = 100
MAX_AMOUNT_PAISE = 10_00_00_000 * PAISE_PER_RUPEE  # 10 crore rupees: the most one amount may be
_ONE = Decimal(1)


class AmountError(ValueError):
    """An amount in rupees that is not usable; ``code`` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def rupees_to_paise(rupees: object, *, minimum_paise: int = 1, maximum_paise: int = MAX_AMOUNT_PAISE) -> int:
    """Paise of an amount parsed from a JSON number.

    ``rupees`` must be an ``int`` or a ``Decimal`` (never bool, str or float) with at most 2 decimals.

    Raises:
        AmountError: codes ``not_a_number``, ``too_many_decimals``, ``too_small``, ``too_large``.
    """
    if isinstance(rupees, bool) or not isinstance(rupees, int | Decimal):
        raise AmountError("not_a_number", "must be a JSON number in rupees")
    if isinstance(rupees, Decimal):
        if not rupees.is_finite():
            raise AmountError("not_a_number", "must be a JSON number in rupees")
        # adjusted() first: shifting 1E+999999 into an integer would take minutes.
        if rupees and rupees.adjusted() > 20:
            raise AmountError("too_large", "is above the largest amount accepted")
        if rupees and rupees.adjusted() < -20:
            raise AmountError("too_many_decimals", "must have at most 2 decimals")
        digits_paise = rupees.scaleb(2)
        if digits_paise != digits_paise.to_integral_value():
            raise AmountError("too_many_decimals", "must have at most 2 decimals")
        paise = int(digits_paise)
    else:
        paise = rupees * PAISE_PER_RUPEE
    if paise < minimum_paise:
        raise AmountError("too_small", "must be above 0" if minimum_paise > 0 else "must not be negative")
    if paise > maximum_paise:
        raise AmountError("too_large", "is above the largest amount accepted")
    return paise


def round_half_up(value: Decimal) -> int:
    """The nearest integer, halves away from zero (commercial rounding, not Python's banker's)."""
    return int(value.quantize(_ONE, rounding=ROUND_HALF_UP))


def round_off_to_rupee_paise(amount_paise: int) -> int:
    """What to add to reach the nearest rupee, 50 paise upwards; between -49 and +50.

    Source: CGST Act 2017, section 170.
    """
    remainder = amount_paise % PAISE_PER_RUPEE
    return -remainder if remainder < 50 else PAISE_PER_RUPEE - remainder


def format_rupees(amount_paise: int) -> str:
    """The amount as a plain decimal, e.g. ``-123456`` paise is ``-1234.56``."""
    # At least one digit before the point and two behind it; the sign takes a place of its own.
    digits = f"{amount_paise:03d}" if amount_paise >= 0 else f"{amount_paise:04d}"
    return f"{digits[:-2]}.{digits[-2:]}"
