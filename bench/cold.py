"""Cold starts: instructions, CPU time and size of each function, against the reference handler and a bare one."""

from __future__ import annotations

import statistics
import zipfile
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

from bench import subjects
from bench.subjects import Subject
from tests.architecture.function_imports import empty_dynamodb

ROUNDS = 9


def instructions(ours: dict[str, Subject], typical: Subject, bare: Subject) -> dict[str, Any]:
    """Millions of instructions above a bare process, and their share of the reference handler's.

    Counted, not timed: two runs differ by less than half a percent, whatever else the machine does. Init is all that
    Lambda runs before the first request, so ours includes the primed read, answered by an empty DynamoDB.
    """
    with empty_dynamodb() as endpoint_url, ThreadPoolExecutor(2) as pool:
        variables = subjects.environment(endpoint_url)
        every = [bare, typical, *ours.values()]
        counted = dict(
            zip(
                [s.name for s in every],
                pool.map(lambda s: subjects.count_instructions(s, variables), every),
                strict=True,
            )
        )
    floor, _ = counted.pop("bare")
    reference = counted["typical"][0] - floor
    return {
        "bare_millions": round(floor, 1),
        "functions": {
            name: {
                "millions_above_bare": round(count - floor, 1),
                "share_of_typical": round((count - floor) / reference, 4),
                "modules": modules,
            }
            for name, (count, modules) in counted.items()
        },
    }


def init_times(chosen: list[Subject]) -> dict[str, dict[str, float]]:
    """CPU and wall milliseconds of init, medians of interleaved rounds."""
    seen: dict[str, list[dict[str, float]]] = {subject.name: [] for subject in chosen}
    with empty_dynamodb() as endpoint_url:
        variables = subjects.environment(endpoint_url)
        for number in range(ROUNDS + 1):
            for subject in chosen:
                result = subjects.run(subject, variables)
                if number:  # the first round fills the file cache
                    seen[subject.name].append(result)
    return {
        name: {key: round(statistics.median(row[key] for row in rows), 2) for key in ("init_cpu_ms", "init_ms")}
        for name, rows in seen.items()
    }


def sizes(build: Path, typical: Subject) -> dict[str, float]:
    """Megabytes of what is uploaded and of what is unpacked."""
    layer = build / "BillingLayer"
    sources = list(layer.rglob("*.py"))
    compiled = set(layer.rglob("*.pyc"))
    return {
        "layer_zipped_mb": _zipped_mb(layer),
        "layer_unzipped_mb": _unzipped_mb(layer),
        "layer_modules": len(sources),
        "layer_modules_with_byte_code": len(compiled),
        "largest_function_zipped_mb": max(
            _zipped_mb(folder) for folder in build.iterdir() if folder.is_dir() and folder != layer
        ),
        "typical_zipped_mb": _zipped_mb(typical.packages[0]),
        "typical_unzipped_mb": _unzipped_mb(typical.packages[0]),
    }


def _unzipped_mb(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6, 3)


def _zipped_mb(folder: Path) -> float:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return round(packed.tell() / 1e6, 3)
