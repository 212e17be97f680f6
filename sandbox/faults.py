"""Scripted misbehaviour: which requests a fault hits, and what it does to them.

A fault is a flat JSON object: `kind`, the conditions that all kinds share, and the kind's own
parameters. A kind is one row of `KINDS`; adding one takes a row and a function.

Conditions, all optional:
    endpoint, id      a name or a list; without an endpoint any data endpoint, never the sign-in
    path_contains     part of the path with its query
    at_request        a number or a list, counted from 1
    after_requests    so many pass first
    chance, seed      hit with this probability, the same requests for the same seed
    times             how often at most; 1 unless at_request or chance is given; 0 means for ever

The surprising thing is that a fault counts only the requests that meet its other conditions:
`{"endpoint": "details", "id": X, "at_request": 2}` hits the second request for class X, whatever
came in between. Requests above the rate limit are refused before any fault sees them.

Kinds that replace the answer (the provider is not asked, so a token is not rotated):
    status    status, text or json, content_type, headers, retry_after ("seconds:5", "date:5", any text)
    body      text or base64, repeat, content_type, status, headers
    html      a challenge page; status, 200 unless given
    json      value: any literal
    reset     the connection is reset without an answer
Kinds that spoil the real answer:
    truncate  at_byte: the body ends there, Content-Length promises all of it; reset: true for a RST
    stall     seconds of silence after the headers, then "close" (default) or "send"
    drip      chunk_bytes, pause_seconds between chunks
    field     path, op (set, delete, retype), value (for retype the name of a type)
    lost_token_answer  the token endpoint does its work, then drops the connection
Kinds that change the world before the request is answered:
    expire_tokens      every access token dies
    shift              publish and remove so many classes (remove from `page`); on the list by default
"""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sandbox.json_edit import edit_json
from sandbox.messages import (
    HTML_TYPE,
    JSON_TYPE,
    TEXT_TYPE,
    Answer,
    Delivery,
    Request,
    Target,
    compact_json,
    json_answer,
    text_answer,
)
from sandbox.rate_limit import retry_after_value

CONDITIONS = {"endpoint", "id", "path_contains", "at_request", "after_requests", "chance", "seed", "times"}
FOR_EVER = 0


class Phase(Enum):
    """When a fault acts: on the world before the answer, instead of it, or on the finished answer."""

    BEFORE = "before"
    INSTEAD = "instead"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Kind:
    phase: Phase
    parameters: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    make: Callable[[dict[str, Any]], Answer] | None = None
    spoil: Callable[[dict[str, Any], Answer], None] | None = None
    endpoint: str | None = None  # where it acts when the script names none


# ------------------------------------------------------------------ answers that replace the real one


def _status(p: dict[str, Any]) -> Answer:
    text = compact_json(p["json"]).decode() if "json" in p else str(p.get("text", ""))
    answer = text_answer(
        text, int(p["status"]), p.get("content_type", JSON_TYPE if "json" in p else TEXT_TYPE)
    )
    answer.headers.update(p.get("headers", {}))
    retry_after = retry_after_value(str(p.get("retry_after", "none")), time.time())
    if retry_after is not None:
        answer.headers["Retry-After"] = retry_after
    return answer


def _body(p: dict[str, Any]) -> Answer:
    raw = base64.b64decode(p["base64"]) if "base64" in p else str(p.get("text", "")).encode()
    raw *= int(p.get("repeat", 1))
    return Answer(
        int(p.get("status", 200)), raw, p.get("content_type", JSON_TYPE), dict(p.get("headers", {}))
    )


def _html(p: dict[str, Any]) -> Answer:
    page = (
        "<!DOCTYPE html><html><head><title>One moment please</title></head>"
        "<body><h1>Checking that you are a person</h1><script>/* challenge */</script></body></html>"
    )
    return text_answer(page, int(p.get("status", 200)), HTML_TYPE)


def _reset(_: dict[str, Any]) -> Answer:
    return Answer(200, delivery=Delivery(reset=True))


# ------------------------------------------------------------------ ways to spoil a finished answer


def _truncate(p: dict[str, Any], answer: Answer) -> None:
    answer.delivery.body_bytes_sent = int(p["at_byte"])
    answer.delivery.reset = bool(p.get("reset", False))


def _stall(p: dict[str, Any], answer: Answer) -> None:
    answer.delivery.stall_seconds = float(p["seconds"])
    if p.get("then", "close") == "close":
        answer.delivery.body_bytes_sent = 0


def _drip(p: dict[str, Any], answer: Answer) -> None:
    answer.delivery.drip_bytes = int(p.get("chunk_bytes", 1))
    answer.delivery.drip_pause_seconds = float(p.get("pause_seconds", 0.05))


def _lose(_: dict[str, Any], answer: Answer) -> None:
    answer.delivery.reset = True


def _field(p: dict[str, Any], answer: Answer) -> None:
    try:
        payload = json.loads(answer.body)
    except ValueError:
        return  # an answer that is no JSON has no fields to change
    edit_json(payload, str(p["path"]), str(p["op"]), p.get("value"))
    answer.body = compact_json(payload)


def _kind(phase: Phase, parameters: str = "", required: str = "", **how: Any) -> Kind:
    return Kind(phase, frozenset((parameters + " " + required).split()), frozenset(required.split()), **how)


KINDS: dict[str, Kind] = {
    "status": _kind(
        Phase.INSTEAD, "headers text json content_type retry_after", required="status", make=_status
    ),
    "body": _kind(Phase.INSTEAD, "text base64 repeat content_type status headers", make=_body),
    "html": _kind(Phase.INSTEAD, "status", make=_html),
    "json": _kind(Phase.INSTEAD, required="value", make=lambda p: json_answer(p["value"])),
    "reset": _kind(Phase.INSTEAD, make=_reset),
    "truncate": _kind(Phase.AFTER, "reset", required="at_byte", spoil=_truncate),
    "stall": _kind(Phase.AFTER, "then", required="seconds", spoil=_stall),
    "drip": _kind(Phase.AFTER, "chunk_bytes pause_seconds", spoil=_drip),
    "field": _kind(Phase.AFTER, "value", required="path op", spoil=_field),
    "lost_token_answer": _kind(Phase.AFTER, spoil=_lose, endpoint="token"),
    "expire_tokens": _kind(Phase.BEFORE),
    "shift": _kind(Phase.BEFORE, "publish remove page", endpoint="archived"),
}


# ------------------------------------------------------------------ the script


def _as_list(value: Any) -> list[Any] | None:
    if value is None:
        return None
    return value if isinstance(value, list) else [value]


@dataclass(slots=True)
class Fault:
    """One line of the script with its own count of the requests it has seen and hit."""

    name: str
    kind: Kind
    parameters: dict[str, Any]
    endpoints: list[str] | None
    ids: list[str] | None
    path_contains: str
    at_requests: list[int] | None
    after_requests: int
    chance: float
    times: int
    random: random.Random
    seen: int = 0
    fired: int = 0

    @classmethod
    def parse(cls, line: dict[str, Any]) -> Fault:
        """Read one script line; a wrong word is refused by name, so that no fault is silently idle."""
        if not isinstance(line, dict):
            raise ValueError(f"a fault is an object, not {line!r}")
        kind = KINDS.get(line.get("kind", ""))
        if kind is None:
            raise ValueError(f"unknown fault kind {line.get('kind')!r}; known: {', '.join(sorted(KINDS))}")
        given = set(line) - {"kind"}
        if unknown := given - CONDITIONS - kind.parameters:
            raise ValueError(f"fault {line['kind']!r} does not know {sorted(unknown)}")
        if missing := kind.required - given:
            raise ValueError(f"fault {line['kind']!r} needs {sorted(missing)}")
        selective = "at_request" in line or "chance" in line
        return cls(
            name=line["kind"],
            kind=kind,
            parameters={name: value for name, value in line.items() if name in kind.parameters},
            endpoints=_as_list(line.get("endpoint", kind.endpoint)),
            ids=_as_list(line.get("id")),
            path_contains=str(line.get("path_contains", "")),
            at_requests=_as_list(line.get("at_request")),
            after_requests=int(line.get("after_requests", 0)),
            chance=float(line.get("chance", 1.0)),
            times=int(line.get("times", FOR_EVER if selective else 1)),
            random=random.Random(line.get("seed", 0)),
        )

    def hits(self, request: Request, target: Target) -> bool:
        """Whether this request is hit; counts it in any case if the conditions on it hold."""
        if self.endpoints is None and not target.is_data:
            return False
        if self.endpoints is not None and target.endpoint not in self.endpoints:
            return False
        if self.ids is not None and target.id not in self.ids:
            return False
        if self.path_contains not in request.target:
            return False
        self.seen += 1
        lucky = self.random.random() < self.chance  # drawn each time: the sequence stays the same
        if self.seen <= self.after_requests or not lucky:
            return False
        if self.at_requests is not None and self.seen not in self.at_requests:
            return False
        if self.times != FOR_EVER and self.fired >= self.times:
            return False
        self.fired += 1
        return True


@dataclass(slots=True)
class FaultScript:
    """The faults in force. Not thread-safe: the caller holds a lock."""

    faults: list[Fault] = field(default_factory=list)

    def replace(self, lines: Iterable[dict[str, Any]]) -> None:
        self.faults = [Fault.parse(line) for line in lines]

    def hitting(self, request: Request, target: Target) -> list[Fault]:
        return [fault for fault in self.faults if fault.hits(request, target)]

    def state(self) -> list[dict[str, Any]]:
        return [{"kind": fault.name, "seen": fault.seen, "fired": fault.fired} for fault in self.faults]
