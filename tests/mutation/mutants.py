"""Small changes to a module, one at a time: each is a bug that the unit tests should see.

Own, because it must also change constants, patterns and defaults of modules (which mutmut leaves alone)
and judge a thousand mutants in minutes (which cosmic-ray's one interpreter a mutant does not).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.RShift: ast.LShift,
    ast.LShift: ast.RShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_SWAPPED_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One changed module: ``change`` says what was changed, in the line ``number``, written as ``line``."""

    number: int
    line: str
    change: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module; annotations, docstrings and imports are left alone."""
    tree = ast.parse(source)
    lines = source.splitlines()
    for place, node in enumerate(_eligible(tree)):
        for change in range(len(list(_changes(node)))):
            mutated = copy.deepcopy(tree)
            target = list(_eligible(mutated))[place]
            what = list(_changes(target))[change]
            label, apply = what
            apply()
            text = ast.unparse(ast.fix_missing_locations(mutated))
            number = getattr(node, "lineno", 1)
            yield Mutant(number, lines[number - 1].strip(), label, text)


def _eligible(tree: ast.Module) -> list[ast.AST]:
    """The nodes to change, in a stable order."""
    found: list[ast.AST] = []

    def walk(node: ast.AST) -> None:
        found.append(node)
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "bases", "keywords_of_class"):
                continue
            children = value if isinstance(value, list) else [value]
            for index, child in enumerate(children):
                if not isinstance(child, ast.AST) or isinstance(child, ast.Import | ast.ImportFrom):
                    continue
                if field == "body" and index == 0 and _is_docstring(child):
                    continue
                if _is_type_alias(child):
                    continue
                walk(child)

    walk(tree)
    return found


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_type_alias(node: ast.AST) -> bool:
    """``Name = Literal[…]`` and the like: types, not behaviour; also strings that document a name."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
        return isinstance(node.value.value, ast.Name) and node.value.value.id in ("Literal", "Mapping", "dict")
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _name(node.value) == "TypeVar"


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:  # noqa: C901 - one branch a kind of node
    """What can be changed about one node: a label and the change itself."""
    if isinstance(node, ast.Compare):
        for index, operator in enumerate(node.ops):
            for new in _COMPARISONS.get(type(operator), ()):
                yield f"{type(operator).__name__} → {new.__name__}", _set(node.ops, index, new())
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _OPERATORS:
        other = _OPERATORS[type(node.op)]
        yield f"{type(node.op).__name__} → {other.__name__}", _assign(node, "op", other())
    elif isinstance(node, ast.BoolOp):
        other_bool: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"{type(node.op).__name__} → {type(other_bool).__name__}", _assign(node, "op", other_bool)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "drop minus", _assign(node, "op", ast.UAdd())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "drop not", _assign(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
    elif isinstance(node, ast.Constant):
        for constant in _constants(node.value):
            yield f"{node.value!r} → {constant!r}", _assign(node, "value", constant)
    elif isinstance(node, ast.IfExp | ast.If | ast.While):
        yield f"negate {type(node).__name__}", _assign(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "return None", _assign(node, "value", ast.Constant(None))
    elif isinstance(node, ast.Call) and _name(node) in _SWAPPED_CALLS:
        yield f"{_name(node)} → {_SWAPPED_CALLS[_name(node)]}", _assign(node.func, "id", _SWAPPED_CALLS[_name(node)])
    elif isinstance(node, ast.Continue):
        yield "continue → break", _assign(node, "__class__", ast.Break)
    if isinstance(node, ast.Raise):
        yield "raise nothing", _assign(node, "__class__", ast.Pass)


def _constants(value: object) -> Iterator[object]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        if value:
            yield value - 1
    elif isinstance(value, str):
        yield f"{value}XX" if value else "XX"
        if len(value) > 1:
            yield value[1:]


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _set(members: list[ast.cmpop], index: int, value: ast.cmpop) -> Callable[[], None]:
    def apply() -> None:
        members[index] = value

    return apply


def _assign(node: ast.AST, name: str, value: object) -> Callable[[], None]:
    def apply() -> None:
        setattr(node, name, value)

    return apply
