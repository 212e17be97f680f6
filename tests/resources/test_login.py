"""Signing in as a person does: by a paste, through the browser, on a real terminal. No secret is ever shown."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import typer
from typer.testing import CliRunner, Result

from paceline.login import register
from resources.errors import PacelineError, SignInNeeded, UsageProblem
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.settings import Settings
from resources.tokens import Tokens, TokenStore
from sandbox.client import Sandbox

CHECKOUT = Path(__file__).resolve().parents[2]
NewTokens = Callable[[], dict[str, str]]
PROGRAM = """
import typer
from paceline.login import register
from resources.errors import PacelineError
app = typer.Typer(pretty_exceptions_enable=False)
app.callback()(lambda: None)
register(app)
try:
    app()
except PacelineError as error:
    print("problem:", error)
    raise SystemExit(error.exit_code)
"""


def login(*arguments: str, stdin: str = "") -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["login", *arguments], input=stdin)


def stored(settings: Settings, account: str = "default") -> Tokens:
    return TokenStore(settings.state_dir).load(PROVIDER, account)


def problem(result: Result) -> PacelineError:
    assert isinstance(result.exception, PacelineError), result.output
    return result.exception


def storage_entry(tokens: dict[str, str]) -> str:
    return json.dumps({"body": tokens | {"client_id": "x"}, "expiresAt": 1_800_000_000})


@pytest.mark.parametrize("form", ["bare", "quoted", "entry", "answer"])
def test_a_pasted_refresh_token_is_used_once_and_proved(
    form: str, settings: Settings, new_tokens: NewTokens, sandbox: Sandbox
) -> None:
    tokens = new_tokens()
    pasted = {
        "bare": tokens["refresh_token"],
        "quoted": f'"{tokens["refresh_token"]}"\n',
        "entry": storage_entry(tokens),
        "answer": json.dumps(tokens, indent=2),
    }[form]
    result = login("peloton", stdin=pasted)
    assert result.exit_code == 0, result.output
    assert "Signed in to Peloton as member" in result.stdout
    kept = stored(settings)
    assert kept.refresh_token != tokens["refresh_token"]
    counters = sandbox.counters()["by_endpoint"]
    assert (counters["token"], counters["me"]) == (1, 1)
    for secret in (*tokens.values(), kept.refresh_token, kept.access_token):
        if len(str(secret)) > 20:
            assert str(secret) not in result.output


def test_an_access_token_works_and_says_for_how_long(
    settings: Settings, new_tokens: NewTokens, sandbox: Sandbox
) -> None:
    access = new_tokens()["access_token"]
    result = login("peloton", "--way", "access", stdin=f"authorization: Bearer {access}")
    assert result.exit_code == 0, result.output
    assert "48 hours" in result.stdout
    assert stored(settings).access_token == access
    assert sandbox.counters()["by_endpoint"]["token"] == 0


def test_accounts_have_names(settings: Settings, new_tokens: NewTokens) -> None:
    assert login("peloton", "--account", "sister", stdin=new_tokens()["refresh_token"]).exit_code == 0
    assert stored(settings, "sister").access_token
    assert not stored(settings).access_token


def test_a_rejected_paste_leaves_the_old_sign_in(settings: Settings, new_tokens: NewTokens) -> None:
    assert login("peloton", stdin=new_tokens()["refresh_token"]).exit_code == 0
    before = stored(settings)
    error = problem(login("peloton", stdin="v1.never-issued-by-anybody"))
    assert isinstance(error, SignInNeeded)
    assert error.exit_code == 4
    error = problem(login("peloton", "--way", "access", stdin="Bearer eyJub3BlIn0.e30.x"))
    assert isinstance(error, SignInNeeded)
    after = stored(settings)
    assert (after.access_token, after.refresh_token) == (before.access_token, before.refresh_token)
    assert PelotonAuth(TokenStore(settings.state_dir), settings.peloton_auth_url).describe().state == "ok"


def test_a_sign_in_makes_the_environments_value_old(
    settings: Settings, seed: str, new_tokens: NewTokens, sandbox: Sandbox
) -> None:
    assert login("peloton", stdin=new_tokens()["refresh_token"]).exit_code == 0
    token = stored(settings).access_token
    auth = PelotonAuth(TokenStore(settings.state_dir), settings.peloton_auth_url)
    assert auth.access_token() == token
    assert sandbox.counters()["by_endpoint"]["token"] == 1


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["peloton"], "", "Nothing was pasted"),
        (["peloton"], " \n ", "Nothing was pasted"),
        (["peloton"], '{"id_token": "eyJhbGciOi.x.y", "decodedToken": {}}', "@@user@@"),
        (["peloton", "--way", "browser"], "https://members.onepeloton.com/callback?state=x", "no code"),
        (
            ["peloton", "--way", "browser"],
            "https://members.onepeloton.com/callback?code=abcdef&state=x",
            "not ours",
        ),
        (["garmin"], "", "Choose one of: peloton"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_sent(
    arguments: list[str], stdin: str, said: str, settings: Settings, sandbox: Sandbox
) -> None:
    error = problem(login(*arguments, stdin=stdin))
    assert isinstance(error, UsageProblem)
    assert said in str(error)
    assert sandbox.counters()["total"] == 0


def test_a_refused_browser_login_is_told(settings: Settings) -> None:
    callback = (
        "https://members.onepeloton.com/callback?error=access_denied&error_description=User%20said%20no"
    )
    error = problem(login("peloton", "--way", "browser", stdin=callback))
    assert "User said no" in str(error)


def start_program(*arguments: str, **streams: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "login", *arguments],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        text=True,
        **streams,  # type: ignore[call-overload]
    )


def follow(address: str) -> str:
    return requests.get(address, allow_redirects=False, timeout=10).headers["Location"]


@pytest.mark.parametrize("paste", ["address", "code"])
def test_the_browser_way(paste: str, settings: Settings, sandbox: Sandbox) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = start_program("peloton", "--way", "browser", **pipes)
    assert process.stderr is not None
    address = next(line.strip() for line in process.stderr if "/authorize?" in line)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["audience"] == ["https://api.onepeloton.com/"]
    callback = follow(address)
    code = parse_qs(urlsplit(callback).query)["code"][0]
    out, err = process.communicate(f"{callback if paste == 'address' else code}\n", timeout=60)
    assert process.returncode == 0, out + err
    assert "Signed in to Peloton" in out
    kept = stored(settings)
    assert kept.refresh_token
    assert not any(secret in out + err for secret in (code, kept.refresh_token, kept.access_token))


def test_a_code_of_another_login_is_rejected(settings: Settings, sandbox: Sandbox) -> None:
    error = problem(login("peloton", "--way", "browser", stdin="0123456789abcdef"))
    assert isinstance(error, SignInNeeded)
    assert "0123456789abcdef" not in str(error)


@pytest.mark.promise("D4")
@pytest.mark.parametrize("shape", ["one long line", "many lines"])
def test_a_terminal_takes_a_long_paste_and_shows_nothing(
    shape: str, settings: Settings, new_tokens: NewTokens
) -> None:
    tokens = new_tokens()
    entry = {"body": tokens | {"client_id": "x", "filler": "f" * 9_000}, "expiresAt": 1}
    pasted = json.dumps(entry, indent=None if shape == "one long line" else 2)
    ours, theirs = pty.openpty()
    process = start_program("peloton", stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
    os.close(theirs)
    shown = read_until(ours, "(hidden): ")
    for start in range(0, len(pasted), 1_000):
        os.write(ours, pasted[start : start + 1_000].encode())
    os.write(ours, b"\n")
    shown += read_until(ours, None)
    assert process.wait(timeout=60) == 0, shown
    os.close(ours)
    assert "Signed in to Peloton as member" in re.sub(r"\s+", " ", shown)
    assert tokens["refresh_token"] not in shown
    assert "ffffffff" not in shown


def read_until(terminal: int, text: str | None) -> str:
    """What the terminal shows, up to `text` or to the end of the program."""
    shown, ends = "", time.monotonic() + 60
    while time.monotonic() < ends and not (text and text in shown):
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                new = os.read(terminal, 4096).decode("utf-8", "replace")
            except OSError:  # Linux says so when the other side has closed
                break
            if not new:
                break
            shown += new
    return shown
