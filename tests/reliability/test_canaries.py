"""Canary secrets through every way in which a request can fail, each repeated by the provider in every spelling: no
exception, no line of any log (also of urllib3 at DEBUG) and no file but the token store holds one.
"""

from __future__ import annotations

import logging
import random
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from canaries import ACCESS, CODE, COOKIE, FORMS, PASSWORD, REFRESH, ROTATED, SECRETS, SPELT, failures
from secret_scan import found_in, leaks

from resources.errors import PacelineError
from resources.peloton import PelotonClient
from resources.peloton_auth import PelotonAuth
from resources.peloton_oauth import authorization, pasted_code
from resources.settings import load_settings
from resources.tokens import TokenStore
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("D4")


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


def exchange_a_code(client: PelotonClient) -> None:
    """The browser's way, as `paceline login` goes it."""
    settings = load_settings()
    started = authorization(settings.peloton_auth_url)
    code = pasted_code(
        f"https://members.invalid/callback?code={quote(CODE)}&state={started.state}", started.state
    )
    PelotonAuth(TokenStore(settings.state_dir), settings.peloton_auth_url).exchange(code, started.verifier)


# What fails: the endpoint, the call that meets it, and the secrets that it has sent.
ASKED: dict[str, tuple[str, Callable[[PelotonClient], object], tuple[str, ...]]] = {
    "the API": ("me", PelotonClient.me_id, (ACCESS, REFRESH, ROTATED)),
    "a refresh": ("token", PelotonClient.me_id, (REFRESH,)),
    "a login": ("token", exchange_a_code, (CODE,)),
}


@pytest.mark.parametrize("asked", ASKED)
def test_no_failure_tells_a_token(
    asked: str,
    sandbox: Sandbox,
    new_client: Callable[..., PelotonClient],
    told: Callable[[], bytes],
    data_dir: Path,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """Each failure with each spelling; in the smallest tier with one or two of them."""
    endpoint, ask, sent = ASKED[asked]
    grant = [granted(access_token=ACCESS, refresh_token=ROTATED)] if endpoint == "me" else []
    tried, telling = 0, []
    for name in failures(""):
        for spelt in draw.sample(sorted(SPELT), size(P=2 if endpoint == "me" else 1, N=len(SPELT))):
            echo = " ".join(SPELT[spelt](secret) for secret in sent)
            fault = failures(f"{echo} Cookie: session={COOKIE}")[name]
            sandbox.faults(*grant, {**fault, "endpoint": endpoint, "times": 0})
            if found_in(told_by(partial(ask, new_client())), FORMS):
                telling.append((name, spelt))
            tried += 1
    assert telling == []
    assert b"HTTP/1.1" in told(), "urllib3 was heard"
    assert not found_in(told(), FORMS)
    assert leaks(data_dir, SECRETS) == set()
    figure(f"{tried} failures of {asked} that repeat a secret: 0 hits in errors, logs and files")


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
    cut = FORMS | {PASSWORD.partition("/")[0].encode()}  # what a parser takes for a port
    names = {name for settings in cases.values() for name in settings}
    usual = {name: sandbox.env().get(name, "") for name in names}
    for name, settings in cases.items():
        if found_in(told_by(lambda: new_client(**(usual | settings)).me_id()), cut):  # noqa: B023
            telling.append(name)
    assert telling == []
    assert not found_in(told(), cut)
    assert leaks(data_dir, SECRETS) == set()
    figure(f"{len(cases)} addresses with a password that fail: 0 hits in errors, logs and files")
