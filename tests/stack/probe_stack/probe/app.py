"""Say what a function can see."""

import importlib.util
import json
import os
import sys
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    names = ["from_layer", "pytest", "boto3", "botocore", "pydantic", "ministack", "cryptography", "pip"]
    seen = {
        "found": [name for name in names if importlib.util.find_spec(name)],
        "path": sys.path,
        "environment": sorted(name for name in os.environ if name.startswith(("AWS_", "SAM_", "LAYER_", "PYTHON"))),
        "authorizer": event.get("requestContext", {}).get("authorizer"),
    }
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(seen)}
