"""What the tests of Strava's client share: a sandbox that begins anew, clients that hardly wait, a foreign client.

Also what each of several processes does that needs a token or a place in the limits at once; it is imported by the
processes themselves. The provider's clock stands at about noon, so that no window ends while a test runs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from racers import WAIT_S, store_of

from resources.errors import LimitReached, PacelineError
from resources.settings import load_settings
from resources.strava import StravaClient
from resources.strava_auth import PROVIDER, StravaAuth, authorize_address
from resources.tokens import Tokens, TokenStore
from sandbox.client import Sandbox

ACTIVITIES = 12
ATHLETES = 3
BACKOFF_S = 0.005
FAST_PER_SECOND = 900.0
DAY_S = 86_400
AFTER_NOON_S = 100
TOKEN, LIST, DETAIL = "strava_token", "strava_activities", "strava_activity"
FOR_EVER = {"times": 0}
PLAIN: dict[str, Any] = {
    "strava_access_token_seconds": 21_600,
    "strava_rotate": False,
    "strava_scope": None,
    "strava_signs_in": 0,
    "strava_unticked": "",
    "strava_denies": False,
    "strava_inactive": False,
    "strava_read_per_window": 100,
    "strava_read_per_day": 1_000,
    "strava_overall_per_window": 200,
    "strava_overall_per_day": 2_000,
    "strava_window_seconds": 900,
    "strava_day_seconds": DAY_S,
    "strava_429_headers": True,
    "strava_header_changes": {},
}

Fault = dict[str, Any]


def new_sandbox() -> Sandbox:
    """For `with`; one is enough for a file of tests that call `begin_anew`."""
    return Sandbox(classes=1, strava_activities=ACTIVITIES, strava_athletes=ATHLETES)


def begin_anew(sandbox: Sandbox) -> None:
    """Nothing wrong, nothing spent, nothing counted, each athlete with all scopes and no access token."""
    sandbox.faults()
    sandbox.settings(**PLAIN, clock_skew_seconds=skew_to_noon())
    for athlete in range(ATHLETES):
        sandbox.set_strava_scopes(add=["read", "activity:read_all", "profile:read_all"], athlete=athlete)
    sandbox.expire_strava_tokens()
    sandbox.reset_strava_limit()
    sandbox.reset()


def skew_to_noon(after_s: float = AFTER_NOON_S) -> float:
    """How far the provider's clock must be ahead to stand at so much after noon of today."""
    return DAY_S / 2 + after_s - time.time() % DAY_S


def connect(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    """Point the environment at the sandbox, with a refresh token that nobody has used, and no pace that is felt."""
    for name, value in sandbox.strava_env().items():
        patch.setenv(name, value)
    patch.setenv("STRAVA_REFRESH_TOKEN", signed_in(sandbox))
    for name in ("REQUESTS_PER_15MIN", "REQUESTS_PER_DAY", "WINDOW_SECONDS"):
        patch.delenv(f"STRAVA_{name}", raising=False)
    patch.setattr("resources.strava_limit.GENTLE_PER_SECOND", FAST_PER_SECOND)
    patch.setattr("resources.strava_limit.AFTER_BOUNDARY_S", (0.0, 0.2))


def new_client(**options: Any) -> StravaClient:
    """Of the environment."""
    return StravaClient.from_settings(load_settings(), **{"backoff_s": BACKOFF_S, **options})


def new_auth(sandbox: Sandbox, store: TokenStore | None = None, account: str = "default") -> StravaAuth:
    store = store or TokenStore(load_settings().state_dir)
    return StravaAuth(store, sandbox.strava_auth_url, account, backoff_s=BACKOFF_S, read_timeout_s=1.0)


def aged(tokens: Tokens, seconds: float) -> Tokens:
    """The same tokens, obtained earlier."""
    ends = tokens.access_expires_at
    return replace(
        tokens,
        obtained_at=tokens.obtained_at - seconds,
        access_expires_at=ends - seconds if ends else 0.0,
    )


def browse(auth_url: str, address: str = "") -> str:
    """The address at which one lands after saying yes in the browser."""
    opened = address or authorize_address(auth_url)[0]
    answer = requests.get(opened, timeout=WAIT_S, allow_redirects=False)
    return answer.headers["Location"]


def code_of(landed: str) -> str:
    return parse_qs(urlsplit(landed).query)["code"][0]


def signed_in(sandbox: Sandbox, athlete: int = 0) -> str:
    """The athlete's refresh token, revived when it died in another test."""
    known = sandbox.strava_credentials
    query = {"client_id": known["client_id"], "redirect_uri": "http://localhost/paceline",
             "response_type": "code", "scope": "read,activity:read_all,profile:read_all"}  # fmt: skip
    sandbox.settings(strava_signs_in=athlete)
    asked = requests.Request("GET", f"{sandbox.strava_auth_url}/oauth/authorize", params=query).prepare()
    form = {"grant_type": "authorization_code", "code": code_of(browse("", str(asked.url)))}
    form |= {name: known[name] for name in ("client_id", "client_secret")}
    answer = requests.post(f"{sandbox.strava_auth_url}/oauth/token", data=form, timeout=WAIT_S)
    sandbox.settings(strava_signs_in=0)
    sandbox.expire_strava_tokens()
    sandbox.reset()
    return str(answer.json()["refresh_token"])


@dataclass(frozen=True)
class Grants:
    """What came to the token endpoint: requests, and what became of them."""

    sent: int
    refreshes: int
    exchanges: int
    rejected: int

    def __sub__(self, other: Grants) -> Grants:
        return Grants(*(mine - theirs for mine, theirs in zip(self.row(), other.row(), strict=True)))

    def row(self) -> tuple[int, int, int, int]:
        return self.sent, self.refreshes, self.exchanges, self.rejected


def grants(sandbox: Sandbox) -> Grants:
    told = sandbox.counters()
    return Grants(
        told["by_endpoint"].get(TOKEN, 0),
        told["strava_refreshes"],
        told["strava_code_exchanges"],
        told["strava_token_rejections"],
    )


def spent(sandbox: Sandbox) -> list[int]:
    """Reads of this quarter hour and of this day, by the provider's count."""
    used: list[int] = sandbox.counters()["strava_usage"]["read"]
    return used


def alive(sandbox: Sandbox, athlete: int = 0) -> list[dict[str, Any]]:
    """The truth about the activities that are not deleted."""
    return [row for row in sandbox.strava_truth(athlete) if not row["deleted"]]


def statuses(sandbox: Sandbox) -> list[int]:
    """Of all calls to the API, in order."""
    return [line[3] for line in sandbox.requests() if line[2].startswith("/strava/")]


# ------------------------------------------------------------------ several processes


@dataclass(frozen=True)
class Race:
    """How many take part, and what each finds: a refresh token only, an access token that was refused, or has ended."""

    crowd: int
    found: str
    rotates: bool

    FOUND = ("seed", "refused", "ended")


def prepare(sandbox: Sandbox, store: TokenStore, race: Race) -> Tokens:
    """The store of a race."""
    auth = new_auth(sandbox, store)
    sandbox.settings(strava_rotate=race.rotates)
    sandbox.expire_strava_tokens()
    if race.found == "seed":
        auth.save(Tokens(refresh_token=signed_in(sandbox)))
        return auth.load()
    auth.save(Tokens(refresh_token=signed_in(sandbox)))
    auth.access_token()
    sandbox.expire_strava_tokens()
    if race.found == "ended":
        store.save(PROVIDER, aged(store.load(PROVIDER), 22_000))
    return store.load(PROVIDER)


def run(
    me: int, env: dict[str, str], auth_url: str, folder: Path, races: Sequence[Race], barrier: Any, told: Any
) -> None:
    """In every race: wait until it is prepared, then until all others are ready, and ask for a token."""
    os.environ.update(env)
    os.environ.pop("STRAVA_REFRESH_TOKEN", None)
    for number, race in enumerate(races):
        barrier.wait(WAIT_S)
        store = store_of(folder, number)
        auth, held = StravaAuth(store, auth_url), store.load(PROVIDER).access_token
        barrier.wait(WAIT_S)
        if me >= race.crowd:
            continue
        try:
            told.put((number, auth.renew(held) if race.found == "refused" else auth.access_token()))
        except PacelineError as error:
            told.put((number, f"failed: {error}"))


def ask_for_token(state_dir: str, auth_url: str) -> None:
    """In a forked process: a token, or the sentence why there is none."""
    try:
        print("token", StravaAuth(TokenStore(Path(state_dir)), auth_url).access_token())
    except PacelineError as error:
        print(type(error).__name__, error)


def ask_on(calls: int, ready: Any) -> None:
    """In a forked process: ask so often, or until the limit ends it; tell how many answers came."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("resources.strava_limit.GENTLE_PER_SECOND", FAST_PER_SECOND)
        patch.setattr("resources.strava_limit.AFTER_BOUNDARY_S", (0.0, 0.2))
        client, answers = new_client(), 0
        ready.wait(WAIT_S)
        try:
            for _ in range(calls):
                client.activities()
                answers += 1
        except LimitReached:
            pass
        print(answers)


def ask_as(account: str, state_dir: str, auth_url: str, env: dict[str, str], barrier: Any, told: Any) -> None:
    """In a process: the token of one account, as soon as all others ask for theirs."""
    os.environ.update(env)
    os.environ.pop("STRAVA_REFRESH_TOKEN", None)
    auth = StravaAuth(TokenStore(Path(state_dir)), auth_url, account)
    barrier.wait(WAIT_S)
    told.put((account, auth.access_token()))
