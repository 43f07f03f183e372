"""Lambda's documented loop around a DynamoDB stream with several shards, and everything that goes wrong with it.

What one batch goes through (partial answers, splitting, retry limit, destination) is the local stack's own
:class:`tools.local_stack.stream_mapping.Delivery`, so the rules are written once. Around it, here:

- records of one key stay in their order, in one shard; a shard's successors are read after it is finished
- a finished batch may come again (its checkpoint was lost), or the shard is read again from an older place
- the process may be killed at any call: Lambda sees a failed invocation
- an invocation given up as timed out may still run beside its successor
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ministack.services import lambda_svc

from tests.architecture.template import functions
from tests.simulation.faults import Killed
from tools.local_stack.stream_mapping import Answer, Batch, Delivery, Options, Record

Handler = Callable[[dict[str, Any]], Any]
MAPPING = functions()["UpdateSummary"]["Events"]["Changes"]["Properties"]
OPTIONS = Options(report_item_failures=True, bisect=True, maximum_retries=10, maximum_age_seconds=None)


def passes_filter(record: Record) -> bool:
    """Whether Lambda hands a record over: the template's own filter, as the local stack applies it."""
    return bool(lambda_svc._apply_filter_criteria([record], MAPPING))


@dataclass
class Shard:
    """A part of the stream: ``position`` is the checkpoint, ``parent`` must be finished first."""

    delivery: Delivery
    parent: Shard | None = None
    records: list[Record] = field(default_factory=list)
    position: int = 0
    in_flight: int = 0  # records of the batch now being delivered
    is_open: bool = True

    @property
    def finished(self) -> bool:
        """Nothing is left to deliver."""
        return self.position >= len(self.records) and not self.delivery.waiting

    @property
    def deliverable(self) -> bool:
        """There is something to deliver and nothing before it."""
        return not self.finished and (self.parent is None or self.parent.finished)


class StreamModel:
    """Feeds the handler, with faults drawn from one seed. Rates are per batch."""

    def __init__(
        self,
        rng: random.Random,
        handler: Handler,
        *,
        batch_size: int = 25,
        shards: int = 2,
        redeliver: float = 0.1,
        rewind: float = 0.05,
        split: float = 0.03,
    ) -> None:
        self._rng, self._handler, self._batch_size = rng, handler, batch_size
        self._redeliver, self._rewind, self._split = redeliver, rewind, split
        self.parked: list[Record] = []
        self.counts = {"invocations": 0, "killed": 0, "redelivered": 0, "rewound": 0, "splits": 0, "partial": 0}
        self.shards = [Shard(self._delivery()) for _ in range(shards)]

    def feed(self, record: Record) -> None:
        """A new change: into the open shard that owns its key."""
        if not passes_filter(record):
            return
        open_shards = [shard for shard in self.shards if shard.is_open]
        self._owner(open_shards, record).records.append(record)

    @property
    def pending(self) -> bool:
        """Whether anything is left to deliver."""
        return any(not shard.finished for shard in self.shards)

    def step(self) -> None:
        """One invocation for one shard, chosen at random."""
        shard = self._rng.choice([shard for shard in self.shards if shard.deliverable])
        if not shard.delivery.waiting:
            if self._rng.random() < self._rewind and shard.position:
                shard.position = self._rng.randrange(shard.position)
                self.counts["rewound"] += 1
            size = self._rng.randint(1, self._batch_size)
            batch = shard.records[shard.position : shard.position + size]
            shard.in_flight = len(batch)
            shard.delivery.waiting.append(Batch(tuple(batch)))
        sent = shard.delivery.waiting[0]
        shard.delivery.step(OPTIONS)
        if not shard.delivery.waiting:
            if self._rng.random() < self._redeliver:
                shard.delivery.waiting.append(Batch(sent.records))
                self.counts["redelivered"] += 1
            else:
                shard.position += shard.in_flight
                shard.in_flight = 0
        if self._rng.random() < self._split:
            self._split_one()

    def any_batch(self) -> list[Record]:
        """Some records in their order, delivered or not yet: what a forgotten invocation may still hold."""
        records = self._rng.choice(self.shards).records
        start = self._rng.randrange(len(records)) if records else 0
        return records[start : start + self._rng.randint(1, self._batch_size)]

    def _split_one(self) -> None:
        open_shards = [shard for shard in self.shards if shard.is_open]
        if len(open_shards) >= 6:
            return
        parent = self._rng.choice(open_shards)
        parent.is_open = False
        self.shards += [Shard(self._delivery(), parent) for _ in range(2)]
        self.counts["splits"] += 1

    def _owner(self, open_shards: list[Shard], record: Record) -> Shard:
        """The open shard of a key; a key's shards over time are each other's ancestors."""
        digest = zlib.crc32(record["dynamodb"]["Keys"]["pk"]["S"].encode())
        roots = [shard for shard in self.shards if shard.parent is None]
        shard = roots[digest % len(roots)]
        digest //= len(roots)
        while not shard.is_open:
            children = [child for child in self.shards if child.parent is shard]
            shard = children[digest % 2]
            digest //= 2
        assert shard in open_shards
        return shard

    def _delivery(self) -> Delivery:
        return Delivery(self._invoke, lambda batch, _: self.parked.extend(batch.records), lambda: float("inf"))

    def _invoke(self, records: Sequence[Record]) -> Answer:
        self.counts["invocations"] += 1
        try:
            value = self._handler({"Records": list(records)})
        except Killed:
            self.counts["killed"] += 1
            return Answer(error=True)
        except Exception:  # noqa: BLE001  what Lambda reports as a function error
            return Answer(error=True)
        if value and value["batchItemFailures"]:
            self.counts["partial"] += 1
        return Answer(error=False, value=value)
