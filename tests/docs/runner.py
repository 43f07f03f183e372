"""Runs what the documents tell a reader to run, and compares what they say comes back.

A block marked ``sh`` holds commands that must succeed. In one marked ``console`` a line that begins with ``$ `` is a
command (indented lines go on with it) and what follows is its answer, in which ``…`` stands for anything. All
blocks of a document share one shell, in a folder that has the repository's examples.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

REPOSITORY = Path(__file__).resolve().parents[2]
LOCAL_URL = "http://127.0.0.1:3000"
# The lists and figures follow writes within moments.
PATIENCE_SECONDS = 60
_BLOCK = re.compile(r"^```(sh|console)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TOKEN = re.compile(r"make -s token(?: [A-Z_]+=(?:\"[^\"]*\"|[^\s)\"]+))*")
_MAKE = re.compile(r"make (?:-s )?([a-z-]+)((?: [A-Z_]+=\S+)*)")
# Commands of a document that need another machine, or that start and end what the tests run in.
ELSEWHERE = re.compile(r"(git clone|cd|sam|aws|open|xdg-open|docker|sudo|npx|apt(-get)?) ")

TokenOf = Callable[[dict[str, str]], str]


@dataclass(frozen=True)
class Step:
    """One command of a document, and the answer it shows (None: it shows none)."""

    command: str
    expected: str | None


def steps(text: str) -> Iterator[Step]:
    """The commands of a document, in order."""
    for kind, block in _BLOCK.findall(text):
        if kind == "sh":
            joined = re.sub(r"\s*\\\n\s*", " ", block)
            lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
            yield from (Step(line, None) for line in lines)
            continue
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = part.rstrip("\n").split("\n")
            end = 1
            while end < len(lines) and lines[end].startswith("    "):
                end += 1
            yield Step("\n".join(lines[:end]), "\n".join(lines[end:]) or None)


def matches(expected: str, found: str) -> bool:
    """Whether an answer is the one shown."""
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, found.strip(), re.DOTALL) is not None


class Shell:
    """One bash that lives as long as a document."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "examples").symlink_to(REPOSITORY / "examples")
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and output."""
        out = self.folder / ".answer"
        assert self._bash.stdin
        assert self._bash.stdout
        _write(self._bash.stdin, f"{{ {command}\n}} > {out} 2>&1 < /dev/null; echo $?\n")
        code = self._bash.stdout.readline()
        if not code:
            raise AssertionError(f"the shell ended at: {command}")
        return int(code), out.read_text(encoding="utf-8")

    def end(self) -> None:
        """End it."""
        if self._bash.stdin:
            self._bash.stdin.close()
        if self._bash.stdout:
            self._bash.stdout.close()
        self._bash.wait(10)


def _write(pipe: IO[str], text: str) -> None:
    pipe.write(text)
    pipe.flush()


def follow(document: Path, folder: Path, url: str, token_of: TokenOf, settle: Callable[[], None]) -> int:
    """Do what a document says; the number of commands run.

    Raises:
        AssertionError: a command failed, or answered something else than the document says.
    """
    shell = Shell(folder)
    ran = 0
    try:
        for step in steps(document.read_text(encoding="utf-8")):
            if ELSEWHERE.match(step.command):
                continue
            command = _TOKEN.sub(lambda match: _printed(token_of(_settings(match[0]))), step.command)
            target = _MAKE.match(command)
            if target:
                # What it does is tested elsewhere; that there is such a target is tested here.
                subprocess.run(["make", "-n", target[1]], cwd=REPOSITORY, check=True, capture_output=True)
                continue
            settle()
            _do(shell, command.replace(LOCAL_URL, url), step)
            ran += 1
    finally:
        shell.end()
    return ran


def _do(shell: Shell, command: str, step: Step) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        code, found = shell.run(command)
        if code == 0 and (step.expected is None or matches(step.expected, found)):
            return
        reads = "curl" in command and "-X" not in command and "-d " not in command
        if not reads or time.monotonic() > deadline:
            raise AssertionError(f"$ {step.command}\nexit code {code}, answered:\n{found}\nexpected:\n{step.expected}")
        time.sleep(0.5)


def _settings(command: str) -> dict[str, str]:
    return {name: value.strip('"') for name, value in re.findall(r"([A-Z_]+)=(\"[^\"]*\"|[^\s)\"]+)", command)}


def _printed(token: str) -> str:
    return f"printf %s '{token}'"
