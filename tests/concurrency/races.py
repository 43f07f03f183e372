"""Races: many threads run the real use cases at once, on an engine that keeps its promises under threads.

Each race sets its stage, lets every caller go, and then asserts what must hold whoever was first. In races of
two sides the round decides who starts: nobody, one side, the other, or both by turns. In every other four
rounds answers get lost on the way back (:mod:`tests.concurrency.wire`), so that own writes have to be
recognized while everybody else is at the same invoice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.concurrency.stage import Run, Stage


def identical(stage: Stage) -> Run:
    """One payment sent by everybody: recorded once, and everybody is shown that one."""
    invoice_id = stage.invoice(1500)
    # By turns the two identities a payment can have: its own reference, and the caller's key.
    key, reference = ("till-7-0001", None) if stage.round % 2 else (None, "412345678901")
    run = stage.at_once([stage.pay(invoice_id, 500, reference, key)] * stage.threads)
    run.must_tell(created=1, replayed=stage.threads - 1)
    assert len({outcome.result.payment.id for outcome in run.outcomes}) == 1
    assert stage.head(invoice_id).paid_paise == 500_00
    return run


def distinct_that_fit(stage: Stage) -> Run:
    """As many different payments as the balance holds: all recorded, the last one settles."""
    invoice_id = stage.invoice(25 * stage.threads)
    # Cash without a key is at least once: it takes part where nobody has to send a request again.
    key = {n: f"k-{n}" for n in range(0, stage.threads, 2)} if stage.loses_answers else {}
    run = stage.at_once(
        [stage.pay(invoice_id, 25, f"UPI-{n}" if n % 2 else None, key.get(n)) for n in range(stage.threads)]
    )
    run.must_tell(created=stage.threads)
    head = stage.head(invoice_id)
    assert (head.status, len(head.payments)) == ("paid", stage.threads)
    assert {p.id for p in head.payments.values()} == {outcome.result.payment.id for outcome in run.outcomes}
    return run


def six_fit(stage: Stage) -> Run:
    """More payments than the balance holds: exactly six are recorded."""
    invoice_id = stage.invoice(1500)
    run = stage.at_once([stage.pay(invoice_id, 250, key=f"k-{n}") for n in range(stage.threads)])
    assert len(run.of("Overpayment", "NotPayable")) == stage.threads - 6
    run.must_tell(created=6, Overpayment=run.kinds["Overpayment"], NotPayable=run.kinds["NotPayable"])
    head = stage.head(invoice_id)
    assert (head.status, len(head.payments)) == ("paid", 6)
    return run


def full_balance(stage: Stage) -> Run:
    """Everybody pays everything: one does."""
    invoice_id = stage.invoice(1500)
    run = stage.at_once([stage.pay(invoice_id, 1500, f"UPI-{n}") for n in range(stage.threads)])
    run.must_tell(created=1, NotPayable=stage.threads - 1)
    assert len(stage.head(invoice_id).payments) == 1
    return run


def same_reference_distinct_keys(stage: Stage) -> Run:
    """One bank reference under different keys: recorded once, everybody else is told which."""
    invoice_id = stage.invoice(1500)
    run = stage.at_once([stage.pay(invoice_id, 500, "412345678901", f"k-{n}") for n in range(stage.threads)])
    run.must_tell(created=1, DuplicateReference=stage.threads - 1)
    (first,) = run.of("created", "replayed")
    told = {outcome.refusal.members["payment_id"] for outcome in run.of("DuplicateReference") if outcome.refusal}
    assert told == {first.result.payment.id}
    assert len(stage.head(invoice_id).payments) == 1
    return run


def one_key_two_contents(stage: Stage) -> Run:
    """One key for two amounts: one amount is recorded, the other refused."""
    invoice_id = stage.invoice(1500)
    half = stage.threads // 2
    run = stage.both([stage.pay(invoice_id, 500, key="k")] * half, [stage.pay(invoice_id, 501, key="k")] * half)
    run.must_tell(created=1, replayed=half - 1, IdempotencyKeyReused=half)
    assert len(stage.head(invoice_id).payments) == 1
    return run


def payment_against_cancel(stage: Stage) -> Run:
    """An invoice ends cancelled without money, or with money and not cancelled."""
    invoice_id = stage.invoice(1500)
    half = stage.threads // 2
    run = stage.both([stage.pay(invoice_id, 10, f"UPI-{n}") for n in range(half)], [stage.cancel(invoice_id)] * half)
    head = stage.head(invoice_id)
    if head.status == "cancelled":
        assert not head.payments
        run.must_tell(done=half, NotPayable=half)
    else:
        assert len(head.payments) == half
        run.must_tell(created=half, NotCancellable=half)
    return run


def refund_against_refund(stage: Stage) -> Run:
    """More refunds than was paid: exactly as many as the money allows."""
    invoice_id = stage.invoice(1500)
    stage.pay(invoice_id, 1000)()
    run = stage.at_once([stage.refund(invoice_id, 300, f"k-{n}") for n in range(stage.threads)])
    run.must_tell(created=3, OverRefund=stage.threads - 3)
    assert stage.head(invoice_id).paid_paise == 100_00
    return run


def refunds_that_fit(stage: Stage) -> Run:
    """As many refunds as the money holds: all recorded."""
    invoice_id = stage.invoice(10 * stage.threads)
    stage.pay(invoice_id, 10 * stage.threads)()
    run = stage.at_once([stage.refund(invoice_id, 10, f"k-{n}") for n in range(stage.threads)])
    run.must_tell(created=stage.threads)
    head = stage.head(invoice_id)
    assert (head.status, head.paid_paise, len(head.refunds)) == ("finalized", 0, stage.threads)
    return run


def payment_against_refund(stage: Stage) -> Run:
    """Money comes and goes at once: every movement counts once."""
    half = stage.threads // 2
    invoice_id = stage.invoice(40 * half)
    stage.pay(invoice_id, 20 * half)()
    run = stage.both(
        [stage.pay(invoice_id, 20, key=f"k-{n}") for n in range(half)],
        [stage.refund(invoice_id, 20, key=f"k-{n}") for n in range(half)],
    )
    run.must_tell(created=2 * half)
    head = stage.head(invoice_id)
    assert (len(head.payments), len(head.refunds), head.paid_paise) == (half + 1, half, 2_000 * half)
    return run


def finalizations(stage: Stage) -> Run:
    """One branch and year finalizes many drafts at once: consecutive numbers, no gap, no duplicate."""
    drafts = [stage.invoice(100, finalize=False) for _ in range(stage.threads)]
    run = stage.at_once([stage.finalize(draft) for draft in drafts])
    run.must_tell(done=stage.threads)
    _check_numbers(stage, drafts)
    return run


def finalizations_repeated(stage: Stage) -> Run:
    """Each draft is finalized by two callers at once: one number each."""
    drafts = [stage.invoice(100, finalize=False) for _ in range(stage.threads // 2)]
    run = stage.both([stage.finalize(draft) for draft in drafts], [stage.finalize(draft) for draft in drafts])
    run.must_tell(done=len(drafts) * 2)
    _check_numbers(stage, drafts)
    return run


def one_creation(stage: Stage) -> Run:
    """Sixteen identical POST /invoices with one key: one invoice with one number."""
    run = stage.at_once([lambda: stage.create(1500, key="visit-7")] * 16)
    run.must_tell(created=1, replayed=15)
    assert {outcome.result.invoice.head.number for outcome in run.outcomes} == {"MUM01/2526/00001"}
    assert len({outcome.result.invoice.head.id for outcome in run.outcomes}) == 1
    assert stage.services.invoices.last_serial(stage.caller.tenant, "MUM-01", "2526") == 1
    return run


def branch_change_against_first_number(stage: Stage) -> Run:
    """The branch's code changes while its first numbers are issued: no number bears another code."""
    few = min(stage.threads // 2, 8)
    drafts = [stage.invoice(100, finalize=False) for _ in range(few)]
    run = stage.both([stage.finalize(draft) for draft in drafts], [stage.change_code(f"NEW{n}") for n in range(few)])
    assert set(run.kinds) <= {"done", "BranchInUse"}
    branch = stage.services.branches.get(stage.caller.tenant, "MUM-01")
    assert branch
    assert branch.numbered
    _check_numbers(stage, drafts, branch.code)
    return run


def _check_numbers(stage: Stage, invoice_ids: Sequence[str], code: str = "MUM01") -> None:
    numbers = sorted(str(stage.head(invoice_id).number) for invoice_id in invoice_ids)
    assert numbers == [f"{code}/2526/{serial:05d}" for serial in range(1, len(invoice_ids) + 1)]
    assert stage.services.invoices.last_serial(stage.caller.tenant, "MUM-01", "2526") == len(invoice_ids)


RACES: tuple[Callable[[Stage], Run], ...] = (
    identical,
    distinct_that_fit,
    six_fit,
    full_balance,
    same_reference_distinct_keys,
    one_key_two_contents,
    payment_against_cancel,
    refund_against_refund,
    refunds_that_fit,
    payment_against_refund,
    finalizations,
    finalizations_repeated,
    one_creation,
    branch_change_against_first_number,
)
