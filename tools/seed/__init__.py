"""The demo data: two tenants, four branches in two states, 400 days of invoices across a financial year's end.

catalogue    what the clinics are: branches, services, people
history      what happened to them, drawn from one random seed: the same on every machine, for ever
play         the history, acted out through the use cases with the clock of its own days
in_process   the emulator's DynamoDB, called without HTTP, so that thousands of writes take seconds
"""
