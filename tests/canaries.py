"""Secrets that nothing but knowing them gives away, in every spelling, and every failure that may repeat one."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

from secret_scan import sought

# Each has signs that change in some spelling.
ACCESS, REFRESH, ROTATED = "acc3ss/Canary+Tok~42==", "r3fresh/Canary+Tok~43==", "rotat3d/Canary+Tok~44=="
PASSWORD, COOKIE = "pa$$/Canary+W0rd&45", "c00kie/Canary+Val~46=="
CODE = "c0de/Canary+Val~47=="
SECRETS = (ACCESS, REFRESH, ROTATED, PASSWORD, COOKIE, CODE)
# Not even the beginning of one, which is what a cut in the middle leaves.
FORMS = sought(SECRETS) | {secret[:10].encode() for secret in SECRETS}
SPELT: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in a URL": lambda secret: quote(secret, safe=""),
    "in a form": quote_plus,
    "in small hex": lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
    "in JSON": json.dumps,
    "in base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "in base64, moved by one": lambda secret: base64.b64encode(f"x{secret}yz".encode()).decode(),
    "in base64, moved by two": lambda secret: base64.urlsafe_b64encode(f"x:{secret}".encode()).decode(),
}


def failures(text: str) -> dict[str, dict[str, Any]]:
    """Every failure of HTTP and of JSON, with this text wherever the provider may put it."""
    raw = base64.b64encode(text.encode() + b"\xff").decode()
    told = {"message": text, "error": text, "error_description": text, text: text}
    spoilt = {
        "a page": {"text": f"<html>{text}</html>", "content_type": "text/html"},
        "no type": {"text": text, "content_type": text.encode("ascii", "ignore").decode()},
        "no UTF-8": {"base64": raw},
        "no gzip": {"text": text, "headers": {"Content-Encoding": "gzip"}},
        "a string": {"text": json.dumps(text)},
        "a list": {"text": json.dumps([text])},
        "another object": {"text": json.dumps(told)},
        "a key twice": {"text": f"{{{json.dumps(text)}: 1, {json.dumps(text)}: 2}}"},
        "not a number": {"text": f'{{"id": NaN, "name": {json.dumps(text)}}}'},
        "nested": {"text": "[" * 50_000 + json.dumps(text)},
        "broken": {"text": f'{{"id": {text}'},
    }
    headers = {"Location": f"https://elsewhere.invalid/{quote(text)}", "WWW-Authenticate": quote(text),
               "Set-Cookie": f"session={quote(COOKIE)}", "X-Echo": quote(text)}  # fmt: skip
    refusals = {
        f"status {status}": {"kind": "status", "status": status, "text": text,
                             "headers": headers}
        for status in (302, 400, 401, 403, 404, 407, 410, 418, 429, 500, 502, 503, 504)
    }  # fmt: skip
    in_json = {
        f"status {status} in JSON": {"kind": "status", "status": status, "json": told, "headers": headers}
        for status in (400, 401, 403, 404, 410, 500)
    }
    cut = {
        f"{status} cut at {place}": {"kind": "status", "status": status, "text": f"{' ' * place}{text}"}
        for status in (403, 429, 500)
        for place in (100, 180, 199)
    }
    slow = {
        "429 for so long": {"kind": "status", "status": 429, "text": text, "retry_after": text},
        "429 for ever": {"kind": "status", "status": 429, "text": text, "retry_after": "seconds:999999"},
        "reset": {"kind": "reset"},
        "closed": {"kind": "stall", "seconds": 0},
        "cut": {"kind": "truncate", "at_byte": 4},
    }
    return {name: {"kind": "body", **body} for name, body in spoilt.items()} | refusals | in_json | cut | slow
