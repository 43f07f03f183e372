"""One process as Lambda would start it: import a handler, answer requests, and say what that took.

Runs with nothing of the tools in sight (``python -S -E``). The order comes as JSON on standard input; the last line
of standard error is the result. Not imported by anything, so that only this file's few modules are loaded before.
"""

import importlib
import json
import logging  # noqa: F401  Lambda's own runtime client has these loaded before a handler is
import os
import sys
import time
import traceback  # noqa: F401

WARM_UP = 20


class Context:
    """What handlers use of Lambda's context."""

    aws_request_id = "00000000-0000-4000-8000-000000000000"
    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:ap-south-1:000000000000:function:bench"

    def get_remaining_time_in_millis(self):
        return 10_000


def main():
    order = json.load(sys.stdin)
    sys.path[0:1] = [order["folder"], *order["paths"]]
    wall, cpu = time.perf_counter_ns(), time.process_time_ns()
    handler = importlib.import_module("app").handler
    result = {
        "init_ms": (time.perf_counter_ns() - wall) / 1e6,
        "init_cpu_ms": (time.process_time_ns() - cpu) / 1e6,
        "modules": len(sys.modules),
    }
    context, cpu_ms = Context(), []
    for number, event in enumerate(order["events"] * order.get("repeat", 1)):
        text = json.dumps(event)
        # As Lambda's runtime client does: each request is a trace of its own.
        os.environ["_X_AMZN_TRACE_ID"] = f"Root=1-5759e988-{number:024x};Parent=53995c3f42cd8ad8;Sampled=1"
        cpu = time.process_time_ns()
        answer = handler(json.loads(text), context)
        cpu_ms.append((time.process_time_ns() - cpu) / 1e6)
        if answer.get("statusCode", 200) not in (200, 201):
            raise SystemExit(f"{order['folder']}: {answer['statusCode']}: {answer.get('body', '')[:500]}")
    if cpu_ms:
        result["first_cpu_ms"] = cpu_ms[0]
    if len(cpu_ms) > 1:
        result["second_cpu_ms"] = cpu_ms[1]
    if len(cpu_ms) > 2 * WARM_UP:
        warm = sorted(cpu_ms[WARM_UP:])
        result["warm_cpu_ms"] = warm[len(warm) // 2]
    sys.stdout.flush()
    os.write(2, ("\n" + json.dumps(result) + "\n").encode())


main()
