"""Keep the summary honest.

    python -m tools.operations.summary verify          recount from the invoices, report drift (status 1 if any)
    python -m tools.operations.summary rebuild         make it right while billing goes on
    python -m tools.operations.summary replay-parked   count stream records that were parked in S3

Without --stack they work on the local stack. A run that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import argparse
import pickle
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from billing.adapters.dynamodb.callback_items import receipt_key
from billing.adapters.dynamodb.keys import head_key
from billing.adapters.dynamodb.summary_audit import DynamoSummaryAudit
from billing.adapters.dynamodb.summary_store import DynamoSummaryLedger
from billing.application.patience import Patience
from billing.application.ports import LedgerEntry
from billing.application.rebuild_summary import Recounted, correct_rows, recount
from billing.application.verify_summary import Progress, Report, count, judge
from tools.operations.parked import replay_parked
from tools.operations.stack import LOCAL, Stack, find_stack

SHOWN = 200
SAVE_EVERY_SECONDS = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("verify", "rebuild", "replay-parked"))
    parser.add_argument("--stack", default=None, help="CloudFormation stack; without it the local stack")
    parser.add_argument("--local", type=Path, default=LOCAL, help="description of the local stack")
    parser.add_argument("--segments", type=int, default=8, help="parts of the table, each resumed by itself")
    parser.add_argument("--grace", type=float, default=30, help="seconds that a change may be late")
    parser.add_argument("--folder", type=Path, default=Path(".local"), help="where progress is kept")
    wanted = parser.parse_args()
    try:
        stack = find_stack(wanted.stack or None, wanted.local)
    except FileNotFoundError:
        print("error: no local stack was started (make run), and no --stack is given", file=sys.stderr)
        return 2
    wanted.folder.mkdir(parents=True, exist_ok=True)
    commands = {"verify": _verify, "rebuild": _rebuild, "replay-parked": _replay}
    return commands[wanted.command](stack, wanted)


def _verify(stack: Stack, wanted: argparse.Namespace) -> int:
    saved = _Saved(wanted.folder / f"verify-{stack.summary_table}.progress")
    progress: Progress = saved.load() or Progress(wanted.segments)
    audit = _audit(stack)
    saved_at = [time.monotonic()]

    def go_on() -> bool:
        if time.monotonic() - saved_at[0] > SAVE_EVERY_SECONDS:
            saved_at[0] = time.monotonic()
            saved.save(progress)
            print(f"  {progress.documents} documents, {len(progress.finished)} of {progress.segments} segments")
        return True

    try:
        count(audit, progress, go_on)
    except KeyboardInterrupt:
        print(f"interrupted after {progress.documents} documents; the next run goes on from what was saved")
        return 130
    report = judge(audit, progress, lambda: time.sleep(wanted.grace))
    saved.forget()
    _show(report)
    return 1 if report.drifts else 0


def _show(report: Report) -> None:
    print(
        f"{report.documents} documents against {report.rows} rows: {len(report.drifts)} differences"
        f" ({report.rows_in_motion} rows in motion not judged, {report.unreadable} unreadable items)"
    )
    for drift in report.drifts[:SHOWN]:
        print(
            f"  {drift.what}: tenant {drift.tenant} branch {drift.branch_id or '-'} {drift.period} {drift.figure}:"
            f" expected {drift.expected}, found {drift.found}"
        )
    if len(report.drifts) > SHOWN:
        print(f"  and {len(report.drifts) - SHOWN} more")


def _rebuild(stack: Stack, wanted: argparse.Namespace) -> int:
    audit = _audit(stack)
    saved = _Saved(wanted.folder / f"rebuild-{stack.summary_table}.progress")
    state: dict[str, Any] | None = saved.load()
    if state is None:
        with _paused(stack):
            right, corrected = correct_rows(audit)
        print(f"rows: {right} right, {corrected} corrected")
        state = {"segments": wanted.segments, "cursors": {}, "finished": []}
        saved.save(state)
    else:
        print(f"going on: {len(state['finished'])} of {state['segments']} segments were recounted")
    saved_at = [time.monotonic()]

    def progress(done: Recounted) -> None:
        if time.monotonic() - saved_at[0] > SAVE_EVERY_SECONDS:
            saved_at[0] = time.monotonic()
            saved.save(state)
            print(f"  {done.documents} documents, {done.corrected} corrected")

    done = recount(
        audit,
        DynamoSummaryLedger(stack.client("dynamodb"), stack.summary_table),
        _patience(),
        segments=state["segments"],
        cursors=state["cursors"],
        finished=state["finished"],
        reread=lambda source: reread(audit, source),
        progress=progress,
    )
    saved.forget()
    print(f"{done.documents} documents recounted: {done.corrected} entries corrected, {done.uncounted} not in time")
    return 1 if done.uncounted else 0


def reread(audit: DynamoSummaryAudit, source: tuple[str, str]) -> LedgerEntry | None:
    """What a document of the ledger is now."""
    return audit.document(head_key(*source)) or audit.document(receipt_key(*source))


def _replay(stack: Stack, _: argparse.Namespace) -> int:
    ledger = DynamoSummaryLedger(stack.client("dynamodb"), stack.summary_table)
    done = replay_parked(stack.client("s3"), stack.parked_bucket, _audit(stack), ledger, _patience())
    print(f"{done.objects} parked objects, {done.records} records counted, {len(done.left)} objects stay parked")
    for line in done.left:
        print(f"  {line}")
    return 1 if done.left else 0


@contextmanager
def _paused(stack: Stack) -> Iterator[None]:
    """The stream mapping stands still; the stream keeps the changes for 24 hours."""
    client = stack.client("lambda")
    mapping = client.get_event_source_mapping(UUID=stack.mapping_id)
    client.update_event_source_mapping(UUID=stack.mapping_id, Enabled=False)
    print("stream mapping paused: the summary waits, billing does not")
    try:
        while client.get_event_source_mapping(UUID=stack.mapping_id)["State"] != "Disabled":
            time.sleep(0.5)
        # A batch that was handed out before the pause may run as long as its function may.
        function = client.get_function_configuration(FunctionName=mapping["FunctionArn"])
        time.sleep(2 if stack.endpoint_url else int(function["Timeout"]))
        yield
    finally:
        client.update_event_source_mapping(UUID=stack.mapping_id, Enabled=True)
        print("stream mapping enabled")


class _Saved:
    """Progress put aside. Read back only what this program wrote itself."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Any:
        return pickle.loads(self._path.read_bytes()) if self._path.exists() else None  # noqa: S301

    def save(self, value: Any) -> None:
        partial = self._path.with_suffix(".partial")
        partial.write_bytes(pickle.dumps(value))
        partial.replace(self._path)

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)


def _audit(stack: Stack) -> DynamoSummaryAudit:
    return DynamoSummaryAudit(stack.client("dynamodb"), stack.billing_table, stack.summary_table)


def _patience() -> Patience:
    return Patience(time.monotonic, time.sleep, random.random)


if __name__ == "__main__":
    sys.exit(main())
