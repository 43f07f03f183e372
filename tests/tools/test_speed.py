"""The cheaper functions answer what the emulator's own answer."""

from __future__ import annotations

import copy

from ministack.services import dynamodb

from tools.local_stack.speed import copy_json


def test_a_copy_is_equal_and_apart() -> None:
    nested = {"M": {"l": {"L": [{"N": "1"}, {"NULL": True}]}}}
    original = {"pk": {"S": "a"}, "m": nested, "ss": {"SS": ["x"]}, "b": b"1"}
    made = copy_json(original)
    assert made == original == copy.deepcopy(original)
    made["m"]["M"]["l"]["L"].append({"N": "2"})
    made["ss"]["SS"].append("y")
    assert len(nested["M"]["l"]["L"]) == 2
    assert original["ss"] == {"SS": ["x"]}


def test_other_types_are_copied_as_before() -> None:
    original = {"seen": {1, 2}}
    made = copy_json(original)
    made["seen"].add(3)
    assert original == {"seen": {1, 2}}


def test_the_emulator_still_has_what_is_replaced() -> None:
    assert callable(dynamodb._condition_syntax_error)
    assert isinstance(dynamodb._tokenize("a = :b"), list)
    assert dynamodb.copy.deepcopy
