"""The summary as it must be, recounted from the raw items of the billing table: slow, plain, and none of the
service's own arithmetic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Item = Mapping[str, Any]
Rows = dict[tuple[str, str], dict[str, int]]
"""(partition key, sort key) → figure → value, without zeros."""

ALL = "*"


def all_items(client: Any, table: str) -> Iterable[Item]:
    """Every item of a table."""
    arguments: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
    while True:
        page = client.scan(**arguments)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def expected_rows(items: Iterable[Item]) -> Rows:
    """What the rollup rows must hold for these items of the billing table."""
    rows: dict[tuple[str, str], Counter[str]] = {}
    for item in items:
        if item["sk"]["S"] == "H" and "poison" not in item:
            tenant, branch = item["tenant"]["S"], item["branch_id"]["S"]
            for day, name, value in _figures(item):
                _add(rows, tenant, branch, day, name, value)
            _add_place(rows, item)
    return _without_zeros(rows)


def _figures(item: Item) -> Iterable[tuple[str, str, int]]:
    day, status = item["date"]["S"], item["status"]["S"]
    yield day, f"n_{status}", 1
    if status not in ("draft", "cancelled"):
        yield day, "billed", int(item["total"]["N"])
        yield day, "outstanding", int(item["balance"]["N"])
        yield day, "rounding", int(item["round_off"]["N"])
        for department, amount in item["departments"]["M"].items():
            yield day, f"r:{department}", int(amount["N"])
    for sign, entries in ((1, item["payments"]), (-1, item["refunds"])):
        for entry in entries["M"].values():
            yield entry["M"]["d"]["S"], f"c_{entry['M']['m']['S']}", sign * int(entry["M"]["a"]["N"])


def _add(rows: dict[tuple[str, str], Counter[str]], tenant: str, branch: str, day: str, name: str, value: int) -> None:
    for scope in (branch, ALL):
        for period in (f"D#{day}", f"M#{day[:7]}", f"Y#{day[:4]}"):
            rows.setdefault((f"T#{tenant}#S#{scope}", period), Counter())[name] += value
        if name.startswith("n_"):
            counted = rows.setdefault((f"T#{tenant}#S#{scope}", f"C#{day[:7]}"), Counter())
            counted[f"{day[8:]}:{name[2:]}"] += value
    if name.startswith("n_"):
        rows.setdefault((f"T#{tenant}#S#{ALL}", f"B#{day}"), Counter())[f"{branch}:{name[2:]}"] += value


def _add_place(rows: dict[tuple[str, str], Counter[str]], item: Item) -> None:
    branch, serial = item["id"]["S"].split(".")
    half = "0" if serial[4] in "0123456789abcdef" else "g"
    places = rows.setdefault((f"T#{item['tenant']['S']}#S#{ALL}", f"P#{item['date']['S']}"), Counter())
    places[f"{branch}.{serial[:4]}{half}"] += 1


def stored_rows(items: Iterable[Item]) -> Rows:
    """The rollup rows among the items of the summary table."""
    rows: dict[tuple[str, str], Counter[str]] = {}
    for item in items:
        if "#S#" in item["pk"]["S"]:
            figures = {name: int(value["N"]) for name, value in item.items() if "N" in value}
            rows[item["pk"]["S"], item["sk"]["S"]] = Counter(figures)
    return _without_zeros(rows)


def _without_zeros(rows: Mapping[tuple[str, str], Mapping[str, int]]) -> Rows:
    kept = {key: {name: value for name, value in row.items() if value} for key, row in rows.items()}
    return {key: row for key, row in kept.items() if row}
