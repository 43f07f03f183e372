"""What the stateful phase walked: which links were followed, how often they led to success, how far chains went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from schemathesis.engine.recorder import ScenarioRecorder

MOST_CHAINS_TOLD = 25


@dataclass
class Walks:
    """Counts over all walks. A chain is a request and those before it whose answers led to it, all successful."""

    rounds: int = 0
    scenarios: int = 0
    followed: Counter[str] = field(default_factory=Counter)
    successful: Counter[str] = field(default_factory=Counter)
    chains: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def add(self, recorder: ScenarioRecorder) -> None:
        """Count one scenario."""
        self.scenarios += 1
        continued = set()
        chains: dict[str, tuple[str, ...]] = {}
        for case_id, interaction in recorder.interactions.items():
            node = recorder.cases[case_id]
            response = interaction.response
            status = response.status_code if response is not None else 0
            good = 200 <= status < 300
            if node.transition is not None:
                self.followed[node.transition.id] += 1
                self.successful[node.transition.id] += good
            parent = node.parent_id
            if good and (parent is None or parent in chains):
                before = chains[parent] if parent is not None else ()
                chains[case_id] = (*before, f"{node.value.operation.label} {status}")
                if parent is not None:
                    continued.add(parent)
        self.chains.update(chain for case_id, chain in chains.items() if case_id not in continued)

    def document(self) -> dict[str, Any]:
        """As JSON: each link with how often it was followed and succeeded, and the chains met most of each length."""
        lengths: Counter[int] = Counter()
        for chain, times in self.chains.items():
            lengths[len(chain)] += times
        told = sorted(self.chains.items(), key=lambda entry: (-len(entry[0]), -entry[1], entry[0]))[:MOST_CHAINS_TOLD]
        return {
            "rounds": self.rounds,
            "scenarios": self.scenarios,
            "links": {
                name: {"followed": times, "successful": self.successful[name]}
                for name, times in sorted(self.followed.items())
            },
            "successful_chains_by_length": {str(length): times for length, times in sorted(lengths.items())},
            "longest_chains": [" → ".join(chain) for chain, _ in told],
        }
