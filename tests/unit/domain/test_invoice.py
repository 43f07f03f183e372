"""What may happen to an invoice, and what its sums are."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.domain import errors
from billing.domain.invoice import (
    BILLED_STATUSES,
    MAX_LINES,
    MAX_PAYMENTS,
    PAYABLE_STATUSES,
    PAYMENT_MODES,
    RESERVED_DEPARTMENT,
    STATUSES,
    Totals,
    check_cancellable,
    check_payable,
    check_refundable,
    department_amounts,
    number_for,
    round_off_paise,
    status_after,
    total_lines,
)
from tests.unit.domain.make import DAY, head, line, payment, refund


def test_the_sets_of_the_contract():
    assert STATUSES == ("draft", "finalized", "partially_paid", "paid", "cancelled")
    assert set(PAYABLE_STATUSES) == {"finalized", "partially_paid"}
    assert {"finalized", "partially_paid", "paid"} == BILLED_STATUSES
    assert PAYMENT_MODES == ("cash", "card", "upi", "neft", "cheque", "online", "insurance")
    assert (MAX_PAYMENTS, MAX_LINES, RESERVED_DEPARTMENT) == (1000, 200, "rounding")


@pytest.mark.parametrize(
    ("total", "paid", "status"),
    [
        (1000, 0, "finalized"),
        (1000, 1, "partially_paid"),
        (1000, 999, "partially_paid"),
        (1000, 1000, "paid"),
        (0, 0, "paid"),
    ],
)
def test_status_is_arithmetic(total, paid, status):
    assert status_after(total, paid) == status


def test_totals_are_sums_of_the_lines():
    lines = [
        line(rate_paise=10110, discount_paise=10, tax_rate=Decimal(5)),
        line(rate_paise=500, department="Pharmacy", tax_rate=Decimal(12), supply_type="inter_state"),
    ]
    totals = total_lines(lines, 7)
    assert totals == Totals(10610, 10, 10600, 253, 253, 60, 7)
    assert totals.grand_total_paise == 10600 + 253 + 253 + 60 + 7
    assert total_lines([], 0).grand_total_paise == 0


def test_departments_are_net_of_discount_with_tax():
    lines = [
        line(rate_paise=100),
        line(rate_paise=300, discount_paise=50),
        line(department="Pharmacy", rate_paise=1000, tax_rate=Decimal(10)),
    ]
    assert department_amounts(lines) == {"Medicine": 350, "Pharmacy": 1100}


def test_a_branch_may_do_without_rounding():
    assert round_off_paise(151, enabled=True) == 49
    assert round_off_paise(151, enabled=False) == 0


@pytest.mark.parametrize("status", ["finalized", "partially_paid"])
@pytest.mark.parametrize("amount_paise", [1, 999, 1000])
def test_an_open_invoice_takes_up_to_its_balance(status, amount_paise):
    check_payable(head(status=status), amount_paise, DAY)


@pytest.mark.parametrize("status", ["draft", "paid", "cancelled"])
def test_other_states_take_no_payment(status):
    with pytest.raises(errors.NotPayable) as refused:
        check_payable(head(status=status, balance_paise=0), 1, DAY)
    assert refused.value.members == {"status_of_invoice": status}
    assert refused.value.detail == f"The invoice is {status} and takes no payment."


def test_a_paisa_too_much():
    with pytest.raises(errors.Overpayment) as refused:
        check_payable(head(balance_paise=700), 701, DAY)
    assert refused.value.members == {"balance_paise": 700}
    assert refused.value.detail == "The amount is more than the balance."


def test_a_payment_may_be_dated_one_day_before_the_invoice():
    check_payable(head(), 1, DAY - timedelta(days=1))
    with pytest.raises(errors.InvalidFields) as refused:
        check_payable(head(), 1, DAY - timedelta(days=2))
    (fault,) = refused.value.errors
    assert (fault.pointer, fault.code) == ("/payment_date", "date_before_invoice")
    assert fault.detail == "must not be more than a day before the invoice's date"
    assert refused.value.detail == "The payment is dated before the invoice."


def test_the_thousandth_payment_is_the_last():
    many = {str(place): payment(1) for place in range(999)}
    check_payable(head(payments=many), 1, DAY)
    with pytest.raises(errors.TooManyPayments) as refused:
        check_payable(head(payments={**many, "999": payment(1)}), 1, DAY)
    assert refused.value.detail == "An invoice takes at most 1000 payments."


def _paid(**members):
    payments = {
        "a": payment(600, id="pay_a", payment_date=date(2026, 3, 15)),
        "b": payment(400, id="pay_b", payment_date=date(2026, 3, 12)),
    }
    return head(payments=payments, **{"paid_paise": 1000, "balance_paise": 0, "status": "paid", **members})


@pytest.mark.parametrize(("amount_paise", "payment_id"), [(1, None), (1000, None), (600, "pay_a"), (400, "pay_b")])
def test_refunds_up_to_what_was_paid(amount_paise, payment_id):
    check_refundable(_paid(), amount_paise, date(2026, 3, 16), payment_id)


@pytest.mark.parametrize(
    ("amount_paise", "payment_id", "refundable_paise"), [(1001, None, 1000), (601, "pay_a", 600), (401, "pay_b", 400)]
)
def test_no_refund_beyond_what_was_paid(amount_paise, payment_id, refundable_paise):
    with pytest.raises(errors.OverRefund) as refused:
        check_refundable(_paid(), amount_paise, date(2026, 3, 16), payment_id)
    assert refused.value.members == {"refundable_paise": refundable_paise}
    assert refused.value.detail == "The amount is more than what was paid and not yet returned."


def test_earlier_refunds_count():
    returned = {"x": refund(100, payment_id="pay_a"), "y": refund(250)}
    invoice = _paid(refunds=returned, paid_paise=650, refunded_paise=350)
    check_refundable(invoice, 500, date(2026, 3, 16), "pay_a")
    for amount_paise, payment_id, refundable_paise in ((501, "pay_a", 500), (651, None, 650), (401, "pay_b", 400)):
        with pytest.raises(errors.OverRefund) as refused:
            check_refundable(invoice, amount_paise, date(2026, 3, 16), payment_id)
        assert refused.value.members == {"refundable_paise": refundable_paise}
    nearly_all_back = _paid(refunds={"y": refund(700)}, paid_paise=300, refunded_paise=700)
    with pytest.raises(errors.OverRefund) as refused:
        check_refundable(nearly_all_back, 301, date(2026, 3, 16), "pay_a")
    assert refused.value.members == {"refundable_paise": 300}


def test_nothing_paid_means_nothing_to_refund():
    for invoice in (head(), _paid(paid_paise=0, refunded_paise=1000)):
        with pytest.raises(errors.NotRefundable) as refused:
            check_refundable(invoice, 1, date(2026, 3, 16), None)
        assert refused.value.detail == "Nothing that could be returned was paid on this invoice."
    check_refundable(_paid(paid_paise=1), 1, date(2026, 3, 16), None)


def test_a_refund_of_a_payment_names_one_of_this_invoice():
    with pytest.raises(errors.NotRefundable) as refused:
        check_refundable(_paid(), 1, date(2026, 3, 16), "pay_c")
    assert refused.value.detail == "The invoice has no payment with this payment_id."


def test_no_refund_before_the_first_payment():
    check_refundable(_paid(), 1, date(2026, 3, 12), None)
    with pytest.raises(errors.InvalidFields) as refused:
        check_refundable(_paid(), 1, date(2026, 3, 11), None)
    (fault,) = refused.value.errors
    assert (fault.pointer, fault.code) == ("/refund_date", "date_before_payment")
    assert fault.detail == "must not be before the invoice's first payment"
    assert refused.value.detail == "The refund is dated before the first payment."


def test_the_thousandth_refund_is_the_last():
    many = {str(place): refund(0) for place in range(999)}
    check_refundable(_paid(refunds=many), 1, date(2026, 3, 16), None)
    with pytest.raises(errors.TooManyPayments) as refused:
        check_refundable(_paid(refunds={**many, "999": refund(0)}), 1, date(2026, 3, 16), None)
    assert refused.value.detail == "An invoice takes at most 1000 refunds."


def test_an_invoice_with_money_is_not_cancelled():
    check_cancellable(head())
    check_cancellable(_paid(paid_paise=0, refunded_paise=1000))
    with pytest.raises(errors.NotCancellable) as refused:
        check_cancellable(head(paid_paise=1))
    assert refused.value.members == {"paid_paise": 1}
    assert refused.value.detail == "The invoice holds money. Refund it before cancelling."


@pytest.mark.parametrize(
    ("code", "serial", "number"),
    [
        ("MUM", 1, "MUM/2627/00001"),
        ("MUM", 99999, "MUM/2627/99999"),
        ("MUM", 100_000, "MUM/2627/100000"),
        ("MUM", 9_999_999, "MUM/2627/9999999"),
        ("MUM01", 99999, "MUM01/2627/99999"),
    ],
)
def test_numbers(code, serial, number):
    assert number_for(code, "2627", serial) == number
    assert len(number) <= 16


@pytest.mark.parametrize(("code", "serial"), [("MUM", 10_000_000), ("MUM01", 100_000)])
def test_a_series_ends_at_16_characters(code, serial):
    with pytest.raises(errors.SeriesExhausted) as refused:
        number_for(code, "2627", serial)
    assert refused.value.detail == "The branch has no invoice number left for this financial year."
