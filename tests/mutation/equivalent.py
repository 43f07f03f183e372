"""Mutants that survive, and why: (module, change) → reason."""

EQUIVALENT: dict[tuple[str, str], str] = {}
