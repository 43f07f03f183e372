"""Plots of the latest run, with matplotlib (requirements-bench.txt); nothing else needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

LIMIT_COLOUR, OURS, REFERENCE = "#b3261e", "#1f6f5c", "#8a8f98"


def draw(document: dict[str, Any], folder: Path) -> None:
    """Write cold-starts.png and requests.png; without matplotlib, say so."""
    try:
        import matplotlib as mpl
    except ImportError:
        print("no plots: pip install -r requirements-bench.txt")
        return
    mpl.use("Agg")
    import matplotlib.pyplot as plt

    if "cold" in document:
        functions = document["cold"]["functions"]
        names = sorted(
            (name for name in functions if name != "typical"), key=lambda n: functions[n]["share_of_typical"]
        )
        figure, axes = plt.subplots(figsize=(8, 5))
        axes.barh(names, [functions[name]["share_of_typical"] * 100 for name in names], color=OURS)
        axes.axvline(17, color=LIMIT_COLOUR, linestyle="--", linewidth=1)
        axes.axvline(22, color=LIMIT_COLOUR, linestyle=":", linewidth=1)
        axes.set_xlabel("instructions of a cold start, % of the reference handler's (lines: bars of reads and writes)")
        figure.tight_layout()
        figure.savefig(folder / "cold-starts.png", dpi=110)
        plt.close(figure)
    if "requests" in document:
        rows = {name: row for name, row in document["requests"].items() if "typical" in row}
        figure, panels = plt.subplots(1, 2, figsize=(8, 3.2))
        for panel, key, title in zip(
            panels, ("first_cpu_ms", "warm_cpu_ms"), ("first request", "warm request"), strict=True
        ):
            places = range(len(rows))
            for shift, whose, colour in ((-0.2, "typical", REFERENCE), (0.2, "ours", OURS)):
                values = [row[whose][key] for row in rows.values()]
                bars = panel.bar([p + shift for p in places], values, 0.38, label=whose, color=colour)
                panel.bar_label(bars, fmt="%.1f", fontsize=8)
            panel.set_xticks(list(places), list(rows))
            panel.set_title(f"{title}, ms of CPU", fontsize=10)
        panels[0].legend(fontsize=8)
        figure.tight_layout()
        figure.savefig(folder / "requests.png", dpi=110)
        plt.close(figure)
