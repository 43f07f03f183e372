"""GST on one invoice line, and the document's rounding.

Tax is computed per line and totals are sums of lines. Rates come with each line: they are data an
accountant can change, never constants here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from billing.domain.money import round_half_up

SupplyType = Literal["intra_state", "inter_state"]
TaxTreatment = Literal["taxable", "exempt", "nil_rated", "non_gst"]
SUPPLY_TYPES: tuple[SupplyType, ...] = ("intra_state", "inter_state")
TAX_TREATMENTS: tuple[TaxTreatment, ...] = ("taxable", "exempt", "nil_rated", "non_gst")

_HALF_PER_HUNDRED = Decimal(200)
_PER_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class LineItem:
    """One priced line; amounts in paise, ``quantity`` and ``tax_rate`` (percent) as Decimal."""

    service_name: str
    department: str
    sac_hsn: str | None
    quantity: Decimal
    rate_paise: int
    discount_paise: int
    tax_rate: Decimal
    tax_treatment: TaxTreatment
    taxable_paise: int
    cgst_paise: int
    sgst_paise: int
    igst_paise: int

    @property
    def tax_paise(self) -> int:
        """All taxes of the line, in paise."""
        return self.cgst_paise + self.sgst_paise + self.igst_paise

    @property
    def amount_paise(self) -> int:
        """What the line adds to the payable amount: taxable value and tax, in paise."""
        return self.taxable_paise + self.cgst_paise + self.sgst_paise + self.igst_paise

    @property
    def gross_paise(self) -> int:
        """Quantity times rate before discount, in paise."""
        return self.taxable_paise + self.discount_paise


class LineError(ValueError):
    """A line whose values do not fit together; ``field`` names the member at fault."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.code = code
        self.detail = detail


def gross_paise(quantity: Decimal, rate_paise: int) -> int:
    """Quantity times rate, rounded half up to the paisa."""
    return round_half_up(quantity * rate_paise)


def price_line(
    *,
    service_name: str,
    department: str,
    sac_hsn: str | None,
    quantity: Decimal,
    rate_paise: int,
    discount_paise: int,
    tax_rate: Decimal,
    tax_treatment: TaxTreatment,
    supply_type: SupplyType,
) -> LineItem:
    """The line with its taxable value and taxes.

    Health care performed at the branch is taxed where it is performed (IGST Act s.12(4)): CGST and SGST,
    each ``ROUND_HALF_UP(taxable * rate / 2)`` on its own. Only ``inter_state`` lines bear IGST.

    Raises:
        LineError: ``discount`` above the gross amount; ``tax_rate`` on a line that is not taxable.
    """
    gross = gross_paise(quantity, rate_paise)
    if discount_paise > gross:
        raise LineError("discount", "discount_too_large", "must not be above quantity times rate")
    if tax_treatment != "taxable" and tax_rate:
        raise LineError("tax_rate", "tax_on_untaxed_line", f"must be 0 when tax_treatment is {tax_treatment}")
    taxable = gross - discount_paise
    cgst = sgst = igst = 0
    if supply_type == "inter_state":
        igst = round_half_up(taxable * tax_rate / _PER_HUNDRED)
    else:
        cgst = sgst = round_half_up(taxable * tax_rate / _HALF_PER_HUNDRED)
    return LineItem(
        service_name=service_name,
        department=department,
        sac_hsn=sac_hsn,
        quantity=quantity,
        rate_paise=rate_paise,
        discount_paise=discount_paise,
        tax_rate=tax_rate,
        tax_treatment=tax_treatment,
        taxable_paise=taxable,
        cgst_paise=cgst,
        sgst_paise=sgst,
        igst_paise=igst,
    )
