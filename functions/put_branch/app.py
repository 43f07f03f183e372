"""PUT /branches/{id}: register a branch, or change what may still change."""

from typing import Any

from billing import wiring
from billing.application.branches import put_branch
from billing.domain.branch import Branch
from billing.domain.errors import BranchNotFound
from billing.domain.identifiers import BRANCH_ID
from billing.http import present
from billing.http.endpoint import WRITE_SCOPE, Endpoint, respond
from billing.http.request import json_object
from billing.http.schemas import BranchBody, parse_body
from billing.http.warnings import gstin_warnings

endpoint = Endpoint(WRITE_SCOPE)


@endpoint.route("PUT", "/branches/<branch_id>")
def put(branch_id: str) -> Any:
    """Answer 201 for a new branch, 200 for a changed or unchanged one."""
    caller, services = endpoint.caller(), wiring.services()
    if not BRANCH_ID.fullmatch(branch_id):
        raise BranchNotFound
    body = parse_body(BranchBody, json_object(endpoint.event))
    warnings = gstin_warnings("/gstin", body.gstin, services.settings.stage)
    wanted = Branch(branch_id, body.name, body.code, body.state_code, body.gstin, body.round_off, address=body.address)
    stored = put_branch(services.branches, services.patience, caller, wanted)
    return respond(201 if stored.created else 200, {**present.branch(stored.branch), **warnings})


handler = endpoint.handler(lambda services: services.branches.get(wiring.NOBODY.tenant, wiring.NOTHING))
