"""A page and its files, served by a function out of its own folder: named in advance, typed, kept by ETag."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

from billing.domain import errors
from billing.http.request import Event, header

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Everything from this origin, nothing inline, no frame around it; Trusted Types make the browser refuse any
# text that a script would turn into markup. An API behind the page is called from the same origin.
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# A module's imports of its neighbours, and the word that lets them import it.
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./[a-z_]+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let) )", re.MULTILINE)


@dataclass(frozen=True)
class StaticFile:
    """Content ready to send; ``zipped`` is the same, gzipped."""

    content_type: str
    content: bytes
    zipped: bytes
    etag: str


class StaticFiles:
    """Files by the name they are served under, each made of one or several parts in ``folder``.

    Only these names exist: nothing of a request ever becomes a path. Scripts of several parts are joined, so that
    opening a page takes one function at a time rather than one for each module. Read at first use.
    """

    def __init__(self, folder: Path, parts: Mapping[str, Sequence[str]]) -> None:
        self._folder = folder
        self._parts = parts
        self._read: dict[str, StaticFile] = {}

    def answer(self, event: Event, name: str) -> Response[bytes]:
        """The file, or 304 if the caller has it already.

        Raises:
            RouteNotFound: no file has this name.
        """
        found = self._file(name)
        headers: dict[str, str | list[str]] = {
            **SECURITY_HEADERS,
            # Kept, but asked for each time: a new deployment shows at once, and an unchanged file costs a 304.
            "Cache-Control": "no-cache",
            "ETag": found.etag,
            "Vary": "Accept-Encoding",
        }
        if found.etag in (header(event, "if-none-match") or ""):
            # Empty rather than absent: a null body is a fault to some of what stands in for API Gateway.
            return Response(status_code=304, body=b"", headers=headers)
        content = found.content
        if re.search(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\b)", header(event, "accept-encoding") or ""):
            content = found.zipped
            headers["Content-Encoding"] = "gzip"
        # Bytes travel in base64 between Lambda and the gateway, which sends them as they are.
        return Response(status_code=200, content_type=found.content_type, body=content, headers=headers)

    def _file(self, name: str) -> StaticFile:
        if name not in self._parts:
            raise errors.RouteNotFound("There is nothing at this path.")
        if name not in self._read:
            text = join_parts([(self._folder / part).read_text("utf-8") for part in self._parts[name]], name)
            content = text.encode()
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            zipped = gzip.compress(content, mtime=0)
            self._read[name] = StaticFile(CONTENT_TYPES[Path(name).suffix], content, zipped, etag)
        return self._read[name]


def join_parts(texts: Sequence[str], name: str) -> str:
    """Parts as one file. Scripts become one module: what they import from each other is in it already.

    Their top-level names must differ; a browser refuses the whole script otherwise, and the page's tests with it.
    """
    if not name.endswith(".js"):
        return "\n".join(texts)
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)
