"""The storage host: documents by their content, and signed links to them that die soon.

A link is followed without a token: a request that carries one is refused, as the real storage refuses two
ways to authenticate. The two clocks differ on purpose: a link lives for its seconds, while the `expires` of
the answer it came in tells of the document and lies minutes ahead.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

from sandbox.messages import Answer, Request
from sandbox.peloton.seeds import Seeds

BYTES_KEPT = 64_000_000
LINKS_KEPT = 5_000
XML_TYPE = "application/xml"
CSV_TYPE = "text/csv"


@dataclass(slots=True)
class Document:
    body: bytes
    content_type: str


class Storage:
    """Not thread-safe: the caller holds a lock."""

    def __init__(self, seeds: Seeds, prefix: str) -> None:
        self._seeds = seeds
        self._prefix = prefix
        self._documents: dict[str, Document] = {}
        self._dies_s: dict[str, tuple[str, float]] = {}  # signature: (path, when the link dies)
        self._signed = 0

    def keep(self, folder: str, body: bytes, content_type: str, suffix: str = "") -> str:
        """Store a document; its path is named after its content."""
        path = f"/{self._prefix}/{folder}/{hashlib.sha256(body).hexdigest()}{suffix}"
        self._documents.pop(path, None)  # so that a document given again is the newest once more
        self._documents[path] = Document(body, content_type)
        while sum(len(document.body) for document in self._documents.values()) > BYTES_KEPT:
            del self._documents[next(iter(self._documents))]
        return path

    def signed(self, path: str, now_s: float, life_s: float) -> str:
        """The path with a signature of its own."""
        self._signed += 1
        signature = self._seeds.hex_id("iracing-signature", self._signed)
        self._dies_s[signature] = (path, now_s + life_s)
        while len(self._dies_s) > LINKS_KEPT:
            del self._dies_s[next(iter(self._dies_s))]
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%dT%H%M%SZ"),
            "X-Amz-Expires": str(int(life_s)),
            "X-Amz-Signature": signature,
            "X-Amz-SignedHeaders": "host",
        }
        return f"{path}?{urlencode(query)}"

    def expire_links(self) -> None:
        """Every link given so far is dead."""
        self._dies_s = {signature: (path, 0.0) for signature, (path, _) in self._dies_s.items()}

    def answer(self, request: Request) -> Answer:
        if "authorization" in request.headers:
            return _refusal(400, "InvalidArgument", "Only one auth mechanism allowed")
        signature = parse_qs(request.query_text).get("X-Amz-Signature", [""])[0]
        path, dies_s = self._dies_s.get(signature, ("", 0.0))
        if path != request.path:
            return _refusal(403, "SignatureDoesNotMatch", "The signature does not match")
        if request.now_s >= dies_s:
            return _refusal(403, "AccessDenied", "Request has expired")
        document = self._documents.get(path)
        if document is None:
            return _refusal(404, "NoSuchKey", "The specified key does not exist.")
        return Answer(200, document.body, document.content_type)


def _refusal(status: int, code: str, message: str) -> Answer:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Answer(status, text.encode(), XML_TYPE)
