"""A sandbox for the client's tests: one process for all, wiped between tests, with a fresh one-time token each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from resources.peloton import PelotonClient
from resources.peloton_auth import PelotonAuth
from resources.peloton_oauth import authorization, code_form
from resources.settings import Settings, load_settings
from resources.tokens import TokenStore
from sandbox.client import Sandbox

CHECKOUT = Path(__file__).resolve().parents[2]
FAST_PER_SECOND = 900.0
BACKOFF_S = 0.02
TWO_DAYS_S = 172_800


@pytest.fixture(scope="session")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(rate=0, classes=250) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(one_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox with nothing wrong, and an environment that knows no credential."""
    one_sandbox.faults()
    one_sandbox.settings(
        rate=0,
        latency_ms=0,
        access_token_seconds=TWO_DAYS_S,
        retry_after="seconds:1",
        rate_window_seconds=1.0,
    )
    one_sandbox.reset()
    for name in ("PELOTON_REFRESH_TOKEN", "PELOTON_ACCESS_TOKEN", "PELOTON_USER_AGENT"):
        monkeypatch.delenv(name, raising=False)
    return one_sandbox


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings for the sandbox, with no .env of a developer in sight. Child processes inherit them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PELOTON_API_URL", sandbox.api_url)
    monkeypatch.setenv("PELOTON_AUTH_URL", sandbox.auth_url)
    monkeypatch.setenv("PELOTON_REQUESTS_PER_SECOND", str(FAST_PER_SECOND))
    monkeypatch.delenv("LIMITER_URL", raising=False)
    return load_settings()


@pytest.fixture
def new_tokens(sandbox: Sandbox) -> Callable[[], dict[str, str]]:
    """A whole new token answer, by the browser's way; the counters do not see it."""

    def get() -> dict[str, str]:
        counted = sandbox.requests()
        started = authorization(sandbox.auth_url)
        landed = requests.get(started.url, allow_redirects=False, timeout=10).headers["Location"]
        form = code_form(parse_qs(urlsplit(landed).query)["code"][0], started.verifier)
        answer = requests.post(f"{sandbox.auth_url}/oauth/token", data=form, timeout=10)
        if not counted:
            sandbox.reset()
        tokens: dict[str, str] = answer.json()
        return tokens

    return get


@pytest.fixture
def seed(new_tokens: Callable[[], dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> str:
    """A refresh token that was never used, in the environment."""
    token = new_tokens()["refresh_token"]
    monkeypatch.setenv("PELOTON_REFRESH_TOKEN", token)
    return token


@pytest.fixture
def auth(settings: Settings) -> PelotonAuth:
    return PelotonAuth(
        TokenStore(settings.state_dir), settings.peloton_auth_url, backoff_s=BACKOFF_S, read_timeout_s=1.0
    )


@pytest.fixture
def client(settings: Settings, seed: str) -> PelotonClient:
    """Signed in, with its own state folder."""
    return PelotonClient.from_settings(settings, backoff_s=BACKOFF_S)


@pytest.fixture
def python() -> Callable[..., subprocess.Popen[str]]:
    """Run a piece of Python in a process of its own, from the checkout."""

    def start(code: str, *arguments: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=CHECKOUT,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
