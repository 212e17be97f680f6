"""What travels between the server and a provider: a request, an answer, and how the answer is delivered.

The surprising thing is `Delivery`: most faults are not other answers but the right answer sent
badly (cut, stalled, dripped, reset), so the way of sending is data that a fault may change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=utf-8"
TEXT_TYPE = "text/plain; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; header names are lower-case."""

    method: str
    path: str
    query_text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    now_s: float = 0.0
    """The provider's time (Unix seconds) when it is answered."""

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query_text}" if self.query_text else self.path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.query_text, keep_blank_values=True)

    def first(self, name: str) -> str | None:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Target:
    """What a request asks for: an endpoint's short name, and the id in the path where there is one.

    `is_data` tells the endpoints that carry data, which the rate limit and unnamed faults apply to.
    """

    endpoint: str
    id: str | None = None
    is_data: bool = True


@dataclass(slots=True)
class Delivery:
    """How the bytes reach the client; the default is whole and at once."""

    body_bytes_sent: int | None = None
    stall_seconds: float = 0.0
    stalls_before_headers: bool = False
    drip_bytes: int = 0
    drip_pause_seconds: float = 0.0
    reset: bool = False


@dataclass(slots=True)
class Answer:
    """Status, headers and body; the server adds Date, Content-Type and Content-Length."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery = field(default_factory=Delivery)


def compact_json(value: Any) -> bytes:
    """JSON as short as it gets; plain ASCII, so NUL and lone surrogates travel as escapes."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def json_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, compact_json(value))


def text_answer(text: str, status: int, content_type: str = TEXT_TYPE) -> Answer:
    return Answer(status, text.encode(), content_type)
