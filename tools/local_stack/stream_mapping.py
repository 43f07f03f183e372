"""Lambda's documented loop around a DynamoDB stream, which the emulator leaves out.

ministack 1.5.33 retries a failing batch for ever and ignores partial answers, splitting, the retry limit and an S3
destination. On AWS (Lambda developer guide, "Using AWS Lambda with Amazon DynamoDB"):

- `ReportBatchItemFailures`: the batch is checkpointed at the lowest sequence number returned and the rest is sent
  again; an empty or null list is success; an identifier that is not in the batch is a failure of all of it.
- `BisectBatchOnFunctionError`: a failed batch is split in two before it is sent again. Splitting does not count as an
  attempt.
- `MaximumRetryAttempts`, `MaximumRecordAgeInSeconds`: then the records go to the on-failure destination, as an
  invocation record (with the payload, when the destination is S3), and the stream moves on.
- A disabled mapping sends nothing and goes on where it stopped once it is enabled.

The rules are in `Batch` and `Delivery`, which know nothing of the emulator; `install` joins them to it. The batching
window is left out: a batch is sent as soon as the emulator's poller sees it.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]
LOG = logging.getLogger("local_stack.stream")
SHARD = "shardId-00000000000000000000-00000000"
LONGEST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class Options:
    """What a mapping was configured to do. None means no limit."""

    report_item_failures: bool
    bisect: bool
    maximum_retries: int | None
    maximum_age_seconds: int | None

    @classmethod
    def of(cls, mapping: dict[str, Any]) -> Options:
        """Read them from a Lambda event source mapping, where -1 means no limit."""

        def limit(name: str) -> int | None:
            value = int(mapping.get(name, -1))
            return None if value < 0 else value

        return cls(
            report_item_failures="ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or []),
            bisect=bool(mapping.get("BisectBatchOnFunctionError")),
            maximum_retries=limit("MaximumRetryAttempts"),
            maximum_age_seconds=limit("MaximumRecordAgeInSeconds"),
        )


@dataclass(frozen=True)
class Answer:
    """What came of one invocation: an error, or the function's return value."""

    error: bool
    value: Any = None
    throttled: bool = False


@dataclass(frozen=True)
class Batch:
    """Records that are sent together, and how often that failed."""

    records: tuple[Record, ...]
    failures: int = 0
    not_before: float = 0.0

    def unprocessed(self, answer: Answer, options: Options) -> tuple[Record, ...]:
        """The records that have to be sent again."""
        if answer.error:
            return self.records
        if not options.report_item_failures or not answer.value:
            return ()
        try:
            failures = answer.value.get("batchItemFailures") or []
            failed = {failure["itemIdentifier"] for failure in failures}
        except (AttributeError, KeyError, TypeError):
            return self.records
        numbers = [record["dynamodb"]["SequenceNumber"] for record in self.records]
        if not failed:
            return ()
        if not failed.issubset(numbers):
            return self.records
        return self.records[min(map(numbers.index, failed)) :]

    def oldest_age_seconds(self, now: float) -> float:
        return now - min(float(record["dynamodb"].get("ApproximateCreationDateTime", now)) for record in self.records)


class Delivery:
    """One mapping's work: batches in order, the first of which is being sent."""

    def __init__(
        self,
        invoke: Callable[[Sequence[Record]], Answer],
        park: Callable[[Batch, str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._invoke, self._park, self._clock = invoke, park, clock
        self.waiting: deque[Batch] = deque()

    @property
    def ready(self) -> bool:
        """There is a batch, and its pause is over."""
        return bool(self.waiting) and self.waiting[0].not_before <= self._clock()

    def step(self, options: Options) -> None:
        """Send the first batch once, and decide what becomes of it."""
        batch = self.waiting[0]
        answer = self._invoke(batch.records)
        rest = batch.unprocessed(answer, options)
        self.waiting.popleft()
        if not rest:
            return
        if answer.throttled:
            self.waiting.appendleft(replace(batch, not_before=self._clock() + 0.2))
        elif len(rest) < len(batch.records):
            self.waiting.appendleft(Batch(rest))
        elif options.maximum_age_seconds is not None and batch.oldest_age_seconds(self._clock()) > (
            options.maximum_age_seconds
        ):
            self._park(batch, "RecordAgeExceeded")
        elif options.bisect and len(rest) > 1:
            middle = len(rest) // 2
            self.waiting.appendleft(replace(batch, records=rest[middle:]))
            self.waiting.appendleft(replace(batch, records=rest[:middle]))
        elif options.maximum_retries is None or batch.failures < options.maximum_retries:
            pause = min(0.1 * 2**batch.failures, LONGEST_PAUSE_SECONDS)
            self.waiting.appendleft(replace(batch, failures=batch.failures + 1, not_before=self._clock() + pause))
        else:
            self._park(batch, "RetryAttemptsExhausted")


def invocation_record(batch: Batch, condition: str, *, function_arn: str, stream_arn: str) -> dict[str, Any]:
    """What Lambda writes to an S3 on-failure destination: the metadata, and the event itself as a string."""

    def moment(seconds: float) -> str:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    changes = [record["dynamodb"] for record in batch.records]
    now = time.time()
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": function_arn,
            "condition": condition,
            "approximateInvokeCount": batch.failures + 1,
        },
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": moment(now),
        "DDBStreamBatchInfo": {
            "shardId": SHARD,
            "startSequenceNumber": changes[0]["SequenceNumber"],
            "endSequenceNumber": changes[-1]["SequenceNumber"],
            "approximateArrivalOfFirstRecord": moment(float(changes[0].get("ApproximateCreationDateTime", now))),
            "approximateArrivalOfLastRecord": moment(float(changes[-1].get("ApproximateCreationDateTime", now))),
            "batchSize": len(batch.records),
            "streamArn": stream_arn,
        },
        "payload": json.dumps({"Records": list(batch.records)}),
    }


def object_key(mapping_id: str) -> str:
    """Where Lambda puts an invocation record in an S3 destination."""
    now = datetime.now(UTC)
    return f"aws/lambda/{mapping_id}/{SHARD}/{now:%Y/%m/%d}/{now:%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
