"""One-time tokens under stress: lost answers, kills, old values in the environment, wrong clocks, odd pastes."""

from __future__ import annotations

import base64
import json
import logging
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources import token_owner, token_rules, tokens
from resources.errors import LimitReached, PacelineError, ProviderUnavailable, SignInNeeded, StorageProblem
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.settings import Settings
from resources.tokens import Pasted, Tokens, TokenStore, clean_pasted, fingerprint, jwt_times
from sandbox.client import Sandbox

NewTokens = Callable[[], dict[str, str]]
Python = Callable[..., "subprocess.Popen[str]"]


def refreshes(sandbox: Sandbox) -> int:
    return int(sandbox.counters()["by_endpoint"]["token"])


def aged(tokens: Tokens, seconds: float) -> Tokens:
    """The same tokens, obtained earlier."""
    return replace(
        tokens,
        obtained_at=tokens.obtained_at - seconds,
        access_expires_at=tokens.access_expires_at - seconds,
    )


def stored(auth: PelotonAuth) -> Tokens:
    return auth.store.load(PROVIDER, auth.account)


# ------------------------------------------------------------------ the usual way


def test_the_first_token_comes_from_the_environment_and_is_kept(
    auth: PelotonAuth, seed: str, sandbox: Sandbox
) -> None:
    token = auth.access_token()
    assert auth.access_token() == token
    assert refreshes(sandbox) == 1
    kept = stored(auth)
    assert kept.access_token == token
    assert kept.refresh_token not in ("", seed)
    assert kept.refresh_sent == ""


def test_a_spent_value_of_the_environment_is_not_used_again(
    auth: PelotonAuth, seed: str, sandbox: Sandbox
) -> None:
    token = auth.renew(auth.access_token())
    again = PelotonAuth(auth.store, auth.service.url.removesuffix("/oauth/token"))
    assert again.access_token() == token
    assert refreshes(sandbox) == 2


def test_a_new_value_of_the_environment_is_adopted_once(
    auth: PelotonAuth, seed: str, new_tokens: NewTokens, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = auth.access_token()
    newer = new_tokens()["refresh_token"]
    monkeypatch.setenv("PELOTON_REFRESH_TOKEN", f'"{newer}"\n')
    second = auth.access_token()
    assert second != first
    assert auth.access_token() == second
    monkeypatch.setenv("PELOTON_REFRESH_TOKEN", seed)  # the old one comes back: known, not tried
    assert auth.access_token() == second


def test_an_old_token_that_only_the_store_ever_held_is_known_too(
    auth: PelotonAuth, seed: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth.access_token()
    second = stored(auth).refresh_token
    token = auth.renew(auth.access_token())
    monkeypatch.setenv("PELOTON_REFRESH_TOKEN", second)
    assert auth.access_token() == token
    assert refreshes(sandbox) == 2


@pytest.mark.promise("D1")
def test_renew_is_done_once_for_one_rejected_token(auth: PelotonAuth, seed: str, sandbox: Sandbox) -> None:
    rejected = auth.access_token()
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(auth.renew(rejected))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1
    assert rejected not in got
    assert refreshes(sandbox) == 2


def test_a_token_near_its_end_is_renewed_and_a_short_life_is_no_loop(
    auth: PelotonAuth, seed: str, sandbox: Sandbox
) -> None:
    sandbox.settings(access_token_seconds=300)  # shorter than the margin
    token = auth.access_token()
    assert auth.access_token() == token
    auth.store.save(PROVIDER, aged(stored(auth), 280))
    assert auth.access_token() != token
    assert refreshes(sandbox) == 2


def test_no_credential_names_both_cures(auth: PelotonAuth, sandbox: Sandbox) -> None:
    with pytest.raises(
        SignInNeeded, match=r"paceline login peloton.*PELOTON_REFRESH_TOKEN into \.env"
    ) as caught:
        auth.access_token()
    assert caught.value.exit_code == 4
    assert auth.describe().state == "needs sign-in"
    assert refreshes(sandbox) == 0


def test_an_access_token_alone_works_until_it_is_refused(
    auth: PelotonAuth, new_tokens: NewTokens, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = new_tokens()["access_token"]
    monkeypatch.setenv("PELOTON_ACCESS_TOKEN", f"Bearer {access}")
    assert auth.access_token() == access
    told = auth.describe()
    assert (told.state, told.has_refresh_token) == ("ok", False)
    assert told.access_left is not None
    assert told.access_left > timedelta(hours=47)
    with pytest.raises(SignInNeeded):
        auth.renew(access)
    auth.store.save(PROVIDER, replace(stored(auth), access_expires_at=time.time() - 1))
    with pytest.raises(SignInNeeded, match="has ended"):
        auth.access_token()
    assert auth.describe().state == "needs sign-in"
    assert refreshes(sandbox) == 0


def test_accounts_are_apart(settings: Settings, new_tokens: NewTokens, seed: str, sandbox: Sandbox) -> None:
    store = TokenStore(settings.state_dir)
    mine = PelotonAuth(store, settings.peloton_auth_url)
    hers = PelotonAuth(store, settings.peloton_auth_url, "sister")
    token = mine.access_token()
    with pytest.raises(SignInNeeded):
        hers.access_token()  # the environment belongs to the default account
    hers.sign_in(Pasted(refresh_token=new_tokens()["refresh_token"]))
    assert hers.access_token() != token == mine.access_token()
    assert store.accounts(PROVIDER) == ["default", "sister"]


# ------------------------------------------------------------------ clocks


@pytest.mark.promise("C1")
@pytest.mark.parametrize("ahead_s", [-86_400.0, 86_400.0, 10 * 86_400.0])
def test_a_wrong_clock_makes_no_loop(
    ahead_s: float, auth: PelotonAuth, seed: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (tokens, token_rules, token_owner):
        monkeypatch.setattr(module, "now_s", lambda: time.time() + ahead_s)
    token = auth.access_token()
    assert auth.access_token() == token
    assert refreshes(sandbox) == 1


@pytest.mark.promise("C1")
def test_a_clock_that_jumps_back_keeps_a_token_until_it_is_refused(
    auth: PelotonAuth, seed: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = auth.access_token()
    for module in (tokens, token_rules, token_owner):
        monkeypatch.setattr(module, "now_s", lambda: time.time() - 86_400)
    assert auth.access_token() == token
    assert auth.renew(token) != token


# ------------------------------------------------------------------ answers that go wrong


LOST = {
    "dropped": {"kind": "lost_token_answer"},
    "torn": {"kind": "truncate", "at_byte": 40, "endpoint": "token"},
    "stalled": {"kind": "stall", "seconds": 20, "endpoint": "token"},
    "a challenge page": {"kind": "html", "endpoint": "token"},
    "no token in it": {"kind": "json", "value": {"token_type": "Bearer"}, "endpoint": "token"},
    "a redirect": {"kind": "status", "status": 302, "headers": {"Location": "/x"}, "endpoint": "token"},
}


@pytest.mark.promise("D3")
@pytest.mark.parametrize("how", LOST)
def test_a_lost_answer_asks_for_a_person_and_is_never_repeated(
    how: str,
    auth: PelotonAuth,
    seed: str,
    new_tokens: NewTokens,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sandbox.faults(LOST[how])
    for _ in range(3):
        with pytest.raises(SignInNeeded, match=r"lost.*paceline login peloton"):
            auth.access_token()
    assert refreshes(sandbox) == 1
    assert auth.describe().state == "needs sign-in"
    monkeypatch.setenv("PELOTON_REFRESH_TOKEN", new_tokens()["refresh_token"])
    assert auth.describe().state == "unknown"
    assert auth.access_token()
    assert auth.describe().state == "ok"


REFRESH_AND_DIE = """
import sys
from pathlib import Path
from resources.peloton_auth import PelotonAuth
from resources.tokens import TokenStore
PelotonAuth(TokenStore(Path(sys.argv[1])), sys.argv[2]).access_token()
"""


@pytest.mark.promise("D3")
def test_a_kill_between_answer_and_save_is_noticed(
    auth: PelotonAuth, seed: str, settings: Settings, sandbox: Sandbox, python: Python
) -> None:
    sandbox.faults({"kind": "stall", "seconds": 20, "then": "send", "endpoint": "token"})
    process = python(REFRESH_AND_DIE, str(settings.state_dir), settings.peloton_auth_url)
    for _ in range(400):
        if refreshes(sandbox):
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert refreshes(sandbox) == 1
    assert stored(auth).refresh_sent == fingerprint(seed)
    for _ in range(2):
        with pytest.raises(SignInNeeded, match="lost"):
            auth.access_token()
    assert refreshes(sandbox) == 1


@pytest.mark.promise("D3")
def test_a_rejected_token_is_not_tried_again(
    auth: PelotonAuth, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PELOTON_REFRESH_TOKEN", "v1.never-issued-by-anybody-0000")
    for _ in range(3):
        with pytest.raises(SignInNeeded, match="reject"):
            auth.access_token()
    assert refreshes(sandbox) == 1
    assert auth.describe().state == "needs sign-in"


@pytest.mark.promise("B3")
@pytest.mark.promise("D3")
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 500}, ProviderUnavailable),
        ({"kind": "status", "status": 503, "text": "<html>"}, ProviderUnavailable),
        ({"kind": "html", "status": 403}, ProviderUnavailable),
        ({"kind": "status", "status": 429, "retry_after": "seconds:600"}, LimitReached),
    ],
)
def test_an_outage_keeps_the_token_and_leaves_the_host_alone(
    fault: dict[str, object], error: type[PacelineError], auth: PelotonAuth, seed: str, sandbox: Sandbox
) -> None:
    sandbox.faults({**fault, "endpoint": "token"})
    with pytest.raises(error):
        auth.access_token()
    with pytest.raises(ProviderUnavailable, match="Try again after"):
        auth.access_token()
    assert refreshes(sandbox) == 1
    kept = stored(auth)
    assert (kept.refresh_token, kept.refresh_sent) == (seed, "")
    auth.store.save(PROVIDER, replace(kept, refresh_not_before=time.time() - 1))  # later
    assert auth.access_token()


@pytest.mark.promise("B3")
def test_an_outage_within_the_margin_is_not_felt(auth: PelotonAuth, seed: str, sandbox: Sandbox) -> None:
    token = auth.access_token()
    auth.store.save(PROVIDER, aged(stored(auth), 172_800 - 300))
    sandbox.faults({"kind": "status", "status": 500, "endpoint": "token", "times": 0})
    assert auth.access_token() == token
    assert auth.access_token() == token
    assert refreshes(sandbox) == 2  # the sign-in and one try


@pytest.mark.promise("B3")
def test_a_connect_that_fails_is_repeated_and_spends_nothing(
    settings: Settings, seed: str, sandbox: Sandbox
) -> None:
    store = TokenStore(settings.state_dir)
    unreachable = PelotonAuth(store, "http://127.0.0.1:9", backoff_s=0.01)
    with pytest.raises(ProviderUnavailable, match="could not be reached"):
        unreachable.access_token()
    kept = store.load(PROVIDER)
    assert (kept.refresh_token, kept.refresh_sent) == (seed, "")
    store.save(PROVIDER, replace(kept, refresh_not_before=0.0))
    assert PelotonAuth(store, settings.peloton_auth_url).access_token()


@pytest.mark.promise("D3")
def test_tokens_that_are_never_accepted_are_not_renewed_for_ever(
    auth: PelotonAuth, seed: str, sandbox: Sandbox
) -> None:
    token = auth.access_token()
    with pytest.raises(SignInNeeded, match="does not accept"):
        for _ in range(50):
            token = auth.renew(token)
    assert refreshes(sandbox) == token_rules.MOST_UNPROVEN_REFRESHES < 12
    auth.accepted(token)
    assert auth.renew(token) != token


# ------------------------------------------------------------------ the file


@pytest.mark.promise("D5")
def test_the_file_is_for_its_owner_only(auth: PelotonAuth, seed: str) -> None:
    auth.access_token()
    path = auth.store.path(PROVIDER)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {entry.name for entry in path.parent.iterdir()} == {"peloton.json", "peloton.lock"}
    assert (path.parent / "peloton.lock").stat().st_mode & 0o077 == 0


@pytest.mark.promise("D5")
def test_a_file_open_to_others_is_told_loudly_and_repaired(
    auth: PelotonAuth, seed: str, caplog: pytest.LogCaptureFixture
) -> None:
    token = auth.access_token()
    path = auth.store.path(PROVIDER)
    path.chmod(0o644)
    path.parent.chmod(0o755)
    assert auth.access_token() == token
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 2
    assert "open to others" in caplog.text


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"accounts": []}', '{"accounts": {"default": 3}}', "\xff"]
)
def test_a_damaged_file_is_never_taken_for_none(
    content: str, auth: PelotonAuth, seed: str, sandbox: Sandbox
) -> None:
    path = auth.store.path(PROVIDER)
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="latin-1")
    with pytest.raises(StorageProblem, match=r"peloton\.json.*paceline login peloton"):
        auth.access_token()
    assert path.read_text(encoding="latin-1") == content
    assert refreshes(sandbox) == 0


def test_a_full_or_missing_disk_is_named_and_nothing_is_sent(
    seed: str, tmp_path: Path, settings: Settings, sandbox: Sandbox
) -> None:
    (tmp_path / "a file").write_text("")
    auth = PelotonAuth(TokenStore(tmp_path / "a file"), settings.peloton_auth_url)
    with pytest.raises(StorageProblem, match="a file"):
        auth.access_token()
    assert refreshes(sandbox) == 0


def test_a_newer_version_may_add_fields(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.save(PROVIDER, Tokens(access_token="access-1", seen=("a", "b")))
    content = json.loads(store.path(PROVIDER).read_text())
    content["accounts"]["default"]["added_later"] = {"x": 1}
    store.path(PROVIDER).write_text(json.dumps(content))
    assert store.load(PROVIDER) == Tokens(access_token="access-1", seen=("a", "b"))


@pytest.mark.promise("D4")
def test_nothing_prints_a_token() -> None:
    held = Tokens(access_token="access-canary", refresh_token="refresh-canary")
    pasted = Pasted("access-canary", "refresh-canary")
    assert "canary" not in f"{held!r} {held} {pasted!r} {pasted}"


# ------------------------------------------------------------------ what people paste

TOKEN_CHARS = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", min_size=8, max_size=200
)
REFRESH = TOKEN_CHARS.map(lambda text: f"v1.{text}")
ACCESS = st.builds(lambda *parts: ".".join(parts), TOKEN_CHARS.map(lambda text: f"eyJ{text}"), TOKEN_CHARS)


def broken_into_lines(text: str, width: int) -> str:
    return "\r\n  ".join(text[start : start + width] for start in range(0, len(text), width))


@given(refresh=REFRESH, access=ACCESS, indent=st.none() | st.integers(0, 4), escaped=st.booleans())
def test_the_whole_storage_entry_is_understood(
    refresh: str, access: str, indent: int | None, escaped: bool
) -> None:
    body = {"client_id": "x", "access_token": access, "refresh_token": refresh, "expires_in": 172_800}
    entry = json.dumps({"body": body, "expiresAt": 1_800_000_000}, indent=indent)
    assert clean_pasted(json.dumps(entry) if escaped else entry) == Pasted(access, refresh)
    assert clean_pasted(f"key\t{json.dumps(body)}\n") == Pasted(access, refresh)


@given(
    refresh=REFRESH,
    access=ACCESS,
    around=st.sampled_from(["{}", '"{}"', "'{}'", " {}\n", "`{}`", '"{}",', "\ufeff{}"]),
    width=st.integers(20, 90),
)
def test_bare_tokens_are_cleaned(refresh: str, access: str, around: str, width: int) -> None:
    assert clean_pasted(around.format(refresh)) == Pasted(refresh_token=refresh)
    assert clean_pasted(around.format(broken_into_lines(refresh, width))) == Pasted(refresh_token=refresh)
    for words in (
        "Bearer ",
        "bearer\t",
        "Authorization: Bearer ",
        "authorization: ",
        '"authorization": "Bearer ',
    ):
        assert clean_pasted(around.format(words + access)) == Pasted(access_token=access)


@pytest.mark.parametrize(
    "text", ["", "  ", "{}", '{"id_token": "eyJhbGciOi.x.y", "decodedToken": {}}', "{{{"]
)
def test_nothing_useful_gives_nothing(text: str) -> None:
    assert clean_pasted(text) == Pasted()


def test_an_opaque_value_is_what_it_was_asked_for() -> None:
    assert clean_pasted("opaque-value-1") == Pasted(refresh_token="opaque-value-1")
    assert clean_pasted("opaque-value-1", opaque_is="access") == Pasted(access_token="opaque-value-1")


@given(text=st.text())
def test_no_paste_fails(text: str) -> None:
    found = clean_pasted(text)
    for token in (found.access_token, found.refresh_token):
        assert token.isascii()
        assert token == "".join(token.split())


def jwt(claims: object) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


@pytest.mark.parametrize(
    ("token", "times"),
    [
        (jwt({"iat": 5, "exp": 9}), (5.0, 9.0)),
        (jwt({"exp": 9.5}), (0.0, 9.5)),
        (jwt({}), (0.0, 0.0)),
        (jwt([1]), (0.0, 0.0)),
        (jwt({"exp": "soon"}), (0.0, 0.0)),
        (jwt({"exp": [1]}), (0.0, 0.0)),
        ("opaque", (0.0, 0.0)),
        ("a.b.c", (0.0, 0.0)),
        ("a.\xff.c", (0.0, 0.0)),
    ],
)
def test_jwt_times(token: str, times: tuple[float, float]) -> None:
    assert jwt_times(token) == times


@given(text=st.text())
def test_jwt_times_never_fail(text: str) -> None:
    assert all(isinstance(time_, float) for time_ in jwt_times(text) + jwt_times(f"a.{text}.c"))
