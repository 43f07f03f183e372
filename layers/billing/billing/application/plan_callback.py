"""What one gateway event changes, decided from what is stored: pure, so that a dry run shows it.

Nothing here trusts the order or the number of events. Every plan is conditional on exactly what it was
decided from, and a plan for something already done says so and changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from billing.application.callback_outcomes import Arrival, outcome_of
from billing.application.callback_ports import (
    GatewayAccount,
    HeadChange,
    Known,
    OrderClaim,
    Outcome,
    Plan,
)
from billing.application.plan_refund import plan_money_out
from billing.application.ports import Ids
from billing.application.receipt_payment import apply_to_invoice
from billing.domain.gateway_events import INR, MoneyIn, MoneyOut
from billing.domain.identifiers import branch_of
from billing.domain.identity import short_hash
from billing.domain.invoice import InvoiceHead, PaymentMode
from billing.domain.receipts import (
    Application,
    Receipt,
    choose_hint,
    creditable_paise,
    receipt_id,
    with_application,
)


def order_id_of(account: GatewayAccount, money: MoneyIn) -> str | None:
    """The id of the claim on a signed order, where the signature covers the order and not the payment."""
    if money.signed_reference is None:
        return None
    return short_hash("order", account.provider, account.token, money.signed_reference)


def plan_money_in(ids: Ids, arrival: Arrival, money: MoneyIn, known: Known) -> Plan:
    """A captured payment: count it once, on the invoice it names or as a receipt that waits."""
    account = arrival.account
    key = receipt_id(account.provider, account.token, money.money_key)
    hint = choose_hint(money.invoice_hints)

    def quarantine(code: str) -> Plan:
        return Plan(outcome_of("quarantined", code, money, receipt_id=key if old else None))

    old = known.receipt
    if money.currency != INR:
        return quarantine("other_currency")
    if known.order_owner is not None and known.order_owner != key:
        return quarantine("order_used_twice")
    head = known.heads.get(hint) if hint is not None else None
    if old is not None and old.is_captured:
        if old.amount_paise != money.amount_paise or old.currency != money.currency:
            return quarantine("other_amount")
        named = hint if hint is not None and branch_of(hint) is not None else None
        if named is not None and old.named_invoice is not None and named != old.named_invoice:
            return quarantine("other_invoice")
        taken, _ = creditable_paise(head, old.amount_paise) if named is not None else (0, "")
        if not old.is_untouched or taken == 0 or head is None:
            return Plan(_told(outcome_of("settled", "duplicate", money), old))
        base = replace(old, rev=old.rev + 1, updated_at=arrival.at, invoice_hint=named)
        return _credit(ids, arrival, money, base, head, completes=True) or quarantine("recorded_otherwise")
    base = Receipt(
        tenant=account.tenant,
        id=key,
        provider=account.provider,
        account=account.token,
        money_key=money.money_key,
        branch_id=head.branch_id if head is not None else account.branch_id,
        received_at=arrival.at,
        received_date=arrival.day_of(money.occurred_at),
        rev=1 if old is None else old.rev + 1,
        amount_paise=money.amount_paise,
        remaining_paise=money.amount_paise,
        currency=money.currency,
        payment_mode=_mode(money.payment_mode),
        invoice_hint=hint,
        event_id=arrival.event_id,
        waiting={} if old is None else old.waiting,
        updated_at=arrival.at,
    )
    order_id = order_id_of(account, money)
    claim = None if order_id is None or known.order_owner else OrderClaim(order_id, key)
    plan = _credit(ids, arrival, money, base, head, completes=False)
    if plan is None:
        return quarantine("recorded_otherwise")
    return replace(_with_waiting(ids, arrival, plan, known), order_claim=claim)


def _credit(
    ids: Ids,
    arrival: Arrival,
    money: MoneyIn,
    receipt: Receipt,
    head: InvoiceHead | None,
    *,
    completes: bool,
) -> Plan | None:
    """Apply an untouched receipt to the invoice as far as it goes; None: the reference is taken there."""
    recorded = [p for p in head.payments.values() if p.reference == receipt.money_key] if head is not None else []
    by_hand = next((payment for payment in recorded if payment.source == "api"), None)
    if head is not None and by_hand is not None:
        if by_hand.amount_paise != receipt.amount_paise:
            return None
        receipt = with_application(receipt, Application(head.id, by_hand.id, by_hand.amount_paise, arrival.at))
        return Plan(_told(outcome_of("settled", "recorded_by_hand", money), receipt), receipt)
    taken, reason = creditable_paise(head, receipt.amount_paise)
    if recorded:
        taken, reason = 0, "reference_taken"
    if receipt.invoice_hint is None:
        reason = "no_invoice_named"
    if head is None or taken == 0:
        receipt = replace(receipt, reason=reason)
        return Plan(_told(outcome_of("settled", reason, money), receipt), receipt)
    receipt, change = apply_to_invoice(ids, arrival.at, receipt, head, taken)
    if reason and not receipt.reason:
        receipt = replace(receipt, reason=reason)
    code = "completed" if completes and not reason else "credited_partly" if reason else "credited"
    return Plan(_told(outcome_of("settled", code, money), receipt), receipt, (change,))


def _with_waiting(ids: Ids, arrival: Arrival, plan: Plan, known: Known) -> Plan:
    """The plan of a capture together with the refunds that came before it: one transaction for all."""
    receipt = plan.receipt
    if receipt is None or not receipt.waiting:
        return plan
    rev = receipt.rev
    changes = {change.before.id: change for change in plan.heads}
    also: list[tuple[str, Outcome]] = []
    for refund_key, waiting in receipt.waiting.items():
        heads = {**known.heads, **{i: change.after for i, change in changes.items()}}
        refund = MoneyOut(refund_key, receipt.money_key, waiting.amount_paise, waiting.currency, None)
        step = plan_money_out(ids, arrival, refund, Known(receipt, heads), waiting.refund_date)
        also.append((waiting.event_id, step.outcome))
        receipt = step.receipt or replace(
            receipt, waiting={k: w for k, w in receipt.waiting.items() if k != refund_key}
        )
        for change in step.heads:
            first = changes.get(change.before.id)
            before = first.before if first else change.before
            changes[change.before.id] = HeadChange(before, change.after)
    return replace(plan, receipt=replace(receipt, rev=rev), heads=tuple(changes.values()), also=tuple(also))


def _told(outcome: Outcome, receipt: Receipt) -> Outcome:
    """The outcome with what the receipt knows."""
    last = receipt.applications[-1] if receipt.applications else None
    return replace(
        outcome,
        receipt_id=receipt.id,
        invoice_id=last.invoice_id if last else receipt.named_invoice,
        payment_id=last.payment_id if last else None,
    )


def _mode(text: str) -> PaymentMode:
    modes: dict[str, PaymentMode] = {"upi": "upi", "card": "card", "neft": "neft"}
    return modes.get(text, "online")
