"""Take up callbacks that are not settled: show what each would do, and with --apply do it.

python -m tools.callbacks.replay --tenant demo                        all that wait, a dry run
python -m tools.callbacks.replay --tenant demo --state held --apply   held ones: ask the gateway again
python -m tools.callbacks.replay --tenant demo --event evt_…          one event

Works on the local stack; on AWS with --billing-table and --accounts-prefix (the stack's outputs name both).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from billing.application.callback_ports import EventState, Plan, StoredEvent
from billing.application.ports import StoreBusy
from billing.application.replay_callback import AccountGone, preview_callback, replay_callback
from billing.domain.errors import TemporarilyUnavailable
from billing.domain.money import format_rupees
from billing.settings import Settings
from billing.wiring import Services
from tools.local_stack.settings import REPOSITORY, StackSettings

OPEN_STATES: tuple[EventState, ...] = ("received", "waiting", "held", "quarantined")


def effects(plan: Plan) -> list[str]:
    """What a plan would change, one line each."""
    lines = []
    for change in plan.heads:
        before, after = change.before, change.after
        for entry, payment in after.payments.items():
            if entry not in before.payments:
                lines.append(f"pays {format_rupees(payment.amount_paise)} on invoice {after.id}")
        for entry, refund in after.refunds.items():
            if entry not in before.refunds:
                lines.append(f"refunds {format_rupees(refund.amount_paise)} on invoice {after.id}")
        lines.append(
            f"invoice {after.id}: {before.status} -> {after.status}, balance {format_rupees(after.balance_paise)}"
        )
    if plan.receipt is not None:
        lines.append(f"receipt {plan.receipt.id}: {format_rupees(plan.receipt.remaining_paise)} left to apply")
    return lines or ["changes no money"]


def chosen(services: Services, tenant: str, event_id: str | None, states: Iterable[EventState]) -> list[StoredEvent]:
    """The events to take up, oldest first."""
    if event_id is not None:
        event = services.receipts.get_event(tenant, event_id)
        return [event] if event is not None else []
    found = [event for state in states for event in services.receipts.list_events(tenant, state, 1000)]
    return sorted(found, key=lambda event: event.received_at)


def replay(services: Services, events: Sequence[StoredEvent], *, apply: bool, output: TextIO) -> int:
    """Show, and with ``apply`` carry out, each event. Returns how many are still not settled."""
    left = 0
    for event in events:
        print(f"{event.id}  {event.provider} {event.event_type}, received {event.received_at}", file=output)
        print(f"    was {event.outcome.state}: {event.outcome.detail}", file=output)
        try:
            plan = preview_callback(services.callbacks, event)
            print(f"    would be {plan.outcome.state}: {plan.outcome.detail}", file=output)
            for line in effects(plan):
                print(f"    would: {line}", file=output)
            state = plan.outcome.state
            if apply:
                after = replay_callback(services.callbacks, event)
                state = after.outcome.state
                print(f"    is {state}: {after.outcome.detail}", file=output)
        except AccountGone:
            state = event.outcome.state
            print("    its account is gone: nothing can be said of it", file=output)
        except (StoreBusy, TemporarilyUnavailable):
            state = event.outcome.state
            print("    the store is busy: try again", file=output)
        left += state != "settled"
    mode = "done" if apply else "dry run: nothing was written (--apply does it)"
    print(f"{len(events)} events, {left} not settled after this; {mode}", file=output)
    return left


def local_services(folder: Path) -> Services:
    """The running local stack's tables and accounts."""
    stack = StackSettings(folder)
    described = stack.description()
    os.environ.update(stack.aws_environment() | {"AWS_ENDPOINT_URL": described["aws_endpoint_url"]})
    settings = Settings(
        described["billing_table"], described["summary_table"], "tenant_id", "local", None,
        f"{described['stack_name']}/gateways/",
    )  # fmt: skip
    return Services(settings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="callbacks-replay"
    )
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--event", help="one event's id")
    parser.add_argument("--state", choices=OPEN_STATES, help="only events of this state")
    parser.add_argument("--apply", action="store_true", help="not only show: do it")
    parser.add_argument("--billing-table", help="on AWS: the table's name")
    parser.add_argument("--accounts-prefix", default="", help="on AWS: what the accounts' secret names begin with")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / ".local", help="the local stack's folder")
    given = parser.parse_args(arguments)
    if given.billing_table:
        services = Services(Settings(given.billing_table, "", "tenant_id", "", None, given.accounts_prefix))
    else:
        try:
            services = local_services(given.folder)
        except FileNotFoundError:
            print("error: no local stack runs (make run); on AWS name --billing-table", file=sys.stderr)
            return 2
    states = (given.state,) if given.state else OPEN_STATES
    events = chosen(services, given.tenant, given.event, states)
    if given.event and not events:
        print(f"error: tenant {given.tenant} has no event {given.event}", file=sys.stderr)
        return 2
    return 1 if replay(services, events, apply=given.apply, output=sys.stdout) else 0


if __name__ == "__main__":
    sys.exit(main())
