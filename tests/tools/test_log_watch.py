"""The watch over every test's logs sees what it is there for."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.canaries import CARD, NAME, STANDARD_TOKEN, Watch, found_in
from tests.stack.logs import leaks


@pytest.fixture
def watched() -> Iterator[tuple[logging.Logger, Watch]]:
    """A logger of our own, so that the session's watch does not see what is let out here."""
    logger, watch = logging.getLogger("a test's own"), Watch()
    logger.propagate = False
    logger.setLevel(logging.INFO)
    logger.addHandler(watch)
    yield logger, watch
    logger.removeHandler(watch)


def test_messages_extras_and_exceptions_are_seen(watched: tuple[logging.Logger, Watch]):
    logger, watch = watched
    logger.info("paid by %s", NAME)
    logger.info("paid", extra={"headers": {"authorization": f"Bearer {STANDARD_TOKEN}"}})
    try:
        int(CARD)
    except ValueError:
        logger.exception("defect")
    # The record of an exception holds it, and so does the traceback that is printed of it.
    assert len(watch.take()) == 4
    logger.info("paid", extra={"invoice_id": "MUM-01.0000000000000000"})
    assert watch.take() == []


def test_printed_lines_of_json_are_seen_and_a_tests_own_output_is_not():
    watch = Watch()
    watch.look_at(f'{{"_aws": 1, "payer": "{NAME}"}}\nI am told {NAME} paid\n')
    assert watch.take() == [f'{{"_aws": 1, "payer": "{NAME}"}}']


def test_a_canary_is_seen_as_json_spells_it():
    assert found_in(r'{"name": "\u00c9lise"}', ["Élise"]) == ["Élise"]


@pytest.mark.parametrize(
    "line", ["for Swati Deshmukh", "Bearer eyJhbGciOi.eyJzdWIi.c2lnbm", "call +91 98220 55512", f"of {NAME}"]
)
def test_what_a_deployed_function_must_not_log(line: str):
    assert leaks(iter([line])) == [line]
    assert leaks(iter(['{"message":"request","status":200}'])) == []
