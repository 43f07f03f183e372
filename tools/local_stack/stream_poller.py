"""Join Lambda's stream loop (stream_mapping) to the emulator: its mappings, its streams, its functions, its S3."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
from ministack.core import lambda_runtime, responses
from ministack.core.arn import parse_arn
from ministack.services import dynamodb, lambda_svc

from tools.local_stack.stream_mapping import (
    LOG,
    Answer,
    Batch,
    Delivery,
    Options,
    Record,
    invocation_record,
    object_key,
)

Mapping = dict[str, Any]


@contextmanager
def _scope(account: str, region: str) -> Iterator[None]:
    """The account and region that the emulator's functions work in."""
    tokens = (responses._request_account_id.set(account), responses._request_region.set(region))
    try:
        yield
    finally:
        responses._request_account_id.reset(tokens[0])
        responses._request_region.reset(tokens[1])


def _table(mapping: Mapping) -> str | None:
    """The table behind a mapping, or None when its source is no DynamoDB stream."""
    source = parse_arn(mapping["EventSourceArn"])
    if source.service != "dynamodb":
        return None
    found = lambda_svc._dynamodb_stream_table_from_arn_spec(source)
    return found[0] if found else None


class StreamPoller:
    """Replaces the emulator's own polling of DynamoDB streams."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._deliveries: dict[str, Delivery] = {}
        self._positions: dict[str, int] = {}

    def poll(self) -> bool:
        """Send at most one batch for each enabled mapping. True when there may be more to do at once."""
        busy = False
        for account, region, mapping in lambda_svc._iter_all_esms():
            with _scope(account, region):
                table = _table(mapping)
                if table is not None and mapping.get("Enabled", True):
                    busy = self._serve(mapping, table) or busy
        return busy

    def behind(self) -> int:
        """Stream records that no enabled mapping has finished with."""
        total = 0
        for account, region, mapping in lambda_svc._iter_all_esms():
            with _scope(account, region):
                table = _table(mapping)
                if table is None:
                    continue
                delivery = self._deliveries.get(mapping["UUID"])
                total += dynamodb.stream_end_position(table) - self._position(mapping, table)
                total += sum(len(batch.records) for batch in delivery.waiting) if delivery else 0
        return total

    def _position(self, mapping: Mapping, table: str) -> int:
        latest = mapping.get("StartingPosition") == "LATEST"
        horizon: int = dynamodb.stream_start_position(table)
        known = self._positions.setdefault(mapping["UUID"], dynamodb.stream_end_position(table) if latest else horizon)
        return max(known, horizon)

    def _serve(self, mapping: Mapping, table: str) -> bool:
        delivery = self._deliveries.setdefault(mapping["UUID"], self._delivery(mapping))
        if not delivery.waiting:
            position = self._position(mapping, table)
            taken = dynamodb.stream_records_since(table, position, mapping.get("BatchSize", 100))
            if not taken:
                return False
            if wanted := lambda_svc._apply_filter_criteria(taken, mapping):
                delivery.waiting.append(Batch(tuple(wanted)))
            self._positions[mapping["UUID"]] = position + len(taken)
        if delivery.ready:
            delivery.step(Options.of(mapping))
        return not delivery.waiting or delivery.ready

    def _delivery(self, mapping: Mapping) -> Delivery:
        def function() -> Any:
            return lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))

        def invoke(records: Sequence[Record]) -> Answer:
            record, config = function()
            if record is None:
                return Answer(error=True)
            result = lambda_svc._execute_function(
                lambda_svc._execution_record_for_config(record, config), {"Records": list(records)}
            )
            if result.get("error") or result.get("throttle"):
                LOG.warning("%s failed on %d records: %s", mapping["FunctionName"], len(records), result.get("body"))
                return Answer(error=True, throttled=bool(result.get("throttle")))
            body = result.get("body")
            try:
                return Answer(error=False, value=json.loads(body) if isinstance(body, (str, bytes)) else body)
            except ValueError:
                return Answer(error=False, value=body)

        def park(batch: Batch, condition: str) -> None:
            destination = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
            LOG.warning("%d records given up (%s), to %s", len(batch.records), condition, destination)
            if not destination:
                return
            _, config = function()
            target = parse_arn(destination)
            if target.service != "s3":
                raise NotImplementedError(f"on-failure destinations are S3 here, not {target.service}")
            # With the function's own role, as on AWS: a missing permission shows here as well.
            credentials = lambda_runtime.execution_credentials(config)
            boto3.client(
                "s3",
                endpoint_url=self._endpoint_url,
                region_name=responses.get_region(),
                aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=credentials["AWS_SESSION_TOKEN"],
            ).put_object(
                Bucket=target.resource,
                Key=object_key(mapping["UUID"]),
                Body=json.dumps(
                    invocation_record(
                        batch,
                        condition,
                        function_arn=config["FunctionArn"],
                        stream_arn=mapping["EventSourceArn"],
                    )
                ).encode(),
            )

        return Delivery(invoke, park)


def install(endpoint_url: str) -> StreamPoller:
    """Make the emulator poll DynamoDB streams with this loop."""
    poller = StreamPoller(endpoint_url)
    lambda_svc._poll_dynamodb_streams = poller.poll
    return poller
