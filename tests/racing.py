"""What the tests of iRacing's client share: a sandbox that begins anew, clients that hardly wait, a foreign client.

Also what each of several processes does that need a token at once; it is imported by the processes themselves.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from racers import WAIT_S, store_of

from resources.errors import PacelineError
from resources.iracing import IracingClient
from resources.iracing_auth import PROVIDER, Credentials, IracingAuth, mask
from resources.settings import load_settings
from resources.tokens import Tokens, TokenStore
from sandbox.client import Sandbox

SERIES = 12  # one of each kind
BACKOFF_S = 0.005
FAST_PER_MINUTE = 9_000
TOKEN, STORAGE = "iracing_token", "iracing_storage"
PLAIN = {
    "iracing_access_token_seconds": 600,
    "iracing_refresh_token_seconds": 7 * 86_400,
    "iracing_per_minute": 0,
    "iracing_window_seconds": 60,
    "token_limit": 0,
    "token_window_seconds": 60,
    "link_seconds": 120,
    "storage_content_type": "application/json",
    "maintenance": False,
    "clock_skew_seconds": 0.0,
}

Fault = dict[str, Any]


def new_sandbox() -> Sandbox:
    """For `with`; one is enough for a file of tests that call `begin_anew`."""
    return Sandbox(classes=1, iracing_series=SERIES)


def begin_anew(sandbox: Sandbox) -> None:
    """Nothing wrong, nothing limited, nothing counted."""
    sandbox.faults()
    sandbox.settings(**PLAIN)
    sandbox.reset_iracing_limit()
    sandbox.reset()


def connect(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    """Point the environment at the sandbox, its credentials included."""
    for name, value in sandbox.iracing_env().items():
        patch.setenv(name, value)
    patch.setenv("IRACING_REQUESTS_PER_MINUTE", str(FAST_PER_MINUTE))
    patch.setattr("resources.iracing.DOWNLOADS_PER_SECOND", FAST_PER_MINUTE / 10)


def disconnect(patch: pytest.MonkeyPatch) -> None:
    """No credential in the environment."""
    for name in ("CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD"):
        patch.delenv(f"IRACING_{name}", raising=False)


def new_client(**options: Any) -> IracingClient:
    """Of the environment."""
    return IracingClient.from_settings(load_settings(), **{"backoff_s": BACKOFF_S, **options})


def new_auth(sandbox: Sandbox, store: TokenStore | None = None) -> IracingAuth:
    store = store or TokenStore(load_settings().state_dir)
    return IracingAuth(store, sandbox.iracing_auth_url, backoff_s=BACKOFF_S, read_timeout_s=1.0)


def credentials(sandbox: Sandbox) -> Credentials:
    """As somebody typed them in."""
    return Credentials.masked(**sandbox.iracing_credentials)


def aged(tokens: Tokens, seconds: float) -> Tokens:
    """The same tokens, obtained earlier; an end that nobody told stays untold."""
    ends = tokens.access_expires_at
    return replace(
        tokens,
        obtained_at=tokens.obtained_at - seconds,
        access_expires_at=ends - seconds if ends else 0.0,
        logins=tuple(moment - seconds for moment in tokens.logins),
        refresh_not_before=min(tokens.refresh_not_before, tokens.refresh_paused_at),  # a pause is over
    )


@dataclass(frozen=True)
class Grants:
    """What came to the token endpoint: requests, and what became of them."""

    sent: int
    passwords: int
    refreshes: int
    rejected: int

    def __sub__(self, other: Grants) -> Grants:
        return Grants(*(mine - theirs for mine, theirs in zip(self.row(), other.row(), strict=True)))

    def row(self) -> tuple[int, int, int, int]:
        return self.sent, self.passwords, self.refreshes, self.rejected


def grants(sandbox: Sandbox) -> Grants:
    told = sandbox.counters()
    return Grants(
        told["by_endpoint"].get(TOKEN, 0),
        told["iracing_password_grants"],
        told["iracing_refreshes"],
        told["iracing_token_rejections"],
    )


class Foreign:
    """Another program with the same account: its own token, no pace, links followed by hand."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        known = sandbox.iracing_credentials
        form = {
            "grant_type": "password_limited",
            "client_id": known["client_id"],
            "client_secret": mask(known["client_secret"], known["client_id"]),
            "username": known["username"],
            "password": mask(known["password"], known["username"]),
            "scope": "iracing.auth",
        }
        answer = requests.post(f"{sandbox.iracing_auth_url}/oauth2/token", data=form, timeout=WAIT_S)
        self._bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def ask(self, endpoint: str, **params: Any) -> requests.Response:
        """One counted request, not followed."""
        url = f"{self.sandbox.iracing_api_url}/data/{endpoint}"
        return requests.get(url, params, headers=self._bearer, timeout=WAIT_S)

    def stored(self, address: str) -> requests.Response:
        return requests.get(address, timeout=WAIT_S)

    def rows(self, info: dict[str, Any]) -> list[Any]:
        """All chunks, one after the other."""
        names = info["chunk_file_names"]
        return [row for name in names for row in self.stored(info["base_download_url"] + name).json()]


# ------------------------------------------------------------------ several processes


@dataclass(frozen=True)
class Race:
    """How many take part, and what each finds: no token yet, one that was refused just now, or one that has ended."""

    crowd: int
    found: str

    FOUND = ("none", "refused", "ended")


def prepare(sandbox: Sandbox, store: TokenStore, race: Race) -> Tokens:
    """The store of a race."""
    auth = new_auth(sandbox, store)
    if race.found != "none":
        auth.access_token()
    if race.found == "refused":
        sandbox.expire_iracing_tokens()
    if race.found == "ended":
        store.save(PROVIDER, aged(store.load(PROVIDER), 700))
    return store.load(PROVIDER)


def run(
    me: int, env: dict[str, str], auth_url: str, folder: Path, races: Sequence[Race], barrier: Any, told: Any
) -> None:
    """In every race: wait until it is prepared, then until all others are ready, and ask for a token."""
    os.environ.update(env)
    for number, race in enumerate(races):
        barrier.wait(WAIT_S)
        store = store_of(folder, number)
        auth, held = IracingAuth(store, auth_url), store.load(PROVIDER).access_token
        barrier.wait(WAIT_S)
        if me >= race.crowd:
            continue
        try:
            told.put((number, auth.renew(held) if race.found == "refused" else auth.access_token()))
        except PacelineError as error:
            told.put((number, f"failed: {error}"))


def ask(state_dir: str, auth_url: str) -> None:
    """In a forked process: a token, or the sentence why there is none."""
    try:
        print("token", IracingAuth(TokenStore(Path(state_dir)), auth_url).access_token())
    except PacelineError as error:
        print(type(error).__name__, error)
