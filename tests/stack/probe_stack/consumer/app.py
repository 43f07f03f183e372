"""Log each batch, and fail as its keys say.

A key that begins with `poison` fails the whole batch; one that begins with `refused` is reported as a failed item.
"""

import json
import sys
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    records = event["Records"]
    keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
    print(json.dumps({"batch": keys}), file=sys.stderr)
    if any(key.startswith("poison") for key in keys):
        raise ValueError("poisoned batch")
    failed = [
        {"itemIdentifier": record["dynamodb"]["SequenceNumber"]}
        for key, record in zip(keys, records, strict=True)
        if key.startswith("refused")
    ]
    return {"batchItemFailures": failed}
