"""The demo tenant's accounts at the payment gateways: secrets in the local Secrets Manager, as on AWS."""

from __future__ import annotations

import json
from typing import Any

from tools.local_stack.settings import StackSettings

TENANT, BRANCH = "demo", "pune"
# Not secrets: they open a stack on this machine that holds invented people.
ACCOUNTS: dict[str, list[str]] = {
    "razorpay": ["local-razorpay-webhook-secret", "local-razorpay-previous-secret"],
    "cashfree": ["local-cashfree-client-secret"],
    "stripe": ["whsec_local"],
    "phonepe": ["local-user:local-password"],
    "payu": ["local-payu-salt"],
}


def account_token(provider: str) -> str:
    """The unguessable part of a callback's address; a local one may as well be guessed."""
    return f"local-{provider}-account"


def add_accounts(secretsmanager: Any, settings: StackSettings) -> dict[str, Any]:
    """Store every account's secret. Returns what stack.json says of them."""
    described = {}
    for provider, secrets in ACCOUNTS.items():
        token = account_token(provider)
        document = {"tenant": TENANT, "branch_id": BRANCH, "secrets": secrets}
        name = f"{settings.stack_name}/gateways/{provider}/{token}"
        secretsmanager.create_secret(Name=name, SecretString=json.dumps(document))
        described[provider] = {
            "url": f"{settings.base_url}/callbacks/{provider}/{token}",
            "account_token": token,
            "secret_name": name,
            "secrets": secrets,
            "tenant": TENANT,
            "branch_id": BRANCH,
        }
    return described
