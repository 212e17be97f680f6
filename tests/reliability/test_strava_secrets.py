"""Canary secrets of Strava's sign-in through every way in which a request can fail and repeat them: the client secret,
tokens and codes. No message, no line of a log at DEBUG and no file but the token store holds one.
"""

from __future__ import annotations

import logging
import random
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from canaries import ACCESS, CODE, COOKIE, REFRESH, ROTATED, SPELT, failures
from command_line import paceline
from secret_scan import found_in, leaks, sought
from striding import (
    TOKEN,
    alive,
    begin_anew,
    browse,
    connect,
    new_client,
    new_sandbox,
)

from resources.errors import PacelineError
from resources.landing import Landing
from resources.settings import load_settings
from resources.strava import StravaClient
from resources.strava_auth import PROVIDER, authorize_address, pasted_code
from resources.tokens import Pasted
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("D4")

CLIENT_SECRET = "cl1ent-s3cret/Canary+Val~49=="
SECRETS = (ACCESS, REFRESH, ROTATED, CODE, COOKIE, CLIENT_SECRET)
# Not even the beginning of one, which is what a cut in the middle leaves.
FORMS = sought(SECRETS) | {secret[:10].encode() for secret in SECRETS}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def strava(sandbox: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Whose application's secret is a canary, as is the refresh token of the environment."""
    begin_anew(sandbox)
    sandbox.settings(
        **{
            f"strava_{bucket}_per_{period}": 0
            for bucket in ("read", "overall")
            for period in ("window", "day")
        }
    )
    connect(sandbox, monkeypatch)
    monkeypatch.setenv("STRAVA_CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("STRAVA_REFRESH_TOKEN", REFRESH)
    return sandbox


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
def client(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], StravaClient]:
    """Each of a data folder of its own, so that no pause of one is felt by the next."""

    def one() -> StravaClient:
        folder = data_dir / str(len(list(data_dir.parent.glob("data/*"))))
        folder.mkdir(parents=True)
        monkeypatch.setenv("PACELINE_DATA_DIR", str(folder))
        return new_client(backoff_s=0.001)

    return one


def told_by(call: Callable[[], object]) -> bytes:
    """An error as a crash report tells it: with its causes, and the values that it carries."""
    with pytest.raises(PacelineError) as caught:
        call()
    error = caught.value
    return (
        "".join(traceback.format_exception(error)).encode() + repr((error, error.args, vars(error))).encode()
    )


def granted(access: str, refresh: str, **limits: Any) -> dict[str, Any]:
    value = {"token_type": "Bearer", "access_token": access, "refresh_token": refresh, "expires_in": 21_600}
    return {"kind": "json", "endpoint": TOKEN, "value": value, **limits}


def exchange(client: StravaClient) -> None:
    """As `paceline login strava` does."""
    code, _ = pasted_code(f"http://localhost/paceline?state=ours&code={CODE.replace('+', '%2B')}", "ours")
    client.auth.exchange(code)


def sign_in(client: StravaClient) -> None:
    client.auth.sign_in_with(Pasted(refresh_token=ROTATED))


def refresh(client: StravaClient) -> None:
    client.auth.renew(client.auth.access_token())


# What fails: the endpoint, the call that meets it, the secrets that the answer repeats.
ASKED: dict[str, tuple[str, Callable[[StravaClient], object], tuple[str, ...]]] = {
    "a first refresh": (TOKEN, StravaClient.athlete, (REFRESH, CLIENT_SECRET)),
    "a pasted token": (TOKEN, sign_in, (ROTATED, CLIENT_SECRET)),
    "a code": (TOKEN, exchange, (CODE, CLIENT_SECRET)),
    "a later refresh": (TOKEN, refresh, (ROTATED, ACCESS, CLIENT_SECRET)),
    "the API": ("strava_athlete", StravaClient.athlete, (ACCESS, REFRESH, ROTATED, CLIENT_SECRET)),
}


def in_the_providers_form(echo: str) -> dict[str, dict[str, Any]]:
    """Its own errors, whose words reach a message."""
    return {
        f"{status} {code}": {
            "kind": "status", "status": status,
            "json": {"message": echo, "errors": [{"resource": echo, "field": echo, "code": code}]},
            "headers": {"X-RateLimit-Usage": "1,2", "X-ReadRateLimit-Limit": echo.encode("ascii", "ignore").decode()},
        }
        for status, code in ((401, "missing"), (401, "invalid"), (403, "Inactive"), (429, "exceeded"), (400, "future"))
    }  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_no_failure_tells_a_secret(
    asked: str,
    strava: Sandbox,
    client: Callable[[], StravaClient],
    told: Callable[[], bytes],
    data_dir: Path,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """Each failure with each spelling; in the smallest tier with one of them."""
    endpoint, ask, sent = ASKED[asked]
    before: list[dict[str, Any]] = []
    if asked == "a later refresh":
        before = [granted(ACCESS, ROTATED)]
    elif endpoint != TOKEN:
        before = [granted(ACCESS, ROTATED), granted(ACCESS + "2", ROTATED, times=0)]
    tried, telling = 0, []
    for name in failures("") | in_the_providers_form(""):
        for spelt in draw.sample(sorted(SPELT), size(P=1, N=len(SPELT))):
            echo = " ".join(SPELT[spelt](secret) for secret in sent) + f" Cookie: session={COOKIE}"
            fault = (failures(echo) | in_the_providers_form(echo))[name]
            strava.faults(*before, {**fault, "endpoint": endpoint, "times": 0})
            if found_in(told_by(partial(ask, client())), FORMS):
                telling.append((name, spelt))
            tried += 1
    assert telling == []
    assert b"HTTP/1.1" in told(), "urllib3 was heard"
    assert not found_in(told(), FORMS)
    assert leaks(data_dir, SECRETS) == set()
    figure(f"Strava: {tried} failures of {asked} that repeat a secret: 0 hits in errors, logs and files")


def test_what_goes_well_leaves_no_secret_either(
    strava: Sandbox, told: Callable[[], bytes], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign-in by browser, answers landed, a token renewed after its death; only the store knows."""
    connect(strava, monkeypatch)
    strava.settings(strava_rotate=True)
    client = new_client()
    address, state = authorize_address(strava.strava_auth_url)
    logging.getLogger("urllib3").setLevel(logging.WARNING)  # this is the browser, which is none of ours
    landed = browse("", address)
    logging.getLogger("urllib3").setLevel(logging.NOTSET)
    code, _ = pasted_code(landed, state)
    client.auth.exchange(code)
    first = client.auth.load()
    manual = next(row for row in alive(strava) if not row["manual"])
    with Landing(load_settings().landing_dir).writer(PROVIDER, "any", "all") as writer:
        for ask in (client.athlete, client.activities, partial(client.streams, str(manual["id"]))):
            writer.write(ask(), "all")
            strava.expire_strava_tokens()
    tokens = client.auth.load()
    secrets = (
        code, state, first.access_token, first.refresh_token, tokens.access_token, tokens.refresh_token,
        strava.strava_credentials["client_secret"],
    )  # fmt: skip
    assert first.refresh_token != tokens.refresh_token
    assert leaks(data_dir, secrets) == set()
    assert b"HTTP/1.1" in told(), "urllib3 was heard"
    assert not found_in(told(), sought(secrets))
    kept = client.auth.store.path(PROVIDER).read_bytes()
    assert found_in(kept, sought([tokens.access_token]))
    assert not found_in(kept, sought([code, state, first.refresh_token, secrets[-1]]))
    assert not found_in((repr(tokens) + repr(client.auth.describe())).encode(), sought(secrets))
    sent = [line[2] for line in strava.requests() if "/oauth/authorize" not in line[2]]
    assert not found_in("\n".join(sent).encode(), sought(secrets)), "nor in an address"


@pytest.mark.promise("D5")
def test_the_token_file_is_for_its_owner_only(strava: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(strava, monkeypatch)
    client = new_client()
    client.auth.access_token()
    folder = client.auth.store.folder
    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}
    assert modes == {"tokens": 0o700, "strava.json": 0o600, "strava.lock": 0o600}


def test_the_commands_tell_no_secret(strava: Sandbox, data_dir: Path) -> None:
    """A state, and a sync that may not sign in."""
    said = [paceline("status"), paceline("status", "--json"), paceline("sync", "strava"), paceline("status")]
    assert [each.code for each in said] == [0, 0, 4, 0]
    assert not found_in("".join(each.out + each.err for each in said).encode(), FORMS)
    assert leaks(data_dir, SECRETS) == set()
