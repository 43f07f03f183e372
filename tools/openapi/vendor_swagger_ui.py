"""Put the pinned Swagger UI beside the function that serves it: `python -m tools.openapi.vendor_swagger_ui`.

The two files and the licences are committed, compressed: a build and an offline machine need no npm. A test checks
their SHA-256 against :data:`FILES`; to take another release, change the pins and run this (it needs npm).
"""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

PACKAGE, VERSION = "swagger-ui-dist", "5.35.0"
ASSETS = Path(__file__).resolve().parents[2] / "functions" / "api_reference" / "assets"
# File of the package → where it goes, and the SHA-256 of its bytes there before compression.
FILES = {
    "swagger-ui-bundle.js": ("swagger-ui.js.gz", "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2"),
    "swagger-ui.css": ("swagger-ui.css.gz", "a6a4cf68f069eb89984d5d43644e6a812e749df08d2b1320c6e06e6973847d10"),
    "LICENSE": ("swagger-ui.LICENSE", "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"),
    "NOTICE": ("swagger-ui.NOTICE", "0d20d1adef18aee3f40dd258172155521ce702ac445cb5f7b7d60ed32dad2fb2"),
    "swagger-ui-bundle.js.LICENSE.txt": (
        "swagger-ui.js.LICENSE.txt",
        "37eb6e7e59aed57b2c1acf076574b818ea07b74265717e0bd67b59e0baf9abbb",
    ),
}


def main() -> None:
    """Fetch, check and write.

    Raises:
        SystemExit: a file is not what the pins say.
    """
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.split()[-1]
        with tarfile.open(Path(folder) / packed) as archive:
            for name, (target, digest) in FILES.items():
                member = archive.extractfile(f"package/{name}")
                if member is None:
                    raise SystemExit(f"{PACKAGE} has no {name}")
                content = _without_source_map(member.read())
                found = hashlib.sha256(content).hexdigest()
                if found != digest:
                    raise SystemExit(f"{name}: SHA-256 is {found}, pinned is {digest}")
                # No time inside: the same release gives the same bytes.
                (ASSETS / target).write_bytes(gzip.compress(content, 9, mtime=0) if target.endswith(".gz") else content)


def _without_source_map(content: bytes) -> bytes:
    """Without the pointer to a file that is not here, which browsers would ask for."""
    lines = content.splitlines(keepends=True)
    return b"".join(line for line in lines if b"sourceMappingURL=" not in line or len(line) > 200)


if __name__ == "__main__":
    main()
