"""The only place that joins adapters to use cases. Lazy: a function builds just what it asks for."""

# Adapters are imported where they are built: a cold start pays for each module, and no function uses them all.

from __future__ import annotations

import gc
import os
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from billing.application.ports import Caller
from billing.domain.identifiers import base32, make_invoice_id
from billing.settings import Settings

if TYPE_CHECKING:
    from billing.adapters.dynamodb.branch_store import DynamoBranchStore
    from billing.adapters.dynamodb.callback_store import DynamoCallbackStore
    from billing.adapters.dynamodb.invoice_index import DynamoInvoiceIndex
    from billing.adapters.dynamodb.invoice_store import DynamoInvoiceStore
    from billing.adapters.dynamodb.summary_audit import DynamoSummaryAudit
    from billing.adapters.dynamodb.summary_store import DynamoSummaryLedger, DynamoSummaryReader
    from billing.application.callback_ports import GatewayAccounts
    from billing.application.gateway_port import GatewayLookups
    from billing.application.patience import Patience
    from billing.application.ports import Clock, Ids
    from billing.application.process_callback import Callbacks

CALLBACK_BUDGET_SECONDS = 2.5

# Who asks during init (see :func:`warm`). No tenant can have this name (domain/identifiers.py): nothing is found.
NOBODY = Caller("-")
NOTHING = "-"
NO_INVOICE = "nowhere.0000000000000000"


class RandomIds:
    """Ids from a source of random bits; implements :class:`billing.application.ports.Ids`."""

    def __init__(self, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._random_bits = random_bits

    def invoice_id(self, branch_id: str, now: datetime) -> str:
        """Sortable by creation within the branch."""
        return make_invoice_id(branch_id, int(now.timestamp() * 1000), self._random_bits(35))

    def payment_id(self) -> str:
        """80 random bits."""
        return f"pay_{base32(self._random_bits(80), 16)}"

    def refund_id(self) -> str:
        """80 random bits."""
        return f"rfd_{base32(self._random_bits(80), 16)}"


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def system_patience() -> Patience:
    """Waiting on the real clock."""
    from billing.application.patience import Patience

    return Patience(time.monotonic, time.sleep, random.random)


class Services:
    """Everything a function may need, each built on first use; tests and tools pass their own parts."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        client: Any = None,
        clock: Clock = system_clock,
        ids: Ids | None = None,
        patience: Patience | None = None,
        accounts: GatewayAccounts | None = None,
        lookups: GatewayLookups | None = None,
    ) -> None:
        self.settings = settings or Settings.from_environment()
        self.clock = clock
        self.ids: Ids = ids or RandomIds()
        self._patience = patience
        self._client = client
        self._accounts = accounts
        self._lookups = lookups

    @cached_property
    def patience(self) -> Patience:
        """How long contended writes are tried."""
        return self._patience or system_patience()

    @cached_property
    def dynamodb(self) -> Any:
        """The one DynamoDB client of this process."""
        if self._client is not None:
            return self._client
        from billing.adapters.dynamodb.client import make_client

        return make_client(ca_bundle=self.settings.ca_bundle)

    @cached_property
    def invoices(self) -> DynamoInvoiceStore:
        """Invoices in the billing table."""
        from billing.adapters.dynamodb.invoice_store import DynamoInvoiceStore

        return DynamoInvoiceStore(self.dynamodb, self.settings.billing_table)

    @cached_property
    def branches(self) -> DynamoBranchStore:
        """Branches in the billing table."""
        from billing.adapters.dynamodb.branch_store import DynamoBranchStore

        return DynamoBranchStore(self.dynamodb, self.settings.billing_table)

    @cached_property
    def index(self) -> DynamoInvoiceIndex:
        """The list indexes of the billing table."""
        from billing.adapters.dynamodb.invoice_index import DynamoInvoiceIndex

        return DynamoInvoiceIndex(self.dynamodb, self.settings.billing_table)

    @cached_property
    def summary(self) -> DynamoSummaryReader:
        """The summary's rows."""
        from billing.adapters.dynamodb.summary_store import DynamoSummaryReader

        return DynamoSummaryReader(self.dynamodb, self.settings.summary_table)

    @cached_property
    def ledger(self) -> DynamoSummaryLedger:
        """The contribution ledger."""
        from billing.adapters.dynamodb.summary_store import DynamoSummaryLedger

        return DynamoSummaryLedger(self.dynamodb, self.settings.summary_table)

    @cached_property
    def summary_audit(self) -> DynamoSummaryAudit:
        """Both tables from end to end."""
        from billing.adapters.dynamodb.summary_audit import DynamoSummaryAudit

        return DynamoSummaryAudit(self.dynamodb, self.settings.billing_table, self.settings.summary_table)

    @cached_property
    def gateway_accounts(self) -> GatewayAccounts:
        """Gateway accounts in Secrets Manager."""
        if self._accounts is not None:
            return self._accounts
        from billing.adapters.dynamodb.client import make_client
        from billing.adapters.gateway_accounts import SecretAccounts

        return SecretAccounts(
            make_client("secretsmanager", ca_bundle=self.settings.ca_bundle),
            self.settings.gateway_accounts_prefix,
            time.monotonic,
        )

    @cached_property
    def receipts(self) -> DynamoCallbackStore:
        """Callbacks and receipts in the billing table."""
        from billing.adapters.dynamodb.callback_store import DynamoCallbackStore

        return DynamoCallbackStore(self.dynamodb, self.settings.billing_table)

    @cached_property
    def callbacks(self) -> Callbacks:
        """What the callback use cases work with. A gateway gives up after a few seconds: so do we."""
        from billing.adapters.gateway_lookups import HttpLookups
        from billing.adapters.gateways import find_gateway
        from billing.application.process_callback import Callbacks

        return Callbacks(
            store=self.receipts,
            accounts=self.gateway_accounts,
            find_gateway=find_gateway,
            lookups=self._lookups or HttpLookups(),
            clock=self.clock,
            ids=self.ids,
            patience=replace(self.patience, budget_seconds=CALLBACK_BUDGET_SECONDS),
        )


_services: Services | None = None


def services() -> Services:
    """This process's services, built from the environment on first use."""
    global _services
    if _services is None:
        _services = Services()
    return _services


def use(replacement: Services | None) -> None:
    """Put other services in place (tests, tools), or None to build anew from the environment."""
    global _services
    _services = replacement


def warm(*parts: Callable[[Services], Any]) -> None:
    """In Lambda, build parts during init, where CPU is not limited to the function's memory share.

    Best is one read for :data:`NOBODY`: the first request then finds the connection open and the SDK's lazy
    halves in place. Elsewhere (tests, tools) nothing happens.
    """
    if "AWS_LAMBDA_RUNTIME_API" not in os.environ:
        return
    for part in parts:
        try:
            part(services())
        except Exception:  # noqa: BLE001, S112  whatever fails here fails again, and is answered, in a request
            continue
    gc.freeze()
