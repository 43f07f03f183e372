"""What the deployed functions logged, and whether a person or a token is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.canaries import BANNED, found_in
from tools.local_stack import lifecycle
from tools.local_stack.settings import StackSettings
from tools.seed.catalogue import FIRST_NAMES, LAST_NAMES

# A token as it travels, a patient of the demo data, a phone number as the demo data writes it.
SUSPICIOUS = re.compile(
    rf"eyJ[\w-]+\.[\w-]+\.[\w-]+|\b(?:{'|'.join(FIRST_NAMES)}) (?:{'|'.join(LAST_NAMES)})\b|\+91 ?\d{{5}} ?\d{{5}}"
)


def lines_of_functions(stack: StackSettings) -> Iterator[str]:
    """Every line in the log group of every function."""
    logs = lifecycle.client(stack, "logs")
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/lambda/"):
        for group in page["logGroups"]:
            for events in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                for event in events["events"]:
                    yield from event["message"].splitlines()


def leaks(lines: Iterator[str]) -> list[str]:
    """The lines that should not be."""
    return [line for line in lines if SUSPICIOUS.search(line) or found_in(line, BANNED)]
