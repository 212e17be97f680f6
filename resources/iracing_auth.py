"""iRacing's tokens by the grant `password_limited`: refreshed while that works, else one new sign-in.

Refresh tokens work once, access tokens some ten minutes (iRacing facts, 1). Surprising: secret and password are sent
masked, as a hash with their owner's name, and nothing else of them is ever kept. A sign-in that was rejected is not
tried again with the same values, and there are never more than a few an hour: twelve may lock an account.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass, replace

from resources.errors import LimitReached, ProviderUnavailable, SignInNeeded
from resources.oauth import COOL_DOWN_S, READ_TIMEOUT_S, OutcomeUnknown, SignIn, ask_for_tokens
from resources.redact import remember
from resources.token_owner import Connection, TokenOwner
from resources.token_rules import answered, lasts, pause_left_s, paused
from resources.tokens import Tokens, TokenStore, fingerprint, now_s

PROVIDER = "iracing"
SCOPE = "iracing.auth"
MOST_LOGINS_AN_HOUR = 4
CURE = (
    "Run `paceline login iracing`, or set IRACING_CLIENT_ID, IRACING_CLIENT_SECRET, IRACING_USERNAME and"
    " IRACING_PASSWORD in .env. Without a client id: `paceline import iracing FOLDER` reads public documents."
)


@dataclass(frozen=True)
class Credentials:
    """Who signs in. `client_secret` and `password` are masked already."""

    client_id: str
    client_secret: str
    username: str
    password: str

    @classmethod
    def masked(cls, client_id: str, client_secret: str, username: str, password: str) -> Credentials:
        """From the values as a person knows them."""
        remember(client_secret, password)
        secret, hidden = mask(client_secret, client_id), mask(password, username)
        remember(secret, hidden)
        return cls(client_id.strip(), secret, username.strip(), hidden)

    def __repr__(self) -> str:
        return "Credentials(...)"

    @property
    def mark(self) -> str:
        """By which a rejected sign-in is known again."""
        return fingerprint("\n".join((self.client_id, self.client_secret, self.username, self.password)))


def mask(secret: str, owner: str) -> str:
    """Base64 of the SHA-256 of the secret followed by its owner's name, trimmed and in lower case."""
    digest = hashlib.sha256(f"{secret}{owner.strip().lower()}".encode()).digest()
    return base64.b64encode(digest).decode()


def credentials_of_environment() -> Credentials | None:
    """The four variables, or None unless all of them are set."""
    names = ("CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD")
    values = [os.environ.get(f"IRACING_{name}", "") for name in names]
    return Credentials.masked(*values) if all(value.strip() for value in values) else None


class IracingAuth(TokenOwner):
    """Access tokens of one iRacing account; safe for several threads and processes."""

    margin_s = 60.0

    def __init__(
        self,
        store: TokenStore,
        auth_url: str,
        account: str = "default",
        *,
        backoff_s: float = 2.0,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        url = f"{auth_url.rstrip('/')}/oauth2/token"
        service = SignIn(PROVIDER, "iRacing", url, "IRACING_AUTH_URL", CURE)
        super().__init__(store, service, account, backoff_s=backoff_s, read_timeout_s=read_timeout_s)

    def refresh_form(self, refresh_token: str) -> dict[str, str]:
        who = self.credentials(self.load())
        if who is None:
            raise SignInNeeded("The iRacing client id is gone", CURE)
        form = {"grant_type": "refresh_token", "client_id": who.client_id, "refresh_token": refresh_token}
        return {**form, "client_secret": who.client_secret}

    def credentials(self, tokens: Tokens) -> Credentials | None:
        """Those of the environment, else those that a person typed in once."""
        stored = Credentials(**tokens.credentials) if tokens.credentials else None
        if stored:
            remember(stored.client_secret, stored.password)
        return credentials_of_environment() or stored

    def sign_in(self, who: Credentials) -> None:
        """Sign in with what a person typed, and keep it (masked) for the next time. Raises SignInNeeded.

        A sign-in that fails leaves what works. What was rejected before is tried again: a person may know better.
        """
        with self.lock():
            self._log_in(self.load(), who, typed=True)

    def refresh(self, tokens: Tokens) -> Tokens:
        """A refresh; where that cannot be, one sign-in with the credentials."""
        if tokens.refresh_token:
            try:
                return super().refresh(tokens)
            except SignInNeeded:
                if self.credentials(tokens) is None:
                    raise
                tokens = self.load()
        who = self.credentials(tokens)
        if who is None:
            raise SignInNeeded("There is no credential for iRacing", CURE)
        return self._log_in(tokens, who)

    def _log_in(self, tokens: Tokens, who: Credentials, *, typed: bool = False) -> Tokens:
        """One password grant, counted before it is sent. Called with the lock held."""
        if tokens.login_rejected == who.mark and not typed:
            raise SignInNeeded("iRacing rejected this client id, name or password before", CURE)
        recent = tuple(moment for moment in tokens.logins if 0 <= now_s() - moment < 3600)
        if len(recent) >= MOST_LOGINS_AN_HOUR:
            raise ProviderUnavailable(
                f"{len(recent)} sign-ins at iRacing within an hour are enough", "Try again in an hour."
            )
        if (left_s := pause_left_s(tokens)) > 0:
            raise ProviderUnavailable(
                "The iRacing sign-in service had a fault just now", f"Try again in {left_s:.0f} s."
            )
        counted = self.save(replace(tokens, logins=(*recent, now_s())))
        try:
            answer = ask_for_tokens(self.service, _grant(who), **self.patience)
        except OutcomeUnknown as error:
            self.save(paused(counted, COOL_DOWN_S))
            raise ProviderUnavailable(
                f"The answer to the sign-in was lost ({error})", "Try again in a minute."
            ) from None
        except SignInNeeded:
            self.save(replace(counted, login_rejected=who.mark))
            raise
        except ProviderUnavailable:
            self.save(paused(counted, COOL_DOWN_S))
            raise
        except LimitReached as error:
            self.save(paused(counted, error.resume_at.timestamp() - now_s()))
            raise
        if SCOPE not in str(answer.get("scope", "")).split():
            raise SignInNeeded(
                "iRacing granted no access to its data", "Is the account active? See docs/sign-in-iracing.md."
            )
        granted = answered(answer, counted)
        return self.save(replace(granted, credentials=vars(who)) if typed else granted)

    def describe(self) -> Connection:
        """State of the account, without any request."""
        found, tokens = super().describe(), self.load()
        who = self.credentials(tokens)
        if who and tokens.login_rejected != who.mark and found.state == "needs sign-in":
            used = bool(tokens.logins or tokens.access_token)
            note = "signs in again at the next sync" if used else "the credentials have not been used yet"
            return replace(found, state="ok" if used else "unknown", note=note)
        if who and tokens.login_rejected == who.mark and not lasts(tokens, 0):
            return replace(found, state="needs sign-in", note=CURE)
        return found


def _grant(who: Credentials) -> dict[str, str]:
    return {"grant_type": "password_limited", **vars(who), "scope": SCOPE}
