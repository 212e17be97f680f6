"""Canary secrets through every way in which a request can fail, each repeated by the provider in every spelling: no
exception, no line of any log (also of urllib3 at DEBUG) and no file but the token store holds one.
"""

from __future__ import annotations

import base64
import json
import logging
import random
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from secret_scan import found_in, leaks, sought

from resources.errors import PacelineError
from resources.peloton import PelotonClient
from resources.settings import load_settings
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("D4")

# No shape gives them away: only who knows them can hide them. Each has signs that change in some spelling.
ACCESS, REFRESH, ROTATED = "acc3ss/Canary+Tok~42==", "r3fresh/Canary+Tok~43==", "rotat3d/Canary+Tok~44=="
PASSWORD, COOKIE = "pa$$/Canary+W0rd&45", "c00kie/Canary+Val~46=="
SECRETS = (ACCESS, REFRESH, ROTATED, PASSWORD, COOKIE)
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


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rate=0, classes=5, until="2019-01-31") as sandbox:
        yield sandbox


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Callable[[], bytes]]:
    """All that is logged while a test runs, by anybody and at the lowest level."""
    handler = logging.FileHandler(tmp_path / "debug.log")
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield (tmp_path / "debug.log").read_bytes
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()


@pytest.fixture
def new_client(
    sandbox: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., PelotonClient]:
    """A client of a data folder of its own, whose credential is a canary."""
    for name, value in sandbox.env().items():
        monkeypatch.setenv(name, value)

    def client(**env: str) -> PelotonClient:
        folder = data_dir / str(len(list(data_dir.parent.glob("data/*"))))
        folder.mkdir(parents=True)
        for name, value in {"PELOTON_REFRESH_TOKEN": REFRESH, **env}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PACELINE_DATA_DIR", str(folder))
        return PelotonClient.from_settings(load_settings(), backoff_s=0.001)

    return client


def told_by(call: Callable[[], object]) -> bytes:
    """An error as a crash report tells it: with its causes, and the values that it carries."""
    with pytest.raises(PacelineError) as caught:
        call()
    error = caught.value
    return (
        "".join(traceback.format_exception(error)).encode() + repr((error, error.args, vars(error))).encode()
    )


def granted(**tokens: str) -> dict[str, Any]:
    return {"kind": "json", "endpoint": "token", "value": {"expires_in": 3_600, **tokens}, "times": 0}


@pytest.mark.parametrize("endpoint", ["me", "token"])
def test_no_failure_tells_a_token(
    endpoint: str,
    sandbox: Sandbox,
    new_client: Callable[..., PelotonClient],
    told: Callable[[], bytes],
    data_dir: Path,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """Of the API and of the sign-in: each failure with each spelling; in the smallest tier with two of them."""
    grant = [granted(access_token=ACCESS, refresh_token=ROTATED)] if endpoint == "me" else []
    tried, telling = 0, []
    for name in failures(""):
        for spelt in draw.sample(sorted(SPELT), size(P=2, N=len(SPELT))):
            secrets = " ".join(SPELT[spelt](secret) for secret in (ACCESS, REFRESH, ROTATED))
            fault = failures(f"{secrets} Cookie: session={COOKIE}")[name]
            sandbox.faults(*grant, {**fault, "endpoint": endpoint, "times": 0})
            if found_in(told_by(new_client().me_id), FORMS):
                telling.append((name, spelt))
            tried += 1
    assert telling == []
    assert b"oauth/token HTTP/1.1" in told(), "urllib3 was heard"
    assert not found_in(told(), FORMS)
    assert leaks(data_dir, SECRETS) == set()
    figure(f"{tried} failures of {endpoint} that repeat a secret: 0 hits in errors, logs and files")


def addresses(sandbox: Sandbox) -> dict[str, dict[str, str]]:
    """Settings with a password in an address, each of which fails in a way of its own."""
    spelt = {
        "quoted": quote(PASSWORD, safe=""),
        "raw": PASSWORD,
        "two ats": f"{PASSWORD}@x",
        "a mark": f"{PASSWORD}?#",
    }
    host = f"127.0.0.1:{sandbox.port}"
    found = {}
    for how, password in spelt.items():
        here, nowhere = f"me:{password}@{host}", f"me:{password}@nowhere.invalid"
        found |= {
            f"proxy away, {how}": {"HTTP_PROXY": f"http://me:{password}@127.0.0.1:9"},
            f"proxy unknown, {how}": {"HTTP_PROXY": f"http://{nowhere}:3128"},
            f"proxy that refuses, {how}": {"HTTP_PROXY": f"http://{here}"},
            f"proxy without a scheme, {how}": {"HTTP_PROXY": here},
            f"proxy of another kind, {how}": {"HTTP_PROXY": f"socks5://{here}"},
            f"API unknown, {how}": {"PELOTON_API_URL": f"http://{nowhere}/api"},
            f"API without TLS, {how}": {"PELOTON_API_URL": f"https://{here}/peloton"},
            f"API without a scheme, {how}": {"PELOTON_API_URL": here},
            f"API at another place, {how}": {"PELOTON_API_URL": f"http://{here}/elsewhere"},
            f"sign-in unknown, {how}": {"PELOTON_AUTH_URL": f"http://{nowhere}"},
            f"sign-in without TLS, {how}": {"PELOTON_AUTH_URL": f"https://{here}"},
            f"sign-in without a scheme, {how}": {"PELOTON_AUTH_URL": here},
            f"limits of Redis, {how}": {"LIMITER_URL": f"redis://{nowhere}:6379/0"},
            f"limits of Postgres, {how}": {"LIMITER_URL": f"postgresql://{nowhere}/limits"},
            f"limits of nobody, {how}": {"LIMITER_URL": f"mysql://{nowhere}/limits"},
        }
    return found


def test_no_password_in_an_address_is_told(
    sandbox: Sandbox,
    new_client: Callable[..., PelotonClient],
    told: Callable[[], bytes],
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    figure: Callable[[str], None],
) -> None:
    sandbox.faults(granted(access_token=ACCESS, refresh_token=ROTATED))
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    cases, telling = addresses(sandbox), []
    names = {name for settings in cases.values() for name in settings}
    usual = {name: sandbox.env().get(name, "") for name in names}
    for name, settings in cases.items():
        if found_in(told_by(lambda: new_client(**(usual | settings)).me_id()), FORMS):  # noqa: B023
            telling.append(name)
    assert telling == []
    assert not found_in(told(), FORMS)
    assert leaks(data_dir, SECRETS) == set()
    figure(f"{len(cases)} addresses with a password that fail: 0 hits in errors, logs and files")
