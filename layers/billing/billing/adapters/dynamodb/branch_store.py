"""Branches in the billing table: one partition a tenant, and a claim for each branch code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from billing.adapters.dynamodb.client import ConditionFailed, call
from billing.adapters.dynamodb.items import branch_from, branch_item, number, string
from billing.adapters.dynamodb.keys import branch_code_key, branch_key, branches_partition
from billing.domain.branch import Branch
from billing.domain.errors import BranchCodeTaken


class DynamoBranchStore:
    """Implements :class:`billing.application.ports.BranchStore`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, tenant: str, branch_id: str) -> Branch | None:
        """One strongly consistent read."""
        answer = call(
            self._client.get_item,
            TableName=self._table,
            Key=branch_key(tenant, branch_id),
            ConsistentRead=True,
        )
        return branch_from(answer["Item"]) if "Item" in answer else None

    def list(self, tenant: str) -> Sequence[Branch]:
        """One strongly consistent query a page; a tenant's branches fit into one."""
        branches: list[Branch] = []
        arguments: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {
                ":pk": string(branches_partition(tenant)),
                ":prefix": string("B#"),
            },
            "ConsistentRead": True,
        }
        while True:
            answer = call(self._client.query, **arguments)
            branches.extend(branch_from(item) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return branches
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def put(self, tenant: str, new: Branch, old: Branch | None) -> bool:
        """Branch and code claim in one transaction, conditional on the stored branch being ``old``."""
        branch_put: dict[str, Any] = {
            "TableName": self._table,
            "Item": {**branch_key(tenant, new.id), **branch_item(new)},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if old is not None:
            branch_put["ConditionExpression"] = "rev = :rev"
            branch_put["ExpressionAttributeValues"] = {":rev": number(old.rev)}
        writes: list[dict[str, Any]] = [{"Put": branch_put}]
        if old is None or old.code != new.code:
            claim = {
                "TableName": self._table,
                "Item": {**branch_code_key(tenant, new.code), "branch_id": string(new.id)},
                "ConditionExpression": "attribute_not_exists(pk)",
            }
            writes.append({"Put": claim})
        if old is not None and old.code != new.code:
            release = {"TableName": self._table, "Key": branch_code_key(tenant, old.code)}
            writes.append({"Delete": release})
        try:
            call(self._client.transact_write_items, TransactItems=writes)
        except ConditionFailed as failure:
            if not failure.failed[0]:
                raise BranchCodeTaken("Another branch has this code.") from failure
            return False
        return True
