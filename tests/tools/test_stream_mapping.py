"""Lambda's rules around a stream batch, without an emulator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tools.local_stack.stream_mapping import Answer, Batch, Delivery, Options, Record

PLAIN = Options(report_item_failures=True, bisect=False, maximum_retries=2, maximum_age_seconds=None)


def record(number: int) -> Record:
    return {"dynamodb": {"SequenceNumber": str(number), "ApproximateCreationDateTime": 1000.0}}


def numbers(records: Sequence[Record]) -> list[int]:
    return [int(record["dynamodb"]["SequenceNumber"]) for record in records]


class Function:
    """Answers as told, one answer per call, and remembers what it was sent."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.sent: list[list[int]] = []
        self.parked: list[tuple[list[int], str]] = []
        self.now = 1000.0

    def deliver(self, count: int, options: Options) -> None:
        def invoke(records: Sequence[Record]) -> Answer:
            self.sent.append(numbers(records))
            return self.answers.pop(0)

        delivery = Delivery(
            invoke, lambda batch, why: self.parked.append((numbers(batch.records), why)), lambda: self.now
        )
        delivery.waiting.append(Batch(tuple(map(record, range(count)))))
        while delivery.waiting:
            if not delivery.ready:
                self.now += 0.1
                continue
            delivery.step(options)


def failed(*items: Any) -> Answer:
    return Answer(error=False, value={"batchItemFailures": [{"itemIdentifier": str(item)} for item in items]})


OK = failed()
ERROR = Answer(error=True)


def test_success_ends_the_batch() -> None:
    values: list[Any] = [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}]
    for value in values:
        function = Function(Answer(error=False, value=value))
        function.deliver(3, PLAIN)
        assert function.sent == [[0, 1, 2]]


def test_the_lowest_reported_item_is_the_checkpoint() -> None:
    function = Function(failed(3, 2), OK)
    function.deliver(5, PLAIN)
    assert function.sent == [[0, 1, 2, 3, 4], [2, 3, 4]]


def test_an_unknown_identifier_fails_the_whole_batch() -> None:
    for answer in (failed(99), Answer(error=False, value={"batchItemFailures": [{"itemIdentifier": ""}]})):
        function = Function(answer, OK)
        function.deliver(2, PLAIN)
        assert function.sent == [[0, 1], [0, 1]]


def test_reports_are_ignored_when_not_asked_for() -> None:
    function = Function(failed(1))
    function.deliver(2, Options(False, False, 2, None))
    assert function.sent == [[0, 1]]


def test_retries_end_at_the_limit() -> None:
    function = Function(ERROR, ERROR, ERROR)
    function.deliver(2, PLAIN)
    assert len(function.sent) == 3
    assert function.parked == [([0, 1], "RetryAttemptsExhausted")]


def test_splitting_does_not_count_as_an_attempt() -> None:
    function = Function(ERROR, ERROR, ERROR, ERROR, OK, OK, OK)
    function.deliver(4, Options(True, True, 2, None))
    # Two splits, then 0 alone has its first attempt and two more.
    assert function.sent == [[0, 1, 2, 3], [0, 1], [0], [0], [0], [1], [2, 3]]
    assert not function.parked


def test_old_records_are_given_up() -> None:
    function = Function(ERROR)
    function.now = 2000.0
    function.deliver(1, Options(True, False, None, 60))
    assert function.parked == [([0], "RecordAgeExceeded")]


def test_a_throttled_function_is_asked_again() -> None:
    function = Function(*[Answer(error=True, throttled=True)] * 10, OK)
    function.deliver(1, Options(True, True, 0, None))
    assert not function.parked


def test_minus_one_means_no_limit() -> None:
    options = Options.of({"MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1})
    assert options.maximum_retries is None
    assert options.maximum_age_seconds is None
