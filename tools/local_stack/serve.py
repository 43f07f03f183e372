"""The local stack's one process: the emulator with our additions, on two ports.

    python -m tools.local_stack.serve <folder> <api port> <aws port> <stack name>

`tools.local_stack` starts it in the right environment; it ends, with its workers, on SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.core import lambda_runtime, responses

from tools.local_stack import math_alarms, openapi_import, speed, stream_poller, workers
from tools.local_stack.front_door import FrontDoor
from tools.local_stack.settings import HOST, REGION, REPOSITORY, StackSettings
from tools.local_stack.tokens import Issuer


def seed(billing_table: str, summary_table: str) -> Any:
    """Play the demo history on the deployed tables. Returns what stack.json says about it."""
    sys.path.insert(0, str(REPOSITORY / "layers" / "billing"))
    from billing.settings import Settings
    from tools.seed.in_process import InProcessDynamoDb
    from tools.seed.play import play

    responses._request_region.set(REGION)
    settings = Settings(billing_table, summary_table, "tenant_id", "local", None)
    return play(InProcessDynamoDb(), settings)


async def run(settings: StackSettings) -> None:
    """Serve until the process is asked to end."""
    openapi_import.install()
    math_alarms.install()
    speed.install()
    workers.install(settings.folder, settings.temporary)
    poller = stream_poller.install(settings.aws_url)

    async def control(command: str) -> Any:
        match command.split("/"):
            case ["stream"]:
                return {"behind": poller.behind()}
            case ["seed", billing_table, summary_table]:
                return await asyncio.to_thread(seed, billing_table, summary_table)
            case _:
                raise LookupError(command)

    config = Config()
    config.bind = [f"{HOST}:{settings.aws_port}", f"{HOST}:{settings.api_port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    door = FrontDoor(
        settings.api_port,
        settings.stack_name,  # the template names its API after the stack
        Issuer(settings.issuer, settings.key_file),
        control,
        concurrency=2 * (os.cpu_count() or 2),
    )
    await serve(door, config, shutdown_trigger=stopping.wait)  # type: ignore[arg-type]
    lambda_runtime.reset()  # ends the workers and removes their unpacked copies of the code


if __name__ == "__main__":
    folder, api_port, aws_port, stack_name = sys.argv[1:]
    asyncio.run(run(StackSettings(Path(folder), int(api_port), int(aws_port), stack_name)))
