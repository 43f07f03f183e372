"""Verify finds every kind of drift, rebuild mends it while billing goes on, parked records can be replayed."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from billing import wiring
from billing.adapters.dynamodb.keys import head_key, ledger_key, rollup_key
from billing.adapters.dynamodb.summary_audit import DynamoSummaryAudit
from billing.application.rebuild_summary import LedgerMoved, correct_rows, recount
from billing.application.verify_summary import Progress, Report, count, judge
from billing.domain.summary import RollupKey
from billing.streams.projection import project_batch
from tests.streams.engine import stream_records
from tests.streams.recount import all_items, expected_rows, stored_rows
from tests.streams.schedules import World
from tools.in_process.gateway import Context, function
from tools.operations.parked import replay_parked
from tools.operations.summary import reread


class Place:
    """A world with some history that is counted."""

    def __init__(self, world: World) -> None:
        self.world, self.services = world, world.api.services
        self.audit = self.services.summary_audit
        self._fed = 0

    def live(self, operations: int) -> None:
        for _ in range(operations):
            self.world.write_something()

    def drain(self) -> None:
        """Let the stream function catch up."""
        records = stream_records(self.world.billing_table)
        assert project_batch(self.services.ledger, self.services.patience, records[self._fed :]) == ([], 0)
        self._fed = len(records)

    def verify(self) -> Report:
        progress = Progress(segments=3)
        assert count(self.audit, progress)
        return judge(self.audit, progress, lambda: None)

    def rebuild(self) -> None:
        correct_rows(self.audit)
        self.recount()

    def recount(self, **state: Any) -> Any:
        state = {"cursors": {}, "finished": []} | state
        return recount(
            self.audit,
            self.services.ledger,
            self.services.patience,
            segments=3,
            reread=lambda source: reread(self.audit, source),
            **state,
        )

    def is_right(self) -> bool:
        summary = list(all_items(self.world.admin, self.world.summary_table))
        return stored_rows(summary) == expected_rows(all_items(self.world.admin, self.world.billing_table))

    def update_summary(self, key: Any, expression: str, **values: Any) -> None:
        self.world.admin.update_item(
            TableName=self.world.summary_table,
            Key=key,
            UpdateExpression=expression,
            **({"ExpressionAttributeValues": values} if values else {}),
        )


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    world = World(random.Random(5), 900_001)
    place = Place(world)
    place.live(25)
    place.drain()
    yield place
    wiring.use(None)
    world.close()


def some_entry(place: Place) -> Any:
    return next(entry for entry in place.audit.all_entries() if entry.contribution.days)


def damage_row(place: Place) -> None:
    day = next(iter(some_entry(place).contribution.days))
    key = rollup_key(RollupKey("demo", "*", f"D#{day}"))
    place.update_summary(key, "ADD c_upi :more", **{":more": {"N": "700"}})


def lose_row(place: Place) -> None:
    day = next(iter(some_entry(place).contribution.days))
    key = rollup_key(RollupKey("demo", "*", f"M#{day[:7]}"))
    place.world.admin.delete_item(TableName=place.world.summary_table, Key=key)


def lose_entry(place: Place) -> None:
    entry = some_entry(place)
    key = ledger_key(entry.tenant, entry.source_id)
    place.world.admin.delete_item(TableName=place.world.summary_table, Key=key)


def falsify_entry(place: Place) -> None:
    entry = some_entry(place)
    key = ledger_key(entry.tenant, entry.source_id)
    document = {"branch_id": entry.contribution.branch_id, "days": {"2026-03-01": {"c_cash": 5}}}
    place.update_summary(key, "SET contribution = :c", **{":c": {"S": json.dumps(document)}})


def lose_everything(place: Place) -> None:
    for item in list(all_items(place.world.admin, place.world.summary_table)):
        place.world.admin.delete_item(TableName=place.world.summary_table, Key={"pk": item["pk"], "sk": item["sk"]})


def test_a_right_summary_has_no_drift(place: Place):
    report = place.verify()
    assert report.drifts == []
    assert (report.rows_in_motion, report.unreadable) == (0, 0)
    assert report.documents > 0


@pytest.mark.parametrize("damage", [damage_row, lose_row, lose_entry, falsify_entry, lose_everything])
def test_drift_is_found_and_mended(place: Place, damage: Any):
    damage(place)
    assert place.verify().drifts != []
    place.rebuild()
    assert place.is_right()
    assert place.verify().drifts == []


def test_drift_is_told_by_day_branch_and_mode(place: Place):
    damage_row(place)
    (drift,) = place.verify().drifts
    assert (drift.what, drift.branch_id, drift.figure) == ("row", "*", "c_upi")
    assert drift.period.startswith("D#2026-")
    assert drift.found - drift.expected == 700


def test_a_change_the_stream_never_brought_is_drift(place: Place):
    place.live(6)
    drifts = place.verify().drifts
    assert {drift.what for drift in drifts} == {"not counted"}
    place.drain()
    assert place.verify().drifts == []


def test_writes_during_a_verification_are_not_drift(place: Place):
    progress = Progress(segments=3)
    steps = iter(range(10**6))

    def writing_goes_on() -> bool:
        place.live(2)
        if next(steps) % 2:
            place.drain()
        return True

    assert count(place.audit, progress, writing_goes_on)
    report = judge(place.audit, progress, place.drain)
    assert report.drifts == []
    assert report.rows_in_motion > 0


def test_a_verification_resumes(place: Place):
    progress = Progress(segments=3)
    assert not count(place.audit, progress, iter([True, False]).__next__)
    assert len(progress.finished) == 1
    assert count(place.audit, progress)
    assert judge(place.audit, progress, lambda: None).drifts == []


def test_a_rebuild_runs_beside_billing_and_the_stream(place: Place, monkeypatch: pytest.MonkeyPatch):
    falsify_entry(place)
    damage_row(place)
    correct_rows(place.audit)
    read = DynamoSummaryAudit.documents

    def documents(audit: DynamoSummaryAudit, *arguments: Any) -> Any:
        page = read(audit, *arguments)
        place.live(5)
        place.drain()
        place.live(5)
        return page

    monkeypatch.setattr(DynamoSummaryAudit, "documents", documents)
    place.recount()
    monkeypatch.undo()
    place.drain()
    assert place.is_right()


def test_rows_are_not_corrected_while_something_counts(place: Place, monkeypatch: pytest.MonkeyPatch):
    damage_row(place)
    replace = DynamoSummaryAudit.replace_row

    def late(audit: DynamoSummaryAudit, *arguments: Any) -> bool:
        damage_row(place)
        return replace(audit, *arguments)

    monkeypatch.setattr(DynamoSummaryAudit, "replace_row", late)
    with pytest.raises(LedgerMoved):
        correct_rows(place.audit)


def test_a_rebuild_of_a_right_summary_writes_nothing(place: Place):
    before = sorted(map(repr, all_items(place.world.admin, place.world.summary_table)))
    place.rebuild()
    assert sorted(map(repr, all_items(place.world.admin, place.world.summary_table))) == before


def test_the_nightly_function_reports_drift(place: Place, capsys: pytest.CaptureFixture[str]):
    damage_row(place)
    wiring.use(place.services)

    class Long(Context):
        def get_remaining_time_in_millis(self) -> int:
            return 900_000

    answer = function("verify_summary").handler({}, Long())
    assert (answer["drifts"], answer["finished"]) == (1, 1)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [line["SummaryDrift"] for line in metrics] == [1]
    assert function("verify_summary").handler({}, Context())["finished"] == 0


class Bucket:
    """What the replay uses of S3, in this process: moto would take DynamoDB over as well."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def list_objects_v2(self, Bucket: str, Prefix: str) -> Any:  # noqa: N803
        return {"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]}

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803
        return {"Body": io.BytesIO(self.objects[Key])}

    def copy_object(self, Bucket: str, Key: str, CopySource: Any) -> None:  # noqa: N803
        self.objects[Key] = self.objects[CopySource["Key"]]

    def delete_object(self, Bucket: str, Key: str) -> None:  # noqa: N803
        del self.objects[Key]


def test_parked_records_are_replayed(place: Place):
    place.live(6)
    records = stream_records(place.world.billing_table)[place._fed :]
    broken = json.loads(json.dumps(next(r for r in records if r["dynamodb"]["Keys"]["sk"]["S"] == "H")))
    del broken["dynamodb"]["NewImage"]["total"]  # its document is readable: that is counted instead
    lost = {"dynamodb": {"Keys": head_key("demo", "MUM-01.lost"), "NewImage": {"sk": {"S": "H"}}}}
    place.world.write_poison(1)
    poison = stream_records(place.world.billing_table)[-1]
    s3 = Bucket()
    for name, parked in (("a", [broken]), ("b", records), ("c", [poison, lost])):
        s3.objects[f"aws/lambda/uuid/{name}"] = json.dumps({"payload": json.dumps({"Records": parked})}).encode()
    done = replay_parked(s3, "parked", place.audit, place.services.ledger, place.services.patience)
    keys = sorted(s3.objects)
    assert done.objects == 3
    assert len(done.left) == 1
    assert keys == ["aws/lambda/uuid/c", "replayed/aws/lambda/uuid/a", "replayed/aws/lambda/uuid/b"]
    assert place.is_right()
