"""`paceline login`: guided sign-in; secrets come in by a hidden prompt or standard input, never as arguments.

Success is said only after the provider answered with the new token. Surprising: a terminal in its normal
mode cuts a pasted line at 4096 characters (1024 on a Mac), less than the text people copy here, so the prompt
reads key by key.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable
from enum import StrEnum

import typer

from resources.errors import SignInNeeded, UsageProblem
from resources.iracing import IracingClient
from resources.iracing_auth import PROVIDER as IRACING
from resources.iracing_auth import Credentials, IracingAuth, credentials_of_environment
from resources.peloton import PelotonClient
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.peloton_oauth import authorization, pasted_code
from resources.redact import one_line, protect_process, remember
from resources.settings import Settings, load_settings
from resources.strava import StravaClient
from resources.strava_auth import PROVIDER as STRAVA
from resources.strava_auth import StravaAuth, authorize_address, missing_scopes
from resources.strava_auth import pasted_code as strava_code
from resources.token_table import token_store
from resources.tokens import clean_pasted

PASTE_PAUSE_S = 0.25  # a paste of several lines arrives in one go; a person pauses longer

PELOTON_NOTE = """\
Peloton has no public API. Paceline asks the one behind Peloton's own web site, with your account and at a
gentle pace; whether you want that is for you to decide.
"""
PASTE_HELP = """\
1. Open a private window, sign in at https://members.onepeloton.com and open the developer tools.
2. Storage (or Application) > Local storage > the entry that begins with @@auth0spajs@@:: and holds
   "refresh_token" (not the one with @@user@@). Copy its whole value.
3. Close that window without signing out. A refresh token works once: if the tab uses it again,
   the tab and Paceline throw each other out.
"""
BROWSER_HELP = """\
1. Forbid JavaScript for https://members.onepeloton.com in your browser (its page would use up the code).
2. Open this address and sign in:

{url}

3. Copy the address of the empty page you land on. It begins with https://members.onepeloton.com/callback
"""
ACCESS_HELP = """\
In the developer tools of a signed-in Peloton tab: Network > any request to the API host > the request header
Authorization. Copy its value. It works for at most 48 hours and nothing renews it.
"""


STRAVA_NOTE = """\
Strava's API policy of June 2026 lets an application keep API data for seven days at most and asks for a paid
subscription; it has no exception for personal use. STRAVA_RETENTION_DAYS=7 makes Paceline keep to it. Your own bulk
export is outside of these rules: `paceline import strava EXPORT.zip`.
"""
STRAVA_HELP = """\
1. Open this address, sign in and allow everything:

{url}

2. The browser ends at an address that begins with http://localhost/paceline and shows nothing. Copy that address.
"""
IRACING_NOTE = """\
iRacing gives client ids to people who ask for one; getting one may take long, and new ones may be paused.
Without one, `paceline import iracing FOLDER` reads documents that somebody saved.
"""
IRACING_QUESTIONS = (
    ("Client id", False),
    ("Client secret", True),
    ("E-mail or name", False),
    ("Password", True),
)


class Way(StrEnum):
    """How the credential comes in, the most lasting first."""

    paste = "paste"
    browser = "browser"
    access = "access"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("login")(login)


def login(
    provider: str = typer.Argument(help="Which provider: peloton, iracing or strava."),
    way: Way = typer.Option(
        Way.paste,
        help="paste: a refresh token or the whole local-storage entry. browser: an address to open and to"
        " paste back. access: an access token, for two days.",
    ),
    account: str = typer.Option("default", help="A name of your own for this account."),
) -> None:
    """Sign in; tokens go to the token store, never to a log.

    Examples: `paceline login peloton`, `paceline login peloton --way browser`,
    `paceline login peloton < token.txt`
    """
    protect_process()
    sign_in = PROVIDERS.get(provider.lower())
    if sign_in is None:
        raise UsageProblem(f"There is no sign-in for {provider!r}", f"Choose one of: {', '.join(PROVIDERS)}.")
    sign_in(load_settings(), way, account)


def login_peloton(settings: Settings, way: Way, account: str) -> None:
    """One sign-in, checked by one question about the member."""
    store = token_store(settings.state_place)
    auth = PelotonAuth(store, settings.peloton_auth_url, account)
    before = auth.current()
    _tell(PELOTON_NOTE)
    if way is Way.browser:
        started = authorization(settings.peloton_auth_url)
        _tell(BROWSER_HELP.format(url=started.url))
        code = pasted_code(ask_secret("Address (hidden): ", whole_input=False), started.state)
        auth.exchange(code, started.verifier)
    else:
        _tell(PASTE_HELP if way is Way.paste else ACCESS_HELP)
        text = ask_secret("Paste it here and press Enter (hidden): ")
        pasted = clean_pasted(text, opaque_is="access" if way is Way.access else "refresh")
        if not (pasted.refresh_token or pasted.access_token):
            raise UsageProblem(
                "The pasted text holds no token",
                "Copy the value of the entry that holds refresh_token, not of the @@user@@ one.",
            )
        auth.sign_in(pasted)
    try:
        member = PelotonClient.from_settings(settings, account=account).me_id()
    except SignInNeeded:
        if not auth.current().refresh_token:
            auth.put_back(before)
        raise
    now = auth.describe()
    typer.echo(
        f"Signed in to Peloton as member {one_line(member, 80)}. Tokens are in {store.where(PROVIDER)}."
    )
    if not now.has_refresh_token:
        hours = now.access_left.total_seconds() / 3600 if now.access_left else 48
        typer.echo(f"This access token works for {hours:.0f} hours at most, then sign in again.")


def login_iracing(settings: Settings, _way: Way, account: str) -> None:
    """One sign-in with client id and name, checked by one question. Secrets are asked for where `.env` has none."""
    if account != "default":
        raise UsageProblem("There is one iRacing account", "Leave --account out.")
    store = token_store(settings.state_place)
    auth = IracingAuth(store, settings.iracing_auth_url)
    _tell(IRACING_NOTE)
    who = credentials_of_environment()
    if who is None:
        values = [_ask_value(prompt, hidden) for prompt, hidden in IRACING_QUESTIONS]
        who = Credentials.masked(*values)
    auth.sign_in(who)
    IracingClient.from_settings(settings).current_quarter()
    typer.echo(f"Signed in to iRacing. Tokens are in {store.where(IRACING)}.")


def login_strava(settings: Settings, _way: Way, account: str) -> None:
    """One browser login, checked by one question about the athlete."""
    store = token_store(settings.state_place)
    auth = StravaAuth(store, settings.strava_auth_url, account)
    _tell(STRAVA_NOTE)
    address, state = authorize_address(settings.strava_auth_url)
    _tell(STRAVA_HELP.format(url=address))
    code, told_scope = strava_code(ask_secret("Address (hidden): ", whole_input=False), state)
    scope = auth.exchange(code) or told_scope
    athlete = StravaClient.from_settings(settings, account=account).athlete().payload["id"]
    auth.remember_member(str(athlete))
    typer.echo(f"Signed in to Strava as athlete {athlete}. Tokens are in {store.where(STRAVA)}.")
    for name in missing_scopes(scope):
        typer.echo(
            f"You did not allow {name}: private activities will be missing. Sign in again to allow it."
        )


def _ask_value(prompt: str, hidden: bool) -> str:
    if hidden:
        return ask_secret(f"{prompt} (hidden): ", whole_input=False).strip("\r\n")
    if sys.stdin.isatty():
        return str(typer.prompt(prompt, err=True))
    return sys.stdin.readline().strip()


PROVIDERS: dict[str, Callable[[Settings, Way, str], None]] = {
    PROVIDER: login_peloton,
    IRACING: login_iracing,
    STRAVA: login_strava,
}


def ask_secret(prompt: str, *, whole_input: bool = True) -> str:
    """A secret from the terminal without echo, or from standard input (to its end, or one line)."""
    if sys.stdin.isatty():
        text = _read_keys(sys.stdin.fileno(), prompt)
    else:
        text = sys.stdin.read() if whole_input else sys.stdin.readline()
    if not text.strip():
        raise UsageProblem("Nothing was pasted", "Start again and paste the value.")
    remember(text.strip())
    return text


def _read_keys(terminal: int, prompt: str) -> str:
    """Read without echo and without the length limit of line mode, until Enter and a pause."""
    try:
        import termios
    except ImportError:  # not a Unix terminal
        import getpass

        return getpass.getpass(prompt)
    before = termios.tcgetattr(terminal)
    hidden = termios.tcgetattr(terminal)
    hidden[3] &= ~(termios.ECHO | termios.ICANON)  # Ctrl-C keeps working
    typed = b""
    try:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, hidden)
        typer.echo(prompt, nl=False, err=True)  # only now: what is pasted earlier would be cut
        while True:
            new = os.read(terminal, 4096)
            if new in (b"\x7f", b"\x08"):
                typed = typed[:-1]
                continue
            typed += new
            ended = not new or new.endswith((b"\n", b"\r", b"\x04"))
            if ended and not select.select([terminal], [], [], PASTE_PAUSE_S)[0]:
                typer.echo(err=True)
                return typed.rstrip(b"\x04").decode("utf-8", "replace")
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _tell(text: str) -> None:
    typer.echo(text, err=True)
