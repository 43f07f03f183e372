"""Write the documents that are generated: `python -m tools.openapi`, or with `--check` say which are stale."""

from __future__ import annotations

import argparse
import sys

from tools.openapi.files import stale, write


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file would change")
    if not parser.parse_args().check:
        write()
        return 0
    names = stale()
    for name in names:
        print(f"stale: {name} (python -m tools.openapi writes it)")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
