"""From bytes on the wire to a JSON value that may be believed, or the reason why not.

Stricter than the json module: NaN, a key given twice, bytes that are no UTF-8 and other content types are
refused. Surprising: the body is read with `read1`, which returns what is there; `read` would wait for a full
block, and a server that sends a byte a second would never meet the deadline.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any, NoReturn

import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from resources.redact import one_line
from resources.surrogates import mended

CHUNK_BYTES = 64 * 1024
FIRST_BYTES = 200


class Unreadable(Exception):
    """Why a body must not be believed."""


def read_body(response: requests.Response, ends: float, max_bytes: int) -> bytes:
    """The whole body. `read1` returns what is there, so that a slow drip meets the deadline too."""
    body = bytearray()
    try:
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > max_bytes:
                raise Unreadable(f"the answer is larger than {max_bytes} bytes")
            if time.monotonic() > ends:
                raise requests.Timeout("the answer came too slowly and was given up")
    except Urllib3Error as error:
        if "timed out" in str(error):
            raise requests.Timeout("the answer stalled") from None
        said = error.args[0] if error.args else error  # the rest repeats it as Python would print it
        raise Unreadable(f"the answer broke off or is damaged: {one_line(said, 80)}") from None
    return bytes(body)


def parse_json(response: requests.Response, body: bytes) -> tuple[str, Any]:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if kind.lower() != "application/json" and not kind.lower().endswith("+json"):
        raise Unreadable(f"content type {one_line(kind, 60) or 'missing'!r} instead of JSON")
    return parse_text(body)


def parse_text(body: bytes) -> tuple[str, Any]:
    """JSON of whatever content type."""
    try:
        text = body.decode("utf-8")
        payload = json.loads(mended(text), parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8") from None
    except RecursionError:
        raise Unreadable("the JSON is nested too deeply") from None
    except ValueError as error:
        raise Unreadable(f"the body is no JSON: {one_line(error, 80)}") from None
    return text, payload


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice in one object")
    return found


def first_words(body: bytes) -> str:
    """How a body begins that is no JSON, fit for a message."""
    text = body[:FIRST_BYTES].decode("utf-8", "replace")
    if len(body) > FIRST_BYTES:
        text = re.sub(
            r"\S*$", "", text
        )  # a word cut in two may be half a secret, which nobody would know again
    return one_line(text, 120)


def error_message(payload: Any) -> str:
    if isinstance(payload, dict):
        return one_line(payload.get("message") or payload.get("error") or "no message", 120)
    return "no message"
