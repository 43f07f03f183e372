"""A real engine filled with the data set: DynamoDB Local, which is AWS's own, with its own account of read units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any

import botocore.session
from botocore.config import Config

from bench.scale.dataset import Row, item
from bench.scale.model import Meter, ModelSummary
from billing import wiring
from billing.adapters.dynamodb.keys import rollup_key
from billing.settings import Settings
from tests.tables import create_tables
from tools.dynamodb_local import dynamodb_local

READS = ("Query", "BatchGetItem", "GetItem")


@contextmanager
def local_engine(port: int | None = None) -> Iterator[Any]:
    """An empty DynamoDB Local for the length of the block; yields a client."""
    with dynamodb_local(port) as endpoint_url:
        yield botocore.session.get_session().create_client(
            "dynamodb",
            endpoint_url=endpoint_url,
            region_name="ap-south-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(max_pool_connections=8, parameter_validation=False),
        )


def fill(client: Any, rows: Sequence[Row]) -> wiring.Services:
    """Both tables with these invoices and the summary's rows for them."""
    create_tables(client)
    write(client, "billing", map(item, rows))
    summary = ModelSummary(rows, Meter()).items()
    write(
        client,
        "summary",
        (
            rollup_key(key)
            | {"as_of": {"S": "2026-12-31T10:00:00.000+05:30"}}
            | {name: {"N": str(value)} for name, value in figures.items()}
            for key, figures in summary
        ),
    )
    return wiring.Services(Settings("billing", "summary", "tenant_id", "local", None), client=client)


def write(client: Any, table: str, items: Iterable[Any]) -> None:
    """Put items, 25 a call."""

    def put(batch: list[Any]) -> None:
        pending = {table: [{"PutRequest": {"Item": document}} for document in batch]}
        while pending:
            pending = client.batch_write_item(RequestItems=pending).get("UnprocessedItems") or {}

    source = iter(items)
    batches = iter(lambda: list(islice(source, 25)), [])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, batches))


def metered(client: Any) -> Meter:
    """A meter of the client's reads, fed by what the engine says they consumed."""
    meter = Meter()

    def ask(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def note(parsed: dict[str, Any], **_: Any) -> None:
        used = parsed.get("ConsumedCapacity") or []
        meter.calls += 1
        meter.units += sum(one["CapacityUnits"] for one in (used if isinstance(used, list) else [used]))

    for operation in READS:
        client.meta.events.register(f"provide-client-params.dynamodb.{operation}", ask)
        client.meta.events.register(f"after-call.dynamodb.{operation}", note)
    return meter


def query_and_skip(client: Any, meter: Meter, pages: Sequence[int]) -> list[dict[str, Any]]:
    """Pages of twenty the plain way: query from the newest on, and all once for the total."""
    count_calls, count_units = _read_newest(client, meter, None)
    found = []
    for page in pages:
        calls, units = _read_newest(client, meter, page * 20)
        found.append(
            {"page": page, "calls": calls, "units": units, "count_calls": count_calls, "count_units": count_units}
        )
    return found


def _read_newest(client: Any, meter: Meter, left: int | None) -> tuple[int, float]:
    """Calls and units of reading so many rows from the newest on (None: all)."""
    arguments: dict[str, Any] = {
        "TableName": "billing",
        "IndexName": "by_date",
        "KeyConditionExpression": "#tenant = :tenant",
        "ExpressionAttributeNames": {"#tenant": "tenant"},
        "ExpressionAttributeValues": {":tenant": {"S": "demo"}},
        "ScanIndexForward": False,
    }
    meter.reset()
    start: dict[str, Any] = {}
    while left is None or left > 0:
        bound = {} if left is None else {"Limit": left}
        answer = client.query(**arguments, **start, **bound)
        if left is not None:
            left -= answer["Count"]
        if "LastEvaluatedKey" not in answer:
            break
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    return meter.calls, meter.units
