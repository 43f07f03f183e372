"""What callers may send, as Pydantic models: they check bodies and describe them in the OpenAPI file.

Only writing endpoints import this module. Values arrive strictly parsed (:mod:`billing.http.json`), so
numbers are ``int`` or ``Decimal`` and nothing needs coercion.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from billing.domain import errors, gstin, identifiers
from billing.domain.calendar import parse_day
from billing.domain.invoice import MAX_LINES, RESERVED_DEPARTMENT, PaymentMode
from billing.domain.money import MAX_AMOUNT_PAISE, AmountError, rupees_to_paise
from billing.domain.tax import SupplyType, TaxTreatment
from billing.domain.text import contains_card_number, has_forbidden_characters

MAX_QUANTITY = Decimal(1_000_000)
# What a pattern can say of :func:`has_forbidden_characters`. Blanks that the edges are trimmed of are not in it.
TEXT_PATTERN = (
    r"^[^\u0000-\u0008\u000e-\u001b\u007f-\u0084\u0086-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]*$"
)
DATE_SCHEMA = {"type": "string", "format": "date", "examples": ["2026-03-31"]}


def _amount(minimum_paise: int) -> Any:
    def parse(value: object) -> int:
        try:
            return rupees_to_paise(value, minimum_paise=minimum_paise)
        except AmountError as error:
            raise PydanticCustomError(error.code, error.detail) from None

    return parse


def _text(value: object, *, most: int, joiners: bool = False) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("not_a_string", "must be a string")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise PydanticCustomError("forbidden_character", "holds a lone surrogate") from None
    text = value.strip()
    if not text:
        raise PydanticCustomError("empty", "must not be empty")
    if len(text) > most:
        raise PydanticCustomError("too_long", "is too long")
    if has_forbidden_characters(text, allow_joiners=joiners):
        raise PydanticCustomError("forbidden_character", "holds a control, bidirectional or invisible character")
    return text


def _plain_text(most: int) -> Any:
    return lambda value: _text(value, most=most, joiners=True)


def _remark(value: object) -> str:
    text = _text(value, most=200, joiners=True)
    if contains_card_number(text):
        raise PydanticCustomError("card_number", "must not hold a payment-card number")
    return text


def _reference(value: object) -> str:
    text = _text(value, most=200)
    # Before the form: a card number must be named as such, whatever else is wrong with the text.
    if contains_card_number(text):
        raise PydanticCustomError("card_number", "must not hold a payment-card number")
    if not identifiers.REFERENCE.fullmatch(text):
        raise PydanticCustomError(
            "invalid_reference",
            "must be 1 to 64 of A-Z a-z 0-9 space . _ : / # - and begin with a letter or digit",
        )
    return text


def _day(value: object) -> date:
    try:
        return parse_day(value) if isinstance(value, str) else _no_day()
    except ValueError:
        raise PydanticCustomError("invalid_date", "must be a date as YYYY-MM-DD") from None


def _no_day() -> date:
    raise ValueError


def _matching(pattern: Any, code: str, detail: str) -> Any:
    def check(value: object) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise PydanticCustomError(code, detail)
        return value

    return check


def _state_code(value: object) -> str:
    if not isinstance(value, str) or value not in identifiers.STATE_CODES:
        raise PydanticCustomError("invalid_state_code", "must be a GST state code, 01 to 38 or 97")
    return value


def _gstin(value: object) -> str:
    if not isinstance(value, str) or not gstin.is_well_formed(value):
        raise PydanticCustomError("invalid_gstin", "is not a GSTIN")
    return value


def _decimal(value: object, *, places: int, above: Decimal | None, most: Decimal) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("not_a_number", "must be a JSON number")
    number = Decimal(value)
    if not number.is_finite() or (number and not -places <= number.adjusted() <= 20):
        raise PydanticCustomError("out_of_range", "is out of range")
    if (above is not None and number <= above) or number < 0 or number > most:
        raise PydanticCustomError("out_of_range", "is out of range")
    scaled = number.scaleb(places)
    if scaled != scaled.to_integral_value():
        raise PydanticCustomError("too_many_decimals", "has too many decimals")
    # One form for equal values: 1, 1.0 and 1.00 are the same content.
    whole = number.to_integral_value()
    return whole if number == whole else number.normalize()


def _quantity(value: object) -> Decimal:
    return _decimal(value, places=3, above=Decimal(0), most=MAX_QUANTITY)


def _tax_rate(value: object) -> Decimal:
    return _decimal(value, places=3, above=None, most=Decimal(100))


def _sac_hsn(value: object) -> str:
    if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) in (4, 6, 8)):
        raise PydanticCustomError("invalid_sac_hsn", "must be 4, 6 or 8 digits")
    return value


def _department(name: str) -> str:
    if name.casefold() == RESERVED_DEPARTMENT:
        raise PydanticCustomError("reserved_department", "is a reserved name")
    return name


def _bounded(most: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": most, "pattern": TEXT_PATTERN})


_RUPEES = {"type": "number", "multipleOf": 0.01, "maximum": MAX_AMOUNT_PAISE // 100}

Amount = Annotated[
    int,
    BeforeValidator(_amount(1)),
    WithJsonSchema({**_RUPEES, "exclusiveMinimum": 0, "examples": [1500.5]}),
]
AmountOrZero = Annotated[
    int,
    BeforeValidator(_amount(0)),
    WithJsonSchema({**_RUPEES, "minimum": 0, "examples": [0, 99.99]}),
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema(DATE_SCHEMA)]
Reference = Annotated[
    str,
    BeforeValidator(_reference),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9][A-Za-z0-9 ._:/#-]{0,63}$"}
    ),
]
Remark = Annotated[
    str,
    BeforeValidator(_remark),
    _bounded(200),
]
PatientId = Annotated[
    str,
    BeforeValidator(_matching(identifiers.PATIENT_ID, "invalid_id", "must be 1 to 64 of A-Z a-z 0-9 . _ / -")),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$"}),
]
BranchId = Annotated[
    str,
    BeforeValidator(_matching(identifiers.BRANCH_ID, "invalid_id", "must be 1 to 32 of A-Z a-z 0-9 _ -")),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$"}),
]
StateCode = Annotated[
    str,
    BeforeValidator(_state_code),
    WithJsonSchema({"type": "string", "enum": sorted(identifiers.STATE_CODES)}),
]
Gstin = Annotated[
    str,
    BeforeValidator(_gstin),
    WithJsonSchema({"type": "string", "minLength": 15, "maxLength": 15, "pattern": "^[0-9A-Z]{15}$"}),
]


Name = Annotated[str, BeforeValidator(_plain_text(200)), _bounded(200)]
Address = Annotated[str, BeforeValidator(_plain_text(500)), _bounded(500)]
Department = Annotated[str, BeforeValidator(_plain_text(60)), AfterValidator(_department), _bounded(60)]
Phone = Annotated[
    str,
    BeforeValidator(
        _matching(
            identifiers.PHONE,
            "invalid_phone",
            "must be 5 to 20 digits, blanks and dashes, with + in front if at all",
        )
    ),
    WithJsonSchema({"type": "string", "pattern": "^\\+?[0-9][0-9 -]{4,19}$"}),
]
BranchCode = Annotated[
    str,
    BeforeValidator(_matching(identifiers.BRANCH_CODE, "invalid_branch_code", "must be 1 to 5 of A-Z 0-9")),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z0-9]{1,5}$"}),
]
Quantity = Annotated[
    Decimal,
    BeforeValidator(_quantity),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": int(MAX_QUANTITY), "multipleOf": 0.001}),
]
TaxRate = Annotated[
    Decimal,
    BeforeValidator(_tax_rate),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.001}),
]
SacHsn = Annotated[
    str,
    BeforeValidator(_sac_hsn),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]{4}|[0-9]{6}|[0-9]{8})$"}),
]


class Body(BaseModel):
    """A request body: nothing coerced, nothing unknown, nothing changed afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class PaymentBody(Body):
    """Money received on an invoice. ``reference`` is required for every mode but cash."""

    amount: Amount
    payment_mode: PaymentMode
    reference: Reference | None = None
    payment_date: Day

    @model_validator(mode="after")
    def _needs_reference(self) -> PaymentBody:
        if self.reference is None and self.payment_mode != "cash":
            raise PydanticCustomError("reference_required", "reference: is required unless cash")
        return self


def _invoice_id(value: object) -> str:
    if not isinstance(value, str) or not identifiers.INVOICE_ID.fullmatch(value):
        raise PydanticCustomError("malformed", "is not an invoice id")
    return value


InvoiceId = Annotated[str, BeforeValidator(_invoice_id)]


class ApplicationBody(Body):
    """Which invoice gets money of an unapplied receipt; without ``amount`` as much as fits."""

    invoice_id: InvoiceId
    amount: Amount | None = None


class RefundBody(Body):
    """Money returned on an invoice. ``reference`` is required for every mode but cash."""

    amount: Amount
    refund_mode: PaymentMode
    reference: Reference | None = None
    refund_date: Day
    reason: Remark
    payment_id: Annotated[str, Field(max_length=64, pattern="^[A-Za-z0-9_-]+$")] | None = None

    @model_validator(mode="after")
    def _needs_reference(self) -> RefundBody:
        if self.reference is None and self.refund_mode != "cash":
            raise PydanticCustomError("reference_required", "reference: is required unless cash")
        return self


class CancelBody(Body):
    """Why an invoice is cancelled."""

    reason: Remark


class PatientBody(Body):
    """Who is billed."""

    id: PatientId
    name: Name
    phone: Phone | None = None
    address: Address | None = None
    state_code: StateCode | None = None
    gstin: Gstin | None = None


class LineBody(Body):
    """One line to be priced: ``quantity * rate - discount``, then tax at ``tax_rate`` percent."""

    service_name: Name
    department: Department
    sac_hsn: SacHsn | None = None
    quantity: Quantity
    rate: AmountOrZero
    discount: AmountOrZero = 0
    tax_rate: TaxRate
    tax_treatment: TaxTreatment = "taxable"


class InvoiceBody(Body):
    """An invoice to create, finalized at once if ``finalize``."""

    patient: PatientBody
    branch_id: BranchId
    date: Day | None = None
    supply_type: SupplyType = "intra_state"
    line_items: Annotated[list[LineBody], Field(min_length=1, max_length=MAX_LINES)]
    finalize: bool = False


class BranchBody(Body):
    """A branch; ``code`` begins its invoice numbers."""

    name: Name
    code: BranchCode
    state_code: StateCode
    address: Address | None = None
    gstin: Gstin | None = None
    round_off: bool = True


_CODES: dict[str, tuple[str, str]] = {
    "missing": ("required", "is required"),
    "extra_forbidden": ("unknown_property", "is not a property of this request"),
    "literal_error": ("not_allowed", "is not one of the allowed values"),
    "bool_type": ("not_a_boolean", "must be true or false"),
    "string_type": ("not_a_string", "must be a string"),
    "string_too_long": ("too_long", "is too long"),
    "string_pattern_mismatch": ("invalid_id", "holds characters that are not allowed"),
    "list_type": ("not_an_array", "must be an array"),
    "too_short": ("too_few", "holds too few entries"),
    "too_long": ("too_many", "holds too many entries"),
    "model_type": ("not_an_object", "must be an object"),
    "model_attributes_type": ("not_an_object", "must be an object"),
}


BodyModel = TypeVar("BodyModel", bound=Body)


def parse_body(model: type[BodyModel], members: dict[str, Any]) -> BodyModel:
    """The checked body.

    Raises:
        InvalidFields: with one entry a fault; refused values are never repeated.
    """
    try:
        return model.model_validate(members)
    except ValidationError as error:
        faults = tuple(_fault(fault) for fault in error.errors(include_url=False, include_input=False))
        raise errors.InvalidFields("One or more values are not acceptable.", errors=faults) from None


def _fault(fault: Any) -> errors.FieldError:
    code, detail = _CODES.get(fault["type"], (fault["type"], fault["msg"]))
    place, unknown = fault["loc"], fault["type"] == "extra_forbidden"
    # The parts of a union or validator function are no members of the body; long names are not repeated.
    path = [str(part) for part in place[:-1] if not (isinstance(part, str) and "[" in part)]
    if place and (unknown or "[" not in str(place[-1])):
        path.append(str(place[-1]))
    if unknown and not path[-1].isidentifier():
        path[-1] = "*"
    if code == "reference_required":
        path, detail = [*path, "reference"], "is required unless the mode is cash"
    pointer = "".join("/" + part[:64].replace("~", "~0").replace("/", "~1") for part in path)
    return errors.FieldError(code, detail, pointer=pointer)
