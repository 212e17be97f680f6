"""Strava's sign-in by browser: a code that works once, a state that must be ours, scopes that may be unticked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from striding import TOKEN, Grants, begin_anew, browse, code_of, connect, grants, new_auth, new_sandbox

from resources.errors import SignInNeeded, UsageProblem
from resources.strava_auth import SCOPES, StravaAuth, authorize_address, missing_scopes, pasted_code
from resources.token_rules import granted
from sandbox.client import Sandbox


@pytest.fixture(scope="module")
def one_strava() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def strava(one_strava: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    begin_anew(one_strava)
    connect(one_strava, monkeypatch)
    return one_strava


@pytest.fixture
def auth(strava: Sandbox) -> StravaAuth:
    return new_auth(strava)


@pytest.fixture
def before(strava: Sandbox) -> Grants:
    return grants(strava)


# ------------------------------------------------------------------ scopes


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("read activity:read_all", "activity:read_all read"),
        ("read,activity:read_all", "activity:read_all read"),
        ("activity:read_all, read", "activity:read_all read"),
        ("read", "read"),
    ],
)
def test_a_scope_comes_with_blanks_or_commas(told: str, kept: str, strava: Sandbox, auth: StravaAuth) -> None:
    strava.settings(strava_scope=told)
    auth.access_token()
    assert auth.scope() == kept


def test_a_scope_that_an_answer_leaves_out_stays(strava: Sandbox, auth: StravaAuth) -> None:
    auth.access_token()
    assert auth.scope() == " ".join(sorted(SCOPES))
    strava.settings(strava_scope="")
    strava.expire_strava_tokens()
    auth.renew(auth.load().access_token)
    assert auth.scope() == " ".join(sorted(SCOPES))


@pytest.mark.parametrize(
    ("scope", "missing"),
    [
        ("", []),
        ("read activity:read_all", []),
        ("read,activity:read_all,profile:read_all", []),
        ("read activity:read", ["activity:read_all"]),
        ("read", ["activity:read_all"]),
    ],
)
def test_what_is_needed_and_was_not_granted_is_named(scope: str, missing: list[str]) -> None:
    assert missing_scopes(scope) == missing


@pytest.mark.parametrize("scope", [None, 7, [], {}])
def test_a_scope_of_another_type_is_none(scope: object) -> None:
    assert granted({"scope": scope}) == ""


# ------------------------------------------------------------------ the browser's way


def test_a_code_becomes_tokens_once(strava: Sandbox, auth: StravaAuth, before: Grants) -> None:
    address, state = authorize_address(strava.strava_auth_url)
    code, scope = pasted_code(browse("", address), state)
    assert scope == ",".join(SCOPES)
    assert auth.exchange(code) == " ".join(sorted(SCOPES))
    token = auth.access_token()
    assert (grants(strava) - before).row() == (1, 0, 1, 0), "what the environment holds is old now"
    with pytest.raises(SignInNeeded, match="rejected"):
        auth.exchange(code)
    assert auth.access_token() == token, "a code that is spent leaves the sign-in that works"


def test_scopes_that_were_not_ticked_are_seen(strava: Sandbox, auth: StravaAuth) -> None:
    strava.settings(strava_unticked="activity:read_all,profile:read_all")
    address, state = authorize_address(strava.strava_auth_url)
    code, scope = pasted_code(browse("", address), state)
    assert scope == "read"
    assert auth.exchange(code) == auth.scope() == "read"
    assert missing_scopes(auth.scope()) == ["activity:read_all"]


def test_the_code_is_lost_with_its_answer(strava: Sandbox, auth: StravaAuth, before: Grants) -> None:
    strava.faults({"kind": "lost_token_answer", "endpoint": TOKEN})
    with pytest.raises(SignInNeeded, match=r"works only once.*Start again with `paceline login strava`"):
        auth.exchange(code_of(browse(strava.strava_auth_url)))
    assert (grants(strava) - before).row() == (1, 0, 1, 0)


def test_an_athlete_who_says_no_is_understood(strava: Sandbox) -> None:
    strava.settings(strava_denies=True)
    address, state = authorize_address(strava.strava_auth_url)
    with pytest.raises(SignInNeeded, match="access_denied"):
        pasted_code(browse("", address), state)


@pytest.mark.parametrize(
    "pasted",
    ["", "abc", "http://localhost/paceline", "http://localhost/paceline?state=ours&code=", "?code"],
)
def test_what_holds_no_code_is_told(pasted: str) -> None:
    with pytest.raises(UsageProblem, match="holds no code"):
        pasted_code(pasted, "ours")


@pytest.mark.parametrize("state", ["", "theirs", "OURS", "ours ours", "öurs"])
def test_a_foreign_state_is_refused(state: str) -> None:
    with pytest.raises(UsageProblem, match="another login"):
        pasted_code(f"http://localhost/paceline?code=c0de&state={state}", "ours")


@pytest.mark.parametrize(
    "pasted",
    [
        "http://localhost/paceline?state=ours&code=c0de&scope=read",
        ' "http://localhost/paceline?code=c0de&scope=read&state=ours" ',
        "http://localhost/pace\nline?code=c0\n  de&scope=read&state=ours\n",
        "`http://localhost/paceline?code=c0de&scope=read&state=ours`",
    ],
)
def test_an_address_may_be_copied_badly(pasted: str) -> None:
    assert pasted_code(pasted, "ours") == ("c0de", "read")


def test_each_login_has_a_state_of_its_own(strava: Sandbox) -> None:
    states = {authorize_address(strava.strava_auth_url)[1] for _ in range(5)}
    assert len(states) == 5 and all(len(state) >= 32 for state in states)
    address, _ = authorize_address(strava.strava_auth_url)
    assert strava.strava_credentials["client_secret"] not in address
