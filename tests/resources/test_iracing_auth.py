"""iRacing's sign-in: masked secrets, one sign-in and then refreshes, rejections, credentials that are typed in once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from racing import (
    TOKEN,
    Fault,
    Grants,
    aged,
    begin_anew,
    connect,
    credentials,
    disconnect,
    grants,
    new_auth,
    new_client,
    new_sandbox,
)

from resources.errors import SignInNeeded
from resources.iracing_auth import (
    PROVIDER,
    Credentials,
    IracingAuth,
    credentials_of_environment,
    mask,
)
from sandbox.client import Sandbox


@pytest.fixture(scope="module")
def one_racing() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def racing(one_racing: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    begin_anew(one_racing)
    connect(one_racing, monkeypatch)
    return one_racing


@pytest.fixture
def auth(racing: Sandbox) -> IracingAuth:
    return new_auth(racing)


@pytest.fixture
def before(racing: Sandbox) -> Grants:
    return grants(racing)


def later(auth: IracingAuth, seconds: float) -> None:
    auth.save(aged(auth.load(), seconds))


def spoil(racing: Sandbox, fault: Fault) -> None:
    racing.faults({**fault, "endpoint": TOKEN})


# ------------------------------------------------------------------ what is sent


@pytest.mark.parametrize(
    ("secret", "owner", "masked"),
    [  # computed with openssl dgst -sha256 -binary | base64
        ("hush-hush", "client-7", "X+pCGH+9Q/NuB3+gTtq6dlke0flpMetWZSs1KD1MzIc="),
        ("hush-hush", " Client-7\n", "X+pCGH+9Q/NuB3+gTtq6dlke0flpMetWZSs1KD1MzIc="),
        ("Pa ss/Wörd+1 ", "Me@Racing.example", "SPUKOO4krjcKXSGPwh2MsI/Sy69wUHcykbaQGMEJZd0="),
    ],
)
def test_a_secret_is_hashed_with_its_owners_name(secret: str, owner: str, masked: str) -> None:
    """The name trimmed and in small letters, the secret as it is."""
    assert mask(secret, owner) == masked


def test_the_environment_is_taken_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "CLIENT_ID": " client-7 ", "CLIENT_SECRET": "secret-1", "USERNAME": "Me@Racing.example",
        "PASSWORD": "pass-11",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(f"IRACING_{name}", value)
    who = credentials_of_environment()
    assert who
    assert vars(who) == {
        "client_id": "client-7",
        "client_secret": "p2apzUtVVyZC+/leKvsje8VcdjAIsyFAZ9kr+32II2k=",
        "username": "Me@Racing.example",
        "password": "//bSN/FTj+uwyaV5Y2GFqKi/9nlyw9DOwRs+Q17rRG0=",
    }
    assert "p2apz" not in repr(who)
    for name, value in values.items():
        monkeypatch.setenv(f"IRACING_{name}", " ")
        assert credentials_of_environment() is None
        monkeypatch.setenv(f"IRACING_{name}", value)


def test_the_forms_are_urlencoded(
    racing: Sandbox, auth: IracingAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plus that travels as it is would arrive as a blank."""
    bodies: list[str] = []
    send = requests.adapters.HTTPAdapter.send

    def listening(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert "Authorization" not in request.headers
        bodies.append(request.body)
        return send(self, request, *args, **kwargs)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", listening)
    known, hidden = racing.iracing_credentials, credentials(racing)
    auth.renew(auth.access_token())
    with pytest.raises(SignInNeeded):
        auth.sign_in(Credentials.masked(known["client_id"], "secret-1", "me@racing.example", "pass-11"))
    first, second, third = (dict(parse_qsl(body)) for body in bodies)
    assert first == {"grant_type": "password_limited", **vars(hidden), "scope": "iracing.auth"}
    assert second.pop("refresh_token")
    assert second == {
        "grant_type": "refresh_token",
        "client_id": hidden.client_id,
        "client_secret": hidden.client_secret,
    }
    assert third["password"] == "//bSN/FTj+uwyaV5Y2GFqKi/9nlyw9DOwRs+Q17rRG0="
    assert "password=%2F%2FbSN%2FFTj%2BuwyaV5Y2GFqKi%2F9nlyw9DOwRs%2BQ17rRG0%3D" in bodies[2]
    assert not any("+" in body for body in bodies)


# ------------------------------------------------------------------ the usual way


def test_one_sign_in_then_refreshes(racing: Sandbox, auth: IracingAuth, before: Grants) -> None:
    token = auth.access_token()
    assert new_auth(racing).access_token() == token
    assert (grants(racing) - before).row() == (1, 1, 0, 0)
    assert auth.renew(token) != token
    assert (grants(racing) - before).row() == (2, 1, 1, 0)
    kept = auth.store.path(PROVIDER).read_text()
    assert not any(
        racing.iracing_credentials[name] in kept for name in ("client_secret", "password", "username")
    ), "what the environment holds stays there"


@pytest.mark.parametrize(("age_s", "sent"), [(530, 0), (545, 1), (601, 1)])
def test_a_token_is_renewed_a_minute_before_its_end(
    age_s: float, sent: int, racing: Sandbox, auth: IracingAuth
) -> None:
    token = auth.access_token()
    later(auth, age_s)
    before = grants(racing)
    assert (auth.access_token() != token) == bool(sent)
    assert (grants(racing) - before).row() == (sent, 0, sent, 0)


def test_without_a_refresh_token_the_sign_in_is_repeated_in_time(
    racing: Sandbox, auth: IracingAuth, before: Grants
) -> None:
    spoil(racing, {"kind": "field", "path": "refresh_token", "op": "delete"})
    token = auth.access_token()
    assert auth.access_token() == token
    assert not auth.describe().has_refresh_token
    later(auth, 700)
    assert auth.access_token() != token
    assert (grants(racing) - before).row() == (2, 2, 0, 0)


def test_a_lifetime_that_nobody_told_is_found_out_by_a_refusal(
    racing: Sandbox, auth: IracingAuth, before: Grants
) -> None:
    spoil(racing, {"kind": "field", "path": "expires_in", "op": "delete"})
    token = auth.access_token()
    later(auth, 86_400)
    assert auth.access_token() == token
    assert auth.renew(token) != token
    assert (grants(racing) - before).row() == (2, 1, 1, 0)


def test_an_outage_within_the_last_minute_is_not_felt(racing: Sandbox, auth: IracingAuth) -> None:
    token = auth.access_token()
    later(auth, 545)
    before = grants(racing)
    racing.faults({"kind": "status", "status": 500, "endpoint": TOKEN, "times": 0})
    assert [auth.access_token() for _ in range(3)] == [token] * 3
    assert (grants(racing) - before).sent == 1


# ------------------------------------------------------------------ rejected


@pytest.mark.promise("D3")
@pytest.mark.parametrize("wrong", ["CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD"])
def test_rejected_credentials_are_not_tried_again_until_they_change(
    wrong: str, racing: Sandbox, auth: IracingAuth, before: Grants, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a wrong client id, whose code is that of the limit, but without a time."""
    right = racing.iracing_env()[f"IRACING_{wrong}"]
    monkeypatch.setenv(f"IRACING_{wrong}", "nobody-knows-this")
    with pytest.raises(SignInNeeded, match=r"The iRacing sign-in was rejected \(") as first:
        auth.access_token()
    assert first.value.exit_code == 4
    for again in (auth, new_auth(racing), auth):
        with pytest.raises(SignInNeeded, match=r"rejected this client id, name or password before"):
            again.access_token()
    assert (grants(racing) - before).row() == (1, 0, 0, 1)
    told = auth.describe()
    assert (told.state, "paceline login iracing" in told.note) == ("needs sign-in", True)
    monkeypatch.setenv(f"IRACING_{wrong}", right)
    assert auth.access_token()
    assert auth.describe().state == "ok"
    assert (grants(racing) - before).row() == (2, 1, 0, 1)


def test_without_credentials_both_doors_are_named(
    racing: Sandbox, auth: IracingAuth, before: Grants, monkeypatch: pytest.MonkeyPatch
) -> None:
    disconnect(monkeypatch)
    with pytest.raises(SignInNeeded, match=r"IRACING_CLIENT_ID.*`paceline import iracing FOLDER`") as caught:
        new_client().series()
    assert caught.value.exit_code == 4
    assert auth.describe().state == "needs sign-in"
    assert grants(racing) == before
    assert racing.counters()["total"] == 0


@pytest.mark.parametrize("scope", [None, "", "iracing.profile", "iracing.authority"])
def test_a_token_without_the_scope_of_the_data_is_none(
    scope: str | None, racing: Sandbox, auth: IracingAuth
) -> None:
    change = {"op": "delete"} if scope is None else {"op": "set", "value": scope}
    spoil(racing, {"kind": "field", "path": "scope", **change})
    with pytest.raises(SignInNeeded, match=r"no access to its data.*active"):
        auth.access_token()
    assert not auth.load().access_token
    assert auth.access_token(), "it may be granted another time"


def test_more_scopes_than_asked_are_fine(racing: Sandbox, auth: IracingAuth) -> None:
    spoil(racing, {"kind": "field", "path": "scope", "op": "set", "value": "iracing.profile iracing.auth"})
    assert auth.access_token()


# ------------------------------------------------------------------ typed in once


def test_typed_credentials_are_kept_masked_and_used_again(
    racing: Sandbox, auth: IracingAuth, before: Grants, monkeypatch: pytest.MonkeyPatch
) -> None:
    disconnect(monkeypatch)
    auth.sign_in(credentials(racing))
    known, kept = racing.iracing_credentials, auth.store.path(PROVIDER).read_text()
    assert known["client_secret"] not in kept
    assert known["password"] not in kept
    assert mask(known["password"], known["username"]) in kept
    token = new_auth(racing).access_token()
    token = new_auth(racing).renew(token)
    racing.expire_iracing_tokens(refresh_tokens_too=True)
    assert new_auth(racing).renew(token) != token
    assert (grants(racing) - before).row() == (4, 2, 1, 1)


def test_a_sign_in_that_fails_leaves_the_one_that_works(
    racing: Sandbox, auth: IracingAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    disconnect(monkeypatch)
    auth.sign_in(credentials(racing))
    token, known = auth.access_token(), racing.iracing_credentials
    before = grants(racing)
    with pytest.raises(SignInNeeded, match="rejected"):
        auth.sign_in(Credentials.masked(**{**known, "client_secret": "mistyped"}))
    assert auth.access_token() == token
    assert auth.describe().state == "ok"
    assert auth.renew(token) != token
    assert (grants(racing) - before).row() == (2, 0, 1, 1)


def test_a_person_may_try_again_what_was_rejected(
    racing: Sandbox, auth: IracingAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account may have been unlocked meanwhile."""
    disconnect(monkeypatch)
    spoil(racing, {"kind": "status", "status": 400, "json": {"error": "access_denied"}})
    with pytest.raises(SignInNeeded, match="access_denied"):
        auth.sign_in(credentials(racing))
    auth.sign_in(credentials(racing))
    assert auth.describe().state == "ok"


def test_credentials_that_are_missing_for_once_do_not_cost_the_refresh_token(
    racing: Sandbox, auth: IracingAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run in another folder, whose `.env` is elsewhere."""
    token = auth.access_token()
    before = grants(racing)
    disconnect(monkeypatch)
    for _ in range(2):
        with pytest.raises(SignInNeeded, match=r"client id is gone.*IRACING_CLIENT_ID"):
            auth.renew(token)
    connect(racing, monkeypatch)
    assert auth.renew(token) != token
    assert (grants(racing) - before).row() == (1, 0, 1, 0)


# ------------------------------------------------------------------ what is told


def test_the_states_of_an_account(
    racing: Sandbox, auth: IracingAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = grants(racing)
    disconnect(monkeypatch)
    assert auth.describe().state == "needs sign-in"
    connect(racing, monkeypatch)
    unused = auth.describe()
    assert (unused.state, unused.note) == ("unknown", "the credentials have not been used yet")
    assert grants(racing) == before
    auth.access_token()
    signed_in = auth.describe()
    assert (signed_in.provider, signed_in.account, signed_in.state) == ("iracing", "default", "ok")
    assert signed_in.has_refresh_token
    assert signed_in.access_left and timedelta(minutes=7) < signed_in.access_left <= timedelta(minutes=10)
    later(auth, 601)
    ended = auth.describe()
    assert (ended.state, ended.access_left) == ("ok", timedelta(0))
    auth.save(replace(auth.load(), refresh_token=""))
    assert auth.describe().note == "signs in again at the next sync"
    disconnect(monkeypatch)
    assert auth.describe().state == "needs sign-in"
