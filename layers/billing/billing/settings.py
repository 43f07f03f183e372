"""What the environment says; read once, when wiring needs it, never at import."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of the tables and of the token's tenant claim, and which stage this is."""

    billing_table: str
    summary_table: str
    tenant_claim: str
    stage: str
    ca_bundle: str | None
    gateway_accounts_prefix: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings of this process.

        A function that needs only one table is given only that one: the other name is then empty.
        """
        values = os.environ if environment is None else environment
        return cls(
            billing_table=values.get("BILLING_TABLE", ""),
            summary_table=values.get("SUMMARY_TABLE", ""),
            tenant_claim=values.get("TENANT_CLAIM", "tenant_id"),
            stage=values.get("STAGE", "production"),
            ca_bundle=values.get("DYNAMODB_CA_BUNDLE"),
            gateway_accounts_prefix=values.get("GATEWAY_ACCOUNTS_PREFIX", ""),
        )
