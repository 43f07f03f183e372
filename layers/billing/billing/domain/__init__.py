"""Billing rules as pure functions and frozen values; standard library only."""
