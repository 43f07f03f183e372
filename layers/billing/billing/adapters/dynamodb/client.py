"""The DynamoDB client, and how its failures are told apart.

A botocore client rather than boto3's resource: less to import, no second parse of every attribute.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotocoreConnectionError

from billing.application.ports import StoreBusy

AMAZON_ROOTS = Path(__file__).parents[2] / "amazon_roots.pem"  # written by build_layer.py; absent in a checkout
Item = Mapping[str, Any]
"""One item in DynamoDB's typed form: attribute → {"S": …} and so on."""

_BUSY_CODES = frozenset(
    (
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
        "ReplicatedWriteConflictException",
    )
)
_BUSY_REASONS = frozenset(
    ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "InternalServerError")
)


class ConditionFailed(Exception):
    """A condition did not hold; ``items`` are the stored items, one a write (None: no item, or it held).

    ``failed`` says which writes of a transaction failed their condition.
    """

    def __init__(self, items: list[Item | None], failed: list[bool]) -> None:
        super().__init__("condition failed")
        self.items = items
        self.failed = failed


def make_client(service: str = "dynamodb", *, ca_bundle: str | None = None, **options: Any) -> Any:
    """A client for one AWS service, configured from the environment.

    Timeouts leave a request room for the SDK's retries within the API's own limit.
    """
    config = Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 3},
        parameter_validation=False,
        # The SDK composes its own anew, twice for each call: a seventh of the CPU of a small read.
        user_agent=f"billing Botocore/{botocore.__version__}",
        **options,
    )
    session = botocore.session.get_session()
    # The layer brings the few roots AWS itself uses; the SDK's own bundle takes 20 ms longer to read.
    roots = ca_bundle or str(AMAZON_ROOTS)
    verify = roots if not os.environ.get("AWS_CA_BUNDLE") and Path(roots).exists() else None
    return session.create_client(service, config=config, verify=verify)


def call(operation: Callable[..., Any], **arguments: Any) -> Any:
    """Run one operation and translate its failure.

    Raises:
        ConditionFailed: a condition did not hold (of one write, or of a transaction).
        StoreBusy: throttled, in conflict, failed inside AWS, or no answer: the outcome may be unknown.
    """
    try:
        return operation(**arguments)
    except ClientError as error:
        response: Mapping[str, Any] = error.response
        code = response.get("Error", {}).get("Code", "")
        if code == "ConditionalCheckFailedException":
            raise ConditionFailed([response.get("Item")], [True]) from error
        if code == "TransactionCanceledException":
            reasons = response.get("CancellationReasons") or []
            codes = [reason.get("Code", "None") for reason in reasons]
            if any(reason == "ConditionalCheckFailed" for reason in codes):
                raise ConditionFailed(
                    [reason.get("Item") for reason in reasons],
                    [reason == "ConditionalCheckFailed" for reason in codes],
                ) from error
            if any(reason in _BUSY_REASONS for reason in codes):
                raise StoreBusy(code) from error
        if code in _BUSY_CODES or response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
            raise StoreBusy(code) from error
        raise
    except (HTTPClientError, BotocoreConnectionError) as error:
        raise StoreBusy(type(error).__name__) from error
