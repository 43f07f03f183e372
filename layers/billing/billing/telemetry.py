"""Logging. Never a body, a token, a name or a phone number: ids, codes and durations only."""

from __future__ import annotations

from aws_lambda_powertools.logging import Logger


def logger() -> Logger:
    """The service's structured logger; the same one for every module of a function."""
    return Logger(service="billing")
