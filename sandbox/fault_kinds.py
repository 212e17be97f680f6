"""What each kind of fault does: one function and one row of `KINDS` for each. The words are explained in `faults`.

A kind acts in one of four places: on the world before the answer, on what is asked, instead of the answer,
or on the finished answer. Those of the last sort act one after the other, so that they combine: `gzip` and
then `damage` is a damaged gzip body.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sandbox.json_edit import edit_json
from sandbox.messages import (
    HTML_TYPE,
    JSON_TYPE,
    TEXT_TYPE,
    Answer,
    Delivery,
    Request,
    compact_json,
    json_answer,
    text_answer,
)
from sandbox.rate_limit import retry_after_value

LARGEST_BYTE = 255  # occurs nowhere in UTF-8


@dataclass(frozen=True, slots=True)
class Hit:
    """One request that a fault hits: the fault's parameters, how many it hit before, the provider's time."""

    parameters: dict[str, Any]
    number: int
    now_s: float

    def place(self) -> int:
        """The byte at which this hit acts: a later one each time when there is a `step`."""
        return int(self.parameters["at_byte"]) + self.number * int(self.parameters.get("step", 0))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind may be told, and which of the four things it does."""

    parameters: frozenset[str]
    required: frozenset[str]
    happens: bool = False  # an event of the world or of the provider, by the kind's name
    ask: Callable[[Hit, Request], Request] | None = None
    make: Callable[[Hit], Answer] | None = None
    spoil: Callable[[Hit, Answer], None] | None = None
    endpoint: str | None = None  # where it acts when the script names none


# ------------------------------------------------------------------ other questions


def _query(hit: Hit, request: Request) -> Request:
    query = dict(parse_qsl(request.query_text, keep_blank_values=True)) | hit.parameters["set"]
    return replace(request, query_text=urlencode(query))


# ------------------------------------------------------------------ answers that replace the real one


def _status(hit: Hit) -> Answer:
    p = hit.parameters
    text = compact_json(p["json"]).decode() if "json" in p else str(p.get("text", ""))
    answer = text_answer(
        text, int(p["status"]), p.get("content_type", JSON_TYPE if "json" in p else TEXT_TYPE)
    )
    answer.headers.update(p.get("headers", {}))
    retry_after = retry_after_value(str(p.get("retry_after", "none")), hit.now_s)
    if retry_after is not None:
        answer.headers["Retry-After"] = retry_after
    return answer


def _body(hit: Hit) -> Answer:
    p = hit.parameters
    raw = base64.b64decode(p["base64"]) if "base64" in p else str(p.get("text", "")).encode()
    raw *= int(p.get("repeat", 1))
    return Answer(
        int(p.get("status", 200)), raw, p.get("content_type", JSON_TYPE), dict(p.get("headers", {}))
    )


def _html(hit: Hit) -> Answer:
    page = (
        "<!DOCTYPE html><html><head><title>One moment please</title></head>"
        "<body><h1>Checking that you are a person</h1><script>/* challenge */</script></body></html>"
    )
    return text_answer(page, int(hit.parameters.get("status", 200)), HTML_TYPE)


def _reset(_: Hit) -> Answer:
    return Answer(200, delivery=Delivery(reset=True))


# ------------------------------------------------------------------ ways to spoil a finished answer


def _truncate(hit: Hit, answer: Answer) -> None:
    answer.delivery.body_bytes_sent = hit.place()
    answer.delivery.reset = bool(hit.parameters.get("reset", False))


def _damage(hit: Hit, answer: Answer) -> None:
    place = hit.place()
    if place < len(answer.body):
        byte = bytes([int(hit.parameters.get("byte", LARGEST_BYTE))])
        answer.body = answer.body[:place] + byte + answer.body[place + 1 :]


def _gzip(_: Hit, answer: Answer) -> None:
    answer.body = gzip.compress(answer.body, mtime=0)
    answer.headers["Content-Encoding"] = "gzip"


def _length(hit: Hit, answer: Answer) -> None:
    answer.headers["Content-Length"] = str(len(answer.body) + int(hit.parameters["off_by"]))
    answer.delivery.body_bytes_sent = len(answer.body)  # and hang up, or a client would wait for the rest


def _stall(hit: Hit, answer: Answer) -> None:
    answer.delivery.stall_seconds = float(hit.parameters["seconds"])
    answer.delivery.stalls_before_headers = hit.parameters.get("before") == "headers"
    if hit.parameters.get("then", "close") == "close":
        answer.delivery.body_bytes_sent = 0


def _drip(hit: Hit, answer: Answer) -> None:
    answer.delivery.drip_bytes = int(hit.parameters.get("chunk_bytes", 1))
    answer.delivery.drip_pause_seconds = float(hit.parameters.get("pause_seconds", 0.05))


def _lose(_: Hit, answer: Answer) -> None:
    answer.delivery.reset = True


def _field(hit: Hit, answer: Answer) -> None:
    try:
        payload = json.loads(answer.body)
    except ValueError:
        return  # an answer that is no JSON has no fields to change
    p = hit.parameters
    edit_json(payload, str(p["path"]), str(p["op"]), p.get("value"))
    answer.body = compact_json(payload)


def _kind(parameters: str = "", required: str = "", **how: Any) -> Kind:
    return Kind(frozenset((parameters + " " + required).split()), frozenset(required.split()), **how)


KINDS: dict[str, Kind] = {
    "status": _kind("headers text json content_type retry_after", required="status", make=_status),
    "body": _kind("text base64 repeat content_type status headers", make=_body),
    "html": _kind("status", make=_html),
    "json": _kind(required="value", make=lambda hit: json_answer(hit.parameters["value"])),
    "reset": _kind(make=_reset),
    "truncate": _kind("step reset", required="at_byte", spoil=_truncate),
    "damage": _kind("step byte", required="at_byte", spoil=_damage),
    "gzip": _kind(spoil=_gzip),
    "length": _kind(required="off_by", spoil=_length),
    "stall": _kind("then before", required="seconds", spoil=_stall),
    "drip": _kind("chunk_bytes pause_seconds", spoil=_drip),
    "field": _kind("value", required="path op", spoil=_field),
    "lost_token_answer": _kind(spoil=_lose, endpoint="token"),
    "query": _kind(required="set", ask=_query),
    "expire_tokens": _kind(happens=True),
    "expire_iracing_tokens": _kind(happens=True),
    "expire_strava_tokens": _kind(happens=True),
    "expire_links": _kind(happens=True),
    "shift": _kind("publish remove page", happens=True, endpoint="archived"),
    "clock_skew": _kind(required="seconds", happens=True),
}
