"""Numbers, creation and branches as transactions, with their cancellation reasons, on every engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from billing.adapters.dynamodb.client import ConditionFailed, call
from billing.adapters.dynamodb.items import number, string
from billing.adapters.dynamodb.keys import branch_code_key, counter_key, head_key, lines_key
from billing.application.ports import (
    CreationMarker,
    IssuedNumber,
    MarkerTaken,
    NumberingConflict,
    Refused,
    Written,
)
from billing.domain.branch import Branch
from billing.domain.errors import BranchCodeTaken
from billing.domain.invoice import InvoiceHead
from billing.wiring import Services
from tests.contract.samples import LATER, a_branch, a_draft, a_head, an_invoice, store
from tests.engines import Engine

YEAR = "2526"


def issued(serial: int) -> IssuedNumber:
    return IssuedNumber("MUM-01", YEAR, serial, f"MUM01/{YEAR}/{serial:05d}")


def finalized(draft: InvoiceHead, serial: int, **changes: Any) -> InvoiceHead:
    return replace(
        draft,
        status="finalized",
        number=issued(serial).number,
        finalized_at=LATER,
        updated_at=LATER,
        rev=draft.rev + 1,
        **changes,
    )


def finalize(
    services: Services, draft: InvoiceHead, number: IssuedNumber, branch: Branch, wanted: InvoiceHead
) -> Written | Refused | NumberingConflict:
    """Finalize a draft whose lines stay as they are."""
    return services.invoices.finalize(an_invoice(draft), number, branch, an_invoice(wanted))


@pytest.fixture
def branch(services: Services, tenant: str) -> Branch:
    branch = a_branch()
    assert services.branches.put(tenant, branch, None)
    return branch


def test_finalize_moves_head_counter_and_branch_together(
    engine: Engine, services: Services, tenant: str, branch: Branch
):
    draft = store(engine, a_draft(tenant))
    assert services.invoices.last_serial(tenant, "MUM-01", YEAR) == 0
    wanted = finalized(draft, 1)
    assert finalize(services, draft, issued(1), branch, wanted) == Written(wanted)
    assert services.invoices.load_head(tenant, draft.id) == wanted
    assert services.invoices.last_serial(tenant, "MUM-01", YEAR) == 1
    assert services.branches.get(tenant, "MUM-01") == replace(branch, numbered=True, rev=2)
    second = store(engine, a_draft(tenant))
    # A later serial does not look at the branch: its revision may have moved.
    assert isinstance(finalize(services, second, issued(2), branch, finalized(second, 2)), Written)
    assert services.branches.get(tenant, "MUM-01") == replace(branch, numbered=True, rev=2)


@pytest.mark.parametrize(
    ("before", "after"), [(None, "14 Hill Road"), ("14 Hill Road", None), ("14 Hill Road", "9 Lake View")]
)
def test_finalize_gives_the_lines_the_branch_s_address_of_that_moment(
    engine: Engine, services: Services, tenant: str, branch: Branch, before: str | None, after: str | None
):
    head = a_draft(tenant)
    draft, wanted = (
        replace(invoice, details=replace(invoice.details, branch_address=address))
        for invoice, address in ((an_invoice(head), before), (an_invoice(finalized(head, 1)), after))
    )
    assert isinstance(services.invoices.create(draft, None, branch, None), Written)
    assert services.invoices.load(tenant, head.id) == draft
    assert services.invoices.finalize(draft, issued(1), branch, wanted) == Written(wanted.head)
    assert services.invoices.load(tenant, head.id) == wanted
    # Refused, it changes no lines either.
    assert services.invoices.finalize(draft, issued(2), branch, wanted) == Refused(wanted.head)
    other = replace(wanted, details=replace(wanted.details, branch_address="elsewhere"))
    assert services.invoices.finalize(draft, issued(2), branch, other) == Refused(wanted.head)
    assert services.invoices.load(tenant, head.id) == wanted


def test_a_zero_total_is_paid_at_once_and_in_no_index_of_open_invoices(
    engine: Engine, services: Services, tenant: str, branch: Branch
):
    draft = store(engine, a_draft(tenant, total_paise=0))
    wanted = replace(finalized(draft, 1), status="paid")
    assert finalize(services, draft, issued(1), branch, wanted) == Written(wanted)
    item = engine.client.get_item(TableName="billing", Key=head_key(tenant, draft.id))["Item"]
    assert "open_status" not in item
    assert services.invoices.load_head(tenant, draft.id) == wanted


def test_a_number_that_was_taken_meanwhile_moves_nothing(
    engine: Engine, services: Services, tenant: str, branch: Branch
):
    first, second, third = (store(engine, a_draft(tenant)) for _ in range(3))
    assert isinstance(finalize(services, first, issued(1), branch, finalized(first, 1)), Written)
    for serial in (1, 3):
        conflict = finalize(services, second, issued(serial), branch, finalized(second, serial))
        assert isinstance(conflict, NumberingConflict), serial
    assert services.invoices.load_head(tenant, second.id) == second
    assert services.invoices.last_serial(tenant, "MUM-01", YEAR) == 1
    assert isinstance(finalize(services, third, issued(2), branch, finalized(third, 2)), Written)


def test_a_branch_that_changed_before_its_first_number_moves_nothing(
    engine: Engine, services: Services, tenant: str, branch: Branch
):
    draft = store(engine, a_draft(tenant))
    assert services.branches.put(tenant, replace(branch, code="NEW", rev=2), branch)
    conflict = finalize(services, draft, issued(1), branch, finalized(draft, 1))
    assert isinstance(conflict, NumberingConflict)
    assert services.invoices.load_head(tenant, draft.id) == draft
    assert services.invoices.last_serial(tenant, "MUM-01", YEAR) == 0


def test_a_head_that_is_no_longer_that_draft_is_shown(engine: Engine, services: Services, tenant: str, branch: Branch):
    draft = store(engine, a_draft(tenant))
    done = finalized(draft, 1)
    finalize(services, draft, issued(1), branch, done)
    assert finalize(services, draft, issued(2), branch, finalized(draft, 2)) == Refused(done)
    moved = store(engine, a_draft(tenant, rev=2))
    assert finalize(services, replace(moved, rev=1), issued(2), branch, finalized(moved, 2)) == Refused(moved)
    missing = a_draft(tenant)
    assert finalize(services, missing, issued(2), branch, finalized(missing, 2)) == Refused(None)
    assert services.invoices.last_serial(tenant, "MUM-01", YEAR) == 1


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize("marked", [False, True])
def test_creation_stores_all_parts(services: Services, tenant: str, branch: Branch, numbered: bool, marked: bool):
    invoice = an_invoice(a_head(tenant) if numbered else a_draft(tenant))
    marker = CreationMarker("hash-1", "print-1", invoice.head.id) if marked else None
    outcome = services.invoices.create(invoice, issued(1) if numbered else None, branch, marker)
    assert outcome == Written(invoice.head)
    assert services.invoices.load(tenant, invoice.head.id) == invoice
    assert services.invoices.find_marker(tenant, "hash-1") == marker
    assert services.invoices.last_serial(tenant, "MUM-01", YEAR) == (1 if numbered else 0)
    stored = services.branches.get(tenant, "MUM-01")
    assert stored
    assert stored.numbered is numbered
    # The same request again after a lost answer meets its own invoice and writes nothing.
    again = services.invoices.create(invoice, issued(2) if numbered else None, branch, marker)
    assert again == Written(invoice.head)
    assert services.invoices.last_serial(tenant, "MUM-01", YEAR) == (1 if numbered else 0)


def test_a_taken_marker_is_shown_and_nothing_is_stored(services: Services, tenant: str, branch: Branch):
    first, second = an_invoice(a_draft(tenant)), an_invoice(a_head(tenant))
    marker = CreationMarker("hash-1", "print-1", first.head.id)
    services.invoices.create(first, None, branch, marker)
    other = CreationMarker("hash-1", "print-2", second.head.id)
    assert services.invoices.create(second, issued(1), branch, other) == MarkerTaken(marker)
    assert services.invoices.load_head(tenant, second.head.id) is None
    assert services.invoices.last_serial(tenant, "MUM-01", YEAR) == 0
    # Marker and number both refused: the marker decides, for the invoice exists already.
    services.invoices.create(an_invoice(a_head(tenant)), issued(1), branch, None)
    assert services.invoices.create(second, issued(1), branch, other) == MarkerTaken(marker)
    # Another tenant's key is another key.
    assert services.invoices.find_marker(f"{tenant}-2", "hash-1") is None


def test_a_creation_whose_number_was_taken_stores_nothing(services: Services, tenant: str, branch: Branch):
    services.invoices.create(an_invoice(a_head(tenant)), issued(1), branch, None)
    late = an_invoice(a_head(tenant))
    marker = CreationMarker("hash-1", "print-1", late.head.id)
    assert isinstance(services.invoices.create(late, issued(1), branch, marker), NumberingConflict)
    assert services.invoices.load(tenant, late.head.id) is None
    assert services.invoices.find_marker(tenant, "hash-1") is None


def test_branches_and_their_codes_move_together(services: Services, tenant: str, branch: Branch):
    other = a_branch("PUN-01", code="PUN01", name="पुणे", gstin="27AAPFU0939F1ZV", round_off=False)
    assert services.branches.put(tenant, other, None)
    assert list(services.branches.list(tenant)) == [branch, other]
    assert services.branches.get(tenant, "PUN-01") == other
    assert services.branches.get(tenant, "GOA-01") is None
    with pytest.raises(BranchCodeTaken):
        services.branches.put(tenant, a_branch("GOA-01"), None)
    with pytest.raises(BranchCodeTaken):
        services.branches.put(tenant, replace(other, code="MUM01", rev=2), other)
    moved = replace(other, code="PUNE", rev=2)
    assert services.branches.put(tenant, moved, other)
    # The code left behind is free again, the one taken is not.
    assert services.branches.put(tenant, a_branch("GOA-01", code="PUN01"), None)
    with pytest.raises(BranchCodeTaken):
        services.branches.put(tenant, a_branch("DEL-01", code="PUNE"), None)
    # Judged by an older state: nothing moves, the claim of the code included.
    assert not services.branches.put(tenant, replace(other, code="XYZ", rev=2), other)
    assert not services.branches.put(tenant, replace(other, code="XYZ"), None)
    assert services.branches.get(tenant, "PUN-01") == moved
    assert "Item" not in services.dynamodb.get_item(TableName="billing", Key=branch_code_key(tenant, "XYZ"))


def test_cancellation_reasons_come_one_a_write_with_the_old_item(engine: Engine, tenant: str):
    client = engine.client
    kept = {**counter_key(tenant, "MUM-01", YEAR), "last": number(7), "note": string("kept")}
    client.put_item(TableName="billing", Item=kept)
    writes = [
        {"Put": {"TableName": "billing", "Item": {**lines_key(tenant, "a"), "document": string("{}")}}},
        {
            "Update": {
                "TableName": "billing",
                "Key": counter_key(tenant, "MUM-01", YEAR),
                "UpdateExpression": "SET #last = :next",
                "ConditionExpression": "#last = :last",
                "ExpressionAttributeNames": {"#last": "last"},
                "ExpressionAttributeValues": {":next": number(9), ":last": number(8)},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
        {
            "Put": {
                "TableName": "billing",
                "Item": {**counter_key(tenant, "MUM-01", YEAR), "sk": string("other")},
                "ConditionExpression": "attribute_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        },
    ]
    with pytest.raises(ConditionFailed) as caught:
        call(client.transact_write_items, TransactItems=writes)
    assert caught.value.failed == [False, True, True]
    assert caught.value.items == [None, kept, None]
    assert "Item" not in client.get_item(TableName="billing", Key=lines_key(tenant, "a"))
