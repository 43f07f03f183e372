"""The growth curves."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def draw(results: dict[str, Any], target: Path) -> None:
    """Four plots: the cost of a page by its number and by the table's size, of a summary by the table's size."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    model, postgres = results["model"], results["postgres"]
    million = str(max(map(int, model)))
    figure, axes = plt.subplots(2, 2, figsize=(12, 8.5), layout="constrained")
    one, two, three, four = axes.flat

    def curve(axis: Any, points: list[tuple[float, float]], label: str, style: str) -> None:
        axis.loglog(*zip(*sorted(points), strict=True), style, label=label)

    pages = model[million]["pages"]
    curve(one, [(p["page"], p["units"]) for p in pages], "this service (total included)", "o-")
    skipped = model[million]["query_and_skip"]
    curve(one, [(p["page"], p["units"]) for p in skipped], "Query and skip", "s--")
    curve(one, [(p["page"], p["units"] + p["count_units"]) for p in skipped], "Query and skip, with a total", "s:")
    one.set(title=f"Read units of a page, {int(million):,} invoices", xlabel="page", ylabel="read units")

    first = pages[0]["units"]
    curve(two, [(p["page"], p["units"] / first) for p in pages], "this service", "o-")
    offset = postgres[million]["pages"]
    start = offset[0]["list"]["milliseconds"]
    curve(two, [(p["page"], p["list"]["milliseconds"] / start) for p in offset], "PostgreSQL OFFSET (time)", "^--")
    plain = skipped[0]["units"]
    curve(two, [(p["page"], p["units"] / plain) for p in skipped], "Query and skip", "s--")
    two.set(title="The same, each against its own page 1", xlabel="page", ylabel="times page 1")

    sizes = sorted(map(int, model))
    last = [(n, model[str(n)]["pages"][-1]["units"]) for n in sizes]
    curve(three, last, "this service: last page, read units", "o-")
    skip = [(n, model[str(n)]["query_and_skip"][-1]["units"]) for n in sizes]
    curve(three, skip, "Query and skip: last page, read units", "s--")
    for name, part in (("OFFSET", "list"), ("COUNT(*)", "count")):
        points = [(n, postgres[str(n)]["pages"][-1][part]["milliseconds"]) for n in sizes]
        curve(three, points, f"PostgreSQL {name}: last page, ms", "^--")
    three.set(title="The last page as the table grows", xlabel="invoices", ylabel="units, ms")

    for name, style in (("a day", "o-"), ("a month", "v-"), ("three years, broken at both ends", "d-")):
        points = [(n, model[str(n)]["summaries"][name]["units"]) for n in sizes]
        curve(four, points, f"this service: {name}, read units", style)
    points = [(n, postgres[str(n)]["summaries"]["three years"]["milliseconds"]) for n in sizes]
    curve(four, points, "PostgreSQL SUM + GROUP BY: three years, ms", "^--")
    four.set(title="A summary as the table grows", xlabel="invoices", ylabel="units, ms")
    for axis in axes.flat:
        axis.grid(visible=True, which="both", alpha=0.25)
        axis.legend(fontsize=8)
    figure.savefig(target, dpi=110)
