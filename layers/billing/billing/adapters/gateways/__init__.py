"""The payment gateways, one module each; a further gateway is one more module here.

A module is a gateway when its name has no leading underscore and it has a ``GATEWAY``. Only the
module a request names is imported: a cold start pays for one gateway, not for all of them.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from billing.application.gateway_port import Gateway


@cache
def gateway_names() -> frozenset[str]:
    """The names of all gateways, as they stand in a callback's address."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def find_gateway(name: str) -> Gateway | None:
    """The gateway of that name, or None: the name comes from outside and is only ever compared."""
    if name not in gateway_names():
        return None
    gateway: Gateway = import_module(f"{__name__}.{name}").GATEWAY
    return gateway
