"""Judge the unit tests by mutants: what share of small bugs in the rules about money do they see?

    PYTHONPATH=.:layers/billing python -m tests.mutation.run [--modules domain/money …] [--output FILE]

Each mutant is judged in a forked process that already holds the test tools: a tenth of a second each.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.abc
import importlib.util
import io
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import hypothesis
import pytest

from tests import evidence
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "layers" / "billing" / "billing"
MODULES = {
    "domain/money": ["domain/test_money.py"],
    "domain/invoice": ["domain/test_invoice.py", "domain/test_summary.py"],
    "domain/identity": ["domain/test_identity.py"],
    "domain/receipts": ["domain/test_receipts.py"],
    "domain/tax": ["domain/test_tax.py", "domain/test_invoice.py"],
    "domain/summary": ["domain/test_summary.py", "test_periods.py"],
    "domain/calendar": ["domain/test_calendar.py"],
    "domain/text": ["domain/test_text.py"],
    "domain/identifiers": ["domain/test_identifiers.py"],
    "domain/branch": ["domain/test_branch.py"],
    "domain/gstin": ["domain/test_branch.py"],
    "adapters/dynamodb/keys": ["adapters/test_keys.py"],
    "adapters/gateways/_signing": ["gateways/test_signatures.py"],
    "adapters/gateways/_reading": ["gateways/test_exact_reading.py"],
}
SECONDS_PER_MUTANT = 60


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from changed source."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, self.name, "exec"), module.__dict__)


def judge(module: str, source: str, tests: Sequence[str]) -> bool:
    """Whether some test fails on a mutant; one that never ends counts as seen."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS_PER_MUTANT)
        name = "billing." + module.replace("/", ".")
        sys.meta_path.insert(0, _Mutated(name, source))
        try:
            code = _test(tests)
        except BaseException:  # noqa: BLE001 - a mutant may do anything
            code = 1
        os._exit(0 if code == 0 else 1)
    _, status = os.waitpid(child, 0)
    return status != 0


def _test(tests: Sequence[str]) -> int:
    options = ["-x", "-q", "-p", "no:cacheprovider", "--noconftest", "-W", "ignore"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return int(pytest.main([*options, *(f"tests/unit/{test}" for test in tests)]))


def _warm_up() -> None:
    """Load the test tools once, for all forks; forget the modules under test and their tests."""
    hypothesis.settings.register_profile(
        "mutants",
        max_examples=15,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    hypothesis.settings.load_profile("mutants")
    _test(["adapters/test_keys.py", "gateways/test_signatures.py"])  # the latter loads the gateways' own SDKs
    for name in [name for name in sys.modules if name.partition(".")[0] == "billing" or name.startswith("tests.unit")]:
        del sys.modules[name]


def main(arguments: list[str] | None = None) -> int:
    """The command line; 1 below the score demanded."""
    parser = argparse.ArgumentParser(prog="tests.mutation.run", description=__doc__)
    parser.add_argument("--modules", nargs="*", default=list(MODULES), choices=list(MODULES))
    parser.add_argument("--output", type=Path)
    parser.add_argument("--score", type=float, default=0.9)
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    _warm_up()
    began = time.monotonic()
    report: dict[str, object] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": evidence.code_state("tests/mutation", "tests/unit"),
    }
    modules: dict[str, object] = {}
    seen_in_all = judged_in_all = 0
    unused = {place for place in EQUIVALENT if place[0] in options.modules}
    for module in options.modules:
        source = (PACKAGE / f"{module}.py").read_text()
        if judge(module, source, MODULES[module]):
            print(f"{module}: its tests fail without any change")
            return 2
        judged = 0
        survivors: list[Mutant] = []
        for mutant in mutants(source):
            judged += 1
            if not judge(module, mutant.source, MODULES[module]):
                survivors.append(mutant)
                unused.discard((module, mutant.line, mutant.change))
        seen = judged - len(survivors)
        seen_in_all, judged_in_all = seen_in_all + seen, judged_in_all + judged
        told = [
            {"line": mutant.number, "code": mutant.line, "change": mutant.change, "why": _reason(module, mutant)}
            for mutant in survivors
        ]
        modules[module] = {"mutants": judged, "seen": seen, "score": round(seen / judged, 4), "survivors": told}
        print(f"{module}: {seen} of {judged}, {time.monotonic() - began:.0f} s", flush=True)
        for survivor in told:
            print(f"    {survivor}", flush=True)
    score = seen_in_all / judged_in_all
    report |= {"mutants": judged_in_all, "seen": seen_in_all, "score": round(score, 4), "modules": modules}
    report["seconds"] = round(time.monotonic() - began)
    print(f"all: {seen_in_all} of {judged_in_all} = {score:.1%}")
    for place in sorted(unused):
        print(f"a reason that no survivor needs: {place}")
    if options.output:
        evidence.write(options.output, report)
    return 0 if score >= options.score and not unused else 1


def _reason(module: str, mutant: Mutant) -> str:
    return EQUIVALENT.get((module, mutant.line, mutant.change), "not seen")


if __name__ == "__main__":
    sys.exit(main())
