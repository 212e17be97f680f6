"""Canary secrets of iRacing's sign-in, plain and masked, and its tokens, through every way in which a request can fail
and repeat them: no message, no line of a log at DEBUG and no file but the token store holds one.
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
from canaries import ACCESS, COOKIE, PASSWORD, REFRESH, ROTATED, SPELT, failures
from command_line import paceline
from racing import STORAGE, TOKEN, begin_anew, connect, disconnect, new_client, new_sandbox
from secret_scan import found_in, leaks, sought

from iracing_assets.staging import SOURCE
from resources.errors import PacelineError
from resources.iracing import IracingClient
from resources.iracing_auth import PROVIDER, Credentials, mask
from resources.landing import Landing
from resources.settings import load_settings
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("D4")

CLIENT_ID, USERNAME = "a-client-of-tests", "me@racing.example"
CLIENT_SECRET = "cl1ent-s3cret/Canary+Val~48=="
MASKED = (mask(CLIENT_SECRET, CLIENT_ID), mask(PASSWORD, USERNAME))
SECRETS = (ACCESS, REFRESH, ROTATED, PASSWORD, CLIENT_SECRET, COOKIE, *MASKED)
# Not even the beginning of one, which is what a cut in the middle leaves.
FORMS = sought(SECRETS) | {secret[:10].encode() for secret in SECRETS}
TYPED = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "username": USERNAME, "password": PASSWORD}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def racing(sandbox: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Whose credentials are canaries."""
    begin_anew(sandbox)
    connect(sandbox, monkeypatch)
    for name, value in TYPED.items():
        monkeypatch.setenv(f"IRACING_{name.upper()}", value)
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
def client(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], IracingClient]:
    """Each of a data folder of its own, so that no pause of one is felt by the next."""

    def one() -> IracingClient:
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
    value = {"access_token": access, "refresh_token": refresh, "expires_in": 600, "scope": "iracing.auth"}
    return {"kind": "json", "endpoint": TOKEN, "value": value, **limits}


def linked(racing: Sandbox) -> dict[str, Any]:
    link = f"http://127.0.0.1:{racing.port}/iracing-storage/car/get/x?X-Amz-Signature=0"
    return {"kind": "json", "endpoint": "iracing_car_get", "value": {"link": link}, "times": 0}


def type_in(client: IracingClient) -> None:
    """As `paceline login iracing` does."""
    client.auth.sign_in(Credentials.masked(**TYPED))


def refresh(client: IracingClient) -> None:
    client.auth.renew(client.auth.access_token())


SENT = (*MASKED, CLIENT_SECRET, PASSWORD)
# What fails: the endpoint, the call that meets it, the secrets that the answer repeats.
ASKED: dict[str, tuple[str, Callable[[IracingClient], object], tuple[str, ...]]] = {
    "a sign-in": (TOKEN, IracingClient.cars, SENT),
    "a typed sign-in": (TOKEN, type_in, SENT),
    "a refresh": (TOKEN, refresh, (REFRESH, ACCESS, *MASKED)),
    "the API": ("iracing_car_get", IracingClient.cars, (ACCESS, REFRESH, ROTATED, *MASKED)),
    "the storage": (STORAGE, IracingClient.cars, (ACCESS, ROTATED)),
}


@pytest.mark.parametrize("asked", ASKED)
def test_no_failure_tells_a_secret(
    asked: str,
    racing: Sandbox,
    client: Callable[[], IracingClient],
    told: Callable[[], bytes],
    data_dir: Path,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """Each failure with each spelling; in the smallest tier with one of them."""
    endpoint, ask, sent = ASKED[asked]
    before: list[dict[str, Any]] = []
    if asked == "a refresh":
        before = [granted(ACCESS, REFRESH)]
    elif endpoint != TOKEN:
        before = [granted(ACCESS, REFRESH), granted(ACCESS + "2", ROTATED, times=0)]
    if endpoint == STORAGE:
        before.append(linked(racing))
    tried, telling = 0, []
    for name in failures(""):
        for spelt in draw.sample(sorted(SPELT), size(P=1, N=len(SPELT))):
            echo = " ".join(SPELT[spelt](secret) for secret in sent)
            fault = failures(f"{echo} Cookie: session={COOKIE}")[name]
            racing.faults(*before, {**fault, "endpoint": endpoint, "times": 0})
            if found_in(told_by(partial(ask, client())), FORMS):
                telling.append((name, spelt))
            tried += 1
    assert telling == []
    assert b"HTTP/1.1" in told(), "urllib3 was heard"
    assert not found_in(told(), FORMS)
    assert leaks(data_dir, SECRETS) == set()
    figure(f"iRacing: {tried} failures of {asked} that repeat a secret: 0 hits in errors, logs and files")


def test_what_goes_well_leaves_no_secret_either(
    racing: Sandbox, told: Callable[[], bytes], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typed sign-in, documents landed, a token renewed after its death; only the store knows, and it knows no more
    than it needs."""
    disconnect(monkeypatch)
    known = racing.iracing_credentials
    client = new_client()
    client.auth.sign_in(Credentials.masked(**known))
    with Landing(load_settings().landing_dir).writer(SOURCE, "any", "all") as writer:
        for ask in (IracingClient.cars, IracingClient.series, IracingClient.current_seasons):
            writer.write(ask(client), "all")
            racing.expire_iracing_tokens()
    tokens = client.auth.load()
    masked = [
        mask(known[secret], known[owner])
        for secret, owner in (("client_secret", "client_id"), ("password", "username"))
    ]
    plain = (known["client_secret"], known["password"])
    secrets = (tokens.access_token, tokens.refresh_token, *masked, *plain)
    assert leaks(data_dir, secrets) == set()
    assert not found_in(told(), sought(secrets))
    kept = client.auth.store.path(PROVIDER).read_bytes()
    assert all(secret.encode() in kept for secret in secrets[:4])
    assert not found_in(kept, sought(plain))
    assert known["password"] not in repr(tokens) + repr(client.auth.credentials(tokens))
    assert masked[1] not in repr(tokens) + repr(client.auth.credentials(tokens))


@pytest.mark.promise("D5")
def test_the_token_file_is_for_its_owner_only(racing: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(racing, monkeypatch)
    client = new_client()
    client.auth.access_token()
    folder = client.auth.store.folder
    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}
    assert modes == {"tokens": 0o700, "iracing.json": 0o600, "iracing.lock": 0o600}


def test_the_commands_tell_no_secret(racing: Sandbox, data_dir: Path) -> None:
    """A sign-in that is rejected, a state, and a sync that may not sign in."""
    said = [paceline("login", "iracing"), paceline("status"), paceline("status", "--json"),
            paceline("sync", "iracing")]  # fmt: skip
    assert [each.code for each in said] == [4, 0, 0, 4]
    assert not found_in("".join(each.out + each.err for each in said).encode(), FORMS)
    assert leaks(data_dir, SECRETS) == set()
