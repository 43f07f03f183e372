"""Invoices from draft to cancelled: tax, numbers, idempotent creation."""

from decimal import Decimal

import pytest

from tests.http.api import Api, invoice_body


def line(**members):
    return {"service_name": "X-ray", "department": "Imaging", "quantity": 1, "rate": 100, "tax_rate": 0, **members}


def test_tax_is_split_evenly_and_rounded_half_up_on_its_own(api: Api):
    answer = api("POST", "/invoices", invoice_body(line_items=[line(rate=62.51, tax_rate=18)]))
    item = answer.json["line_items"][0]
    assert (item["cgst"], item["sgst"], item["igst"]) == (Decimal("5.63"), Decimal("5.63"), 0)
    totals = answer.json["totals"]
    assert totals["taxable_value"] == Decimal("62.51")
    assert totals["round_off"] == Decimal("0.23")
    assert totals["grand_total"] == 74
    assert answer.headers["Location"] == f"/api/v1/billing/invoices/{answer.json['id']}"


def test_inter_state_supply_bears_igst_only(api: Api):
    body = invoice_body(line_items=[line(rate=62.51, tax_rate=18)], supply_type="inter_state")
    item = api("POST", "/invoices", body).json["line_items"][0]
    assert (item["cgst"], item["sgst"], item["igst"]) == (0, 0, Decimal("11.25"))


def test_quantity_rate_and_discount(api: Api):
    body = invoice_body(line_items=[line(quantity=1.125, rate=33.34, discount=7.5, tax_rate=5)])
    item = api("POST", "/invoices", body).json["line_items"][0]
    assert item["taxable_value"] == Decimal("30.01")  # 37.5075 is 37.51, less 7.50
    assert item["cgst"] == item["sgst"] == Decimal("0.75")
    assert item["quantity"] == Decimal("1.125")


def test_round_off_can_be_switched_off_and_is_decided_at_finalize(api: Api):
    draft = api("POST", "/invoices", invoice_body(99.6)).json
    assert draft["totals"]["grand_total"] == 100
    api.branch(round_off=False)
    final = api("POST", f"/invoices/{draft['id']}/finalize").json
    assert (final["totals"]["grand_total"], final["balance"]) == (Decimal("99.6"), Decimal("99.6"))


def test_draft_then_finalized_gets_the_next_number_of_its_year(api: Api):
    numbers = [
        api.invoice(date=day)["invoice_number"] for day in ("2026-03-10", "2026-03-11", "2025-03-31", "2025-04-01")
    ]
    assert numbers == ["MUM01/2526/00001", "MUM01/2526/00002", "MUM01/2425/00001", "MUM01/2526/00003"]
    draft = api.invoice(finalize=False)
    assert (draft["invoice_number"], draft["status"], draft["balance"]) == (None, "draft", 1500)
    first = api("POST", f"/invoices/{draft['id']}/finalize")
    assert (first.status, first.json["invoice_number"]) == (200, "MUM01/2526/00004")
    again = api("POST", f"/invoices/{draft['id']}/finalize")
    assert (again.status, again.json) == (200, first.json)
    assert api.invoice()["invoice_number"] == "MUM01/2526/00005"


def test_the_branch_is_copied_at_finalize(api: Api):
    api.branch(address="2 Hill Road, Mumbai")
    draft = api.invoice(finalize=False)
    assert draft["branch"]["address"] == "2 Hill Road, Mumbai"
    registered = api.branch(name="Andheri West", address=" 14 Hill Road, Mumbai ", gstin="27AAPFU0939F1ZV")
    assert registered["address"] == "14 Hill Road, Mumbai"
    assert api("GET", "/branches").json == [registered]
    final = api("POST", f"/invoices/{draft['id']}/finalize").json
    api.branch(name="Bandra", address="9 Lake View, Mumbai")
    shown = api("GET", f"/invoices/{draft['id']}").json
    assert shown["branch"] == final["branch"]
    assert shown["branch"] == {
        "id": "MUM-01", "name": "Andheri West", "address": "14 Hill Road, Mumbai", "gstin": "27AAPFU0939F1ZV",
        "state_code": "27",
    }  # fmt: skip
    # Repeated, it is that invoice again, not the branch as it is by now.
    assert api("POST", f"/invoices/{draft['id']}/finalize").json == shown


def test_an_invoice_finalized_at_once_keeps_the_address_of_its_day(api: Api):
    api.branch(address="14 Hill Road, Mumbai")
    invoice = api.invoice()
    api.branch()
    assert api("GET", f"/invoices/{invoice['id']}").json["branch"]["address"] == "14 Hill Road, Mumbai"
    assert "address" not in api.invoice()["branch"]


def test_a_payment_writes_no_address(api: Api):
    """The address is not in the head: however long it is, no payment pays for it."""
    api.branch(address="A" * 500)
    invoice = api.invoice()
    head = api.services.invoices.load_head("demo", invoice["id"])
    assert head is not None
    assert "A" * 500 not in repr(head)


def test_a_zero_total_is_paid_at_finalize(api: Api):
    assert api.invoice(0)["status"] == "paid"


def test_cancel_and_its_repetition(api: Api):
    invoice = api.invoice(1500)
    first = api("POST", f"/invoices/{invoice['id']}/cancel", {"reason": "entered twice"})
    assert (first.status, first.json["status"], first.json["balance"]) == (200, "cancelled", 0)
    assert first.json["invoice_number"] == invoice["invoice_number"]
    again = api("POST", f"/invoices/{invoice['id']}/cancel", {"reason": "another"})
    assert (again.status, again.json) == (200, first.json)
    answer = api("POST", f"/invoices/{invoice['id']}/finalize")
    assert (answer.status, answer.code) == (409, "not_finalizable")


def test_money_on_an_invoice_prevents_its_cancellation_until_refunded(api: Api):
    invoice = api.invoice(1500)
    path = f"/invoices/{invoice['id']}"
    payment = api.pay(invoice["id"], 700).json["payment"]
    refused = api("POST", path + "/cancel", {"reason": "x"})
    assert (refused.status, refused.code) == (409, "has_payments")
    refund = {"amount": 700, "refund_mode": "cash", "refund_date": "2026-03-16", "reason": "not done"}
    returned = api("POST", path + "/refunds", {**refund, "payment_id": payment["id"]})
    assert (returned.status, returned.json["invoice"]["status"]) == (201, "finalized")
    assert returned.json["invoice"]["balance"] == 1500
    assert api("POST", path + "/cancel", {"reason": "x"}).status == 200


def test_refunds_never_exceed_what_was_paid(api: Api):
    invoice = api.invoice(1500)
    path = f"/invoices/{invoice['id']}/refunds"
    refund = {"amount": 1, "refund_mode": "upi", "reference": "R1", "refund_date": "2026-03-16", "reason": "x"}
    assert api("POST", path, refund).code == "not_refundable"
    one = api.pay(invoice["id"], 1000).json["payment"]
    api.pay(invoice["id"], 500)
    assert api("POST", path, {**refund, "refund_date": "2026-03-14"}).status == 422
    assert api("POST", path, {**refund, "payment_id": "pay_none"}).code == "not_refundable"
    more = api("POST", path, {**refund, "amount": 1000.01, "payment_id": one["id"]})
    assert (more.status, more.code, more.json["refundable"]) == (409, "over_refund", 1000)
    first = api("POST", path, {**refund, "amount": 1000, "payment_id": one["id"]})
    assert (first.status, first.json["invoice"]["status"]) == (201, "partially_paid")
    again = api("POST", path, {**refund, "amount": 1000, "payment_id": one["id"]})
    assert (again.status, again.json["refund"]) == (200, first.json["refund"])
    assert api("POST", path, {**refund, "amount": 2}).code == "duplicate_reference"
    assert api("POST", path, {**refund, "reference": "R2", "amount": 1, "payment_id": one["id"]}).code == "over_refund"
    assert api("POST", path, {**refund, "reference": "R3", "amount": 500}).json["invoice"]["status"] == "finalized"


def test_creation_is_idempotent_by_key(api: Api):
    first = api("POST", "/invoices", invoice_body(finalize=True), headers={"Idempotency-Key": "visit-1"})
    again = api("POST", "/invoices", invoice_body(1500.00, finalize=True), headers={"Idempotency-Key": "visit-1"})
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    other = api("POST", "/invoices", invoice_body(1501, finalize=True), headers={"Idempotency-Key": "visit-1"})
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert [fault["pointer"] for fault in other.json["errors"]] == ["/line_items"]
    assert api.invoice()["invoice_number"] == "MUM01/2526/00002"


def test_an_unregistered_branch_is_named(api: Api):
    for body, limit in ((invoice_body(branch_id="PUN-01"), None), (invoice_body(), "PUN-01")):
        answer = api("POST", "/invoices", body, branches=limit)
        assert (answer.status, answer.code) == (422, "unknown_branch")
        assert answer.json["errors"][0]["pointer"] == "/branch_id"


def test_series_end(api: Api):
    api.invoice()
    key = {"pk": {"S": "T#demo#N#MUM-01#2526"}, "sk": {"S": "N"}}
    api.services.dynamodb.put_item(TableName="billing", Item={**key, "last": {"N": "99999"}})
    answer = api("POST", "/invoices", invoice_body(finalize=True))
    assert (answer.status, answer.code) == (409, "series_exhausted")
    api.branch("PUN-01", code="P")
    api.services.dynamodb.put_item(
        TableName="billing", Item={"pk": {"S": "T#demo#N#PUN-01#2526"}, "sk": {"S": "N"}, "last": {"N": "99999"}}
    )
    assert api.invoice(branch_id="PUN-01")["invoice_number"] == "P/2526/100000"


@pytest.mark.parametrize(
    ("change", "status"), [({"name": "New"}, 200), ({"code": "M2"}, 409), ({"state_code": "29"}, 409)]
)
def test_code_and_state_are_frozen_by_the_first_number(api: Api, change, status):
    api.invoice()
    body = {"name": "Andheri", "code": "MUM01", "state_code": "27", **change}
    assert api("PUT", "/branches/MUM-01", body).status == status


def test_branches_register_change_and_list(api: Api):
    assert api("PUT", "/branches/MUM-01", {"name": "A", "code": "M2", "state_code": "29"}).status == 200
    body = {"name": "Pune", "code": "MUM01", "state_code": "27"}
    assert api("PUT", "/branches/PUN-01", body).status == 201
    assert api("PUT", "/branches/PUN-01", body).status == 200
    taken = api("PUT", "/branches/PUN-02", body)
    assert (taken.status, taken.code) == (409, "branch_code_taken")
    assert [b["id"] for b in api("GET", "/branches").json] == ["MUM-01", "PUN-01"]
    assert [b["id"] for b in api("GET", "/branches", branches="PUN-01").json] == ["PUN-01"]
    assert api("GET", "/branches", tenant="other").json == []
    assert api("PUT", "/branches/PUN-01", body, branches="MUM-01").status == 404


def test_warnings_do_not_refuse(api: Api):
    invoice = api.invoice(300_000)
    answer = api.pay(invoice["id"], 200_000)
    assert [w["code"] for w in answer.json["warnings"]] == ["cash_limit"]
    upi = api.pay(invoice["id"], 1, payment_mode="upi", reference="UPI-TXN-123456")
    assert [w["code"] for w in upi.json["warnings"]] == ["unusual_reference"]
    wrong_check = {"name": "A", "code": "MUM01", "state_code": "27", "gstin": "27AAPFU0939F1ZX"}
    assert api("PUT", "/branches/MUM-01", wrong_check).json["warnings"][0]["code"] == "gstin_check"
