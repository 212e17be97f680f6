"""Scripted misbehaviour: which requests a fault hits, and what it does to them.

A fault is a flat JSON object: `kind`, the conditions that all kinds share, and the kind's own parameters.

Conditions, all optional:
    endpoint, id      a name or a list; without an endpoint any data endpoint, never the sign-in
    path_contains     part of the path with its query
    at_request        a number or a list, counted from 1
    after_requests    so many pass first
    chance, seed      hit with this probability, the same requests for the same seed; without a seed the
                      place in the script is one
    times             how often at most; 1 unless at_request or chance is given; 0 means for ever
    note              what it is in plain words, shown when the faults are counted

The surprising thing is that a fault counts only the requests that meet its other conditions:
`{"endpoint": "details", "id": X, "at_request": 2}` hits the second request for class X, whatever
came in between. Requests above the rate limit are refused before any fault sees them.

Kinds that replace the answer (the provider is not asked, so a token is not rotated; the first one wins):
    status    status, text or json, content_type, headers, retry_after ("seconds:5", "date:5", any text)
    body      text or base64, repeat, content_type, status, headers
    html      a challenge page; status, 200 unless given
    json      value: any literal
    reset     the connection is reset without an answer
Kinds that spoil the answer, one after the other in the order of the script:
    truncate  at_byte: the body ends there, Content-Length promises all of it; reset: true for a RST;
              step: each hit cuts so many bytes later, so that one fault tries all cuts
    damage    at_byte: one byte is replaced by `byte` (255 unless given, which is never UTF-8); step as above
    gzip      the body travels compressed; `damage` and `truncate` after it hit the compressed bytes
    length    off_by: Content-Length is so much larger (smaller when negative) than the body
    stall     seconds of silence after the headers (before: "headers" for before them), then "close"
              (default) or "send"
    drip      chunk_bytes, pause_seconds between chunks
    field     path, op (set, delete, retype, rename, add), value (for retype the name of a type, for
              rename the new key, for add a number)
    lost_token_answer  the token endpoint does its work, then drops the connection
Kinds that change what the provider is asked:
    query     set: query parameters to replace. The answer is an honest one to another question: a page
              that repeats another. `field` may let it claim to be the page that was asked for
Kinds that change the world before the request is answered:
    expire_tokens      every access token of the provider that is asked dies
    expire_iracing_tokens  those of iRacing, whoever is asked
    expire_strava_tokens   those of Strava, likewise
    expire_links       every storage link that iRacing gave so far is dead
    shift              publish and remove so many classes (remove from `page`); on the list by default
    clock_skew         seconds: from now on the provider's clock is so far ahead of ours (behind when
                       negative): its Date header, its Retry-After dates, the times in its tokens

What is not a kind of its own is one of these with other words: NaN, keys given twice, deep nesting, 50 MB
(`body` with repeat), null, [] and numbers (`json`), endless pages (`query` for ever and a `field` total).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.fault_kinds import KINDS, Hit, Kind
from sandbox.messages import Request, Target

CONDITIONS = {
    "endpoint", "id", "path_contains", "at_request", "after_requests", "chance", "seed", "times", "note",
}  # fmt: skip
FOR_EVER = 0


def _as_list(value: Any) -> list[Any] | None:
    if value is None:
        return None
    return value if isinstance(value, list) else [value]


@dataclass(slots=True)
class Fault:
    """One line of the script with its own count of the requests it has seen and hit."""

    name: str
    note: str
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
    def parse(cls, line: dict[str, Any], place: int = 0) -> Fault:
        """Read the script's line at a `place`; a wrong word is refused by name, so that no fault is silently idle."""
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
            note=str(line.get("note", line["kind"])),
            kind=kind,
            parameters={name: value for name, value in line.items() if name in kind.parameters},
            endpoints=_as_list(line.get("endpoint", kind.endpoint)),
            ids=_as_list(line.get("id")),
            path_contains=str(line.get("path_contains", "")),
            at_requests=_as_list(line.get("at_request")),
            after_requests=int(line.get("after_requests", 0)),
            chance=float(line.get("chance", 1.0)),
            times=int(line.get("times", FOR_EVER if selective else 1)),
            random=random.Random(line.get("seed", place)),
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

    def hit(self, now_s: float) -> Hit:
        """The latest hit, for what the kind does."""
        return Hit(self.parameters, self.fired - 1, now_s)


@dataclass(slots=True)
class FaultScript:
    """The faults in force. Not thread-safe: the caller holds a lock."""

    faults: list[Fault] = field(default_factory=list)

    def replace(self, lines: Iterable[dict[str, Any]]) -> None:
        self.faults = [Fault.parse(line, place) for place, line in enumerate(lines)]

    def hitting(self, request: Request, target: Target) -> list[Fault]:
        return [fault for fault in self.faults if fault.hits(request, target)]

    def state(self) -> list[dict[str, Any]]:
        return [
            {"kind": fault.name, "note": fault.note, "seen": fault.seen, "fired": fault.fired}
            for fault in self.faults
        ]
