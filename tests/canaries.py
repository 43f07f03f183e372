"""Values that must never come out of a log, and the watch that looks for them in every line of every test.

A canary is what the tests put where a secret or a patient's data would be: what fixtures call a patient, every
phone, card, token, key and signature they send. Sent on purpose or by the way, none may be logged.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

NAME, PHONE, ADDRESS = "Canarywati Devi", "+91 90000 11223", "7 Canary Lane"
CARD = "4111 1111 1111 1111"
TOKEN, KEY, SECRET = "canary.token.signature", "canary-key-0001", "canarySecretAccessKey"
REFERENCE, REASON, SUBJECT = "CANARY-REF-77", "canary reason", "canary-subject"
# What a successful answer may show to the owner of the data; nothing of it is for a log or a refusal.
OWN_DATA = (NAME, PHONE, ADDRESS, REFERENCE, REASON)
SECRETS = (CARD, CARD.replace(" ", ""), TOKEN, KEY, SECRET, SUBJECT)
ALL = (*OWN_DATA, *SECRETS)
QUOTES = " ".join(ALL)

# What the standard fixtures send: patients, payers, and the gateways' secrets.
FIXTURES = (
    "Asha Rao", "someone@okbank", "someone@example.com", "+919000000001", "9000000001",
    "rzp-hook-current", "cf-client-secret", "whsec_current", "clinic:a-long-password", "payu-salt-32",
)  # fmt: skip
STANDARD_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2lnbmF0dXJl"
BANNED = (*ALL, *FIXTURES, STANDARD_TOKEN)


def found_in(text: str, banned: Iterable[str] = BANNED) -> list[str]:
    """The canaries in a text, also as JSON would spell them."""
    plain = text.replace("\\/", "/")
    return [canary for canary in banned if canary in plain or json.dumps(canary)[1:-1] in plain]


class Lines(logging.Handler):
    """Everything logged, with every attribute of every record and the text of its exception."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        shown = {name: value for name, value in vars(record).items() if name not in ("msg", "args")}
        self.written.append(f"{record.getMessage()} {shown!r}")
        if record.exc_info:
            self.written.append("".join(traceback.format_exception(*record.exc_info)))


class Watch(Lines):
    """Listens for a whole session; keeps only the lines that hold a canary."""

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        self.written = [line for line in self.written if found_in(line)]

    def look_at(self, captured: str) -> None:
        """What a function printed: its log lines and metrics are objects of JSON, what a test prints is not."""
        self.written += [line for line in captured.splitlines() if re.match(r'\{"', line) and found_in(line)]

    def take(self) -> list[str]:
        """What was found since the last time."""
        found, self.written = self.written, []
        return found


def _client_error(code: str, status: int = 400, **members: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": QUOTES},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **members,
    }
    return ClientError(response, "UpdateItem")


# Failures and defects whose messages quote what was sent.
BROKEN_ITEM = {"sk": {"S": "H"}, "patient_name": {"S": NAME}, "total": {"N": CARD}, "branch": {"M": {"n": {"S": NAME}}}}
FAULTS: dict[str, Callable[[], BaseException]] = {
    "a defect": lambda: RuntimeError(QUOTES),
    "a wrong key": lambda: KeyError(QUOTES),
    "a chained defect": lambda: RuntimeError(QUOTES).with_traceback(None),
    "text that cannot be encoded": lambda: UnicodeEncodeError("utf-8", QUOTES, 0, 1, QUOTES),
    "a refused request": lambda: _client_error("ValidationException"),
    "a denied request": lambda: _client_error("AccessDeniedException"),
    "a failure inside AWS": lambda: _client_error("InternalServerError", 500),
    "throttling": lambda: _client_error("ThrottlingException"),
    "no connection": lambda: EndpointConnectionError(endpoint_url=QUOTES, error=QUOTES),
    "a stored item that cannot be read": lambda: _client_error("ConditionalCheckFailedException", Item=BROKEN_ITEM),
    "a broken transaction": lambda: _client_error(
        "TransactionCanceledException",
        CancellationReasons=[{"Code": "ConditionalCheckFailed", "Message": QUOTES, "Item": BROKEN_ITEM}] * 5,
    ),
}
