"""The one owner of an account's tokens: who needs a token asks here, and only here a refresh is sent.

A refresh token may die by its use, so a refresh is written down before it is sent, its outcome before it is used,
and it is never sent twice. Surprising: when an answer was lost nobody can know whether the token is spent; asking
again could lock the account out, so we stop and ask a person.
"""

from __future__ import annotations

import logging
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from resources.errors import LimitReached, PacelineError, ProviderUnavailable, SignInNeeded
from resources.oauth import COOL_DOWN_S, READ_TIMEOUT_S, OutcomeUnknown, SignIn, ask_for_tokens
from resources.token_rules import answered, check_refreshable, lasts, paused, started, with_seen
from resources.tokens import Pasted, Tokens, TokenStore, clean_pasted, fingerprint, now_s

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Connection:
    """What `paceline status` may show of an account. No secrets."""

    provider: str
    account: str
    state: str  # ok, needs sign-in, unknown
    has_refresh_token: bool
    token_age: timedelta | None
    access_left: timedelta | None
    note: str


class TokenOwner:
    """Access tokens of one account; safe for several threads and processes. Providers say what their forms are."""

    margin_s = 600.0  # an access token is renewed so long before its end
    # Variables of the environment that may hold a first credential.
    refresh_variable = ""
    access_variable = ""

    def __init__(
        self,
        store: TokenStore,
        service: SignIn,
        account: str = "default",
        *,
        backoff_s: float = 2.0,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self.store = store
        self.service = service
        self.account = account
        self.patience = {"backoff_s": backoff_s, "read_timeout_s": read_timeout_s}
        self._proven = ""

    def refresh_form(self, refresh_token: str) -> dict[str, str]:
        """What is posted to trade a refresh token."""
        raise NotImplementedError

    def new_seed(self, tokens: Tokens) -> Pasted | None:
        """A credential in the environment that was never used. It belongs to the default account."""
        if self.account != "default" or not self.refresh_variable:
            return None
        refresh = clean_pasted(os.environ.get(self.refresh_variable, ""))
        access = clean_pasted(os.environ.get(self.access_variable, ""), opaque_is="access").access_token
        access = access or refresh.access_token
        new = Pasted(
            *("" if fingerprint(one) in tokens.seen else one for one in (access, refresh.refresh_token))
        )
        return new if new.access_token or new.refresh_token else None

    def adopt(self, tokens: Tokens) -> Tokens:
        """The tokens, with such a credential taken in. Called with the lock held."""
        seed = self.new_seed(tokens)
        if seed is None:
            return tokens
        if seed.refresh_token:
            return self.save(started(seed, tokens.seen))
        access = started(seed, tokens.seen)  # a hand-copied access token leaves the refresh token as it is
        return self.save(
            replace(
                tokens,
                access_token=access.access_token,
                access_expires_at=access.access_expires_at,
                obtained_at=access.obtained_at,
                member_id="",
                seen=access.seen,
            )
        )

    def sign_in_with(self, pasted: Pasted) -> None:
        """Make a pasted credential ours: a refresh token is used at once, so its successor is ours alone.

        When the sign-in service rejects it, the credential that was there before stays.
        """
        with self.lock():
            before = self.load()
            tokens = started(pasted, self.seen(before))
            if not pasted.refresh_token:
                self.save(tokens)
                return
            try:
                self.refresh(tokens)
            except SignInNeeded:
                if before.access_token and self.load().refresh_rejected:
                    self.save(before)
                raise

    def trade(self, form: dict[str, str]) -> dict[str, Any]:
        """Trade the code of a browser login for tokens of our own; give what the service answered."""
        with self.lock():
            try:
                answer = ask_for_tokens(self.service, form, **self.patience)
            except OutcomeUnknown as error:
                raise SignInNeeded(
                    f"The answer to the login was lost ({error}); its code works only once",
                    f"Start again with `paceline login {self.service.provider}`.",
                ) from None
            self.save(answered(answer, Tokens(seen=self.seen(self.load()))))
        return answer

    def access_token(self) -> str:
        """A token that works for a while yet, renewed when it is about to end."""
        tokens = self.load()
        if lasts(tokens, self.margin_s) and self.new_seed(tokens) is None:
            return tokens.access_token
        with self.lock():
            tokens = self.adopt(self.load())
            if lasts(tokens, self.margin_s):
                return tokens.access_token
            try:
                return self.refresh(tokens).access_token
            except PacelineError as error:
                if not lasts(tokens, 0):
                    raise
                log.warning("the access token could not be renewed yet: %s", error.what)
                return tokens.access_token  # the margin is there for a bad day of the sign-in service

    def renew(self, rejected: str) -> str:
        """A token other than the one that the API refused."""
        with self.lock():
            tokens = self.adopt(self.load())
            if tokens.access_token != rejected and lasts(tokens, 0):
                return tokens.access_token  # another thread or process was first
            try:
                return self.refresh(tokens).access_token
            except SignInNeeded:
                if (left := self.load()).access_token == rejected:  # it is dead, whatever its end was
                    ended = min(left.access_expires_at or now_s(), now_s())
                    self.save(replace(left, access_expires_at=ended))
                raise

    def accepted(self, token: str) -> None:
        """The API accepted this token: the refreshes that led to it were no vain loop."""
        if token == self._proven:
            return
        self._proven = token
        if not self.load().unproven:
            return
        with self.lock():
            tokens = self.load()
            if tokens.access_token == token:
                self.save(replace(tokens, unproven=0))

    def member_id(self) -> str:
        """Whose credential this is, as far as it was told; a new sign-in starts without knowing."""
        tokens = self.load()
        return "" if self.new_seed(tokens) else tokens.member_id

    def remember_member(self, member_id: str) -> None:
        """Keep with the credential whose it is."""
        with self.lock():
            self.save(replace(self.load(), member_id=member_id))

    def current(self) -> Tokens:
        """What is stored now, for `put_back`."""
        return self.load()

    def put_back(self, before: Tokens) -> None:
        """Undo a sign-in that the API did not accept."""
        with self.lock():
            self.save(replace(before, seen=self.seen(self.load())))

    def describe(self) -> Connection:
        """State of the account, without any request."""
        tokens, now = self.load(), now_s()
        alive, state, note = lasts(tokens, 0), "ok", ""
        if tokens.refresh_sent or tokens.refresh_rejected or not (tokens.refresh_token or alive):
            state, note = "needs sign-in", self.service.cure
            if self.new_seed(tokens):
                state, note = "unknown", "the credential of the environment has not been used yet"
            elif alive:
                note = f"works until the access token ends, then: {self.service.cure}"
        left = max(0.0, tokens.access_expires_at - now) if tokens.access_expires_at else None
        return Connection(
            provider=self.service.provider,
            account=self.account,
            state=state,
            has_refresh_token=bool(tokens.refresh_token),
            token_age=timedelta(seconds=max(0.0, now - tokens.obtained_at)) if tokens.obtained_at else None,
            access_left=None if left is None else timedelta(seconds=left),
            note=note,
        )

    def refresh(self, tokens: Tokens) -> Tokens:
        """Send the one refresh. Called with the lock held and `tokens` read after it was taken."""
        check_refreshable(tokens, self.service)
        form, mark = self.refresh_form(tokens.refresh_token), fingerprint(tokens.refresh_token)
        marked = self.save(replace(tokens, refresh_sent=mark, refresh_sent_at=now_s()))
        try:
            answer = ask_for_tokens(self.service, form, **self.patience)
        except OutcomeUnknown as error:  # the mark stays
            raise SignInNeeded(
                f"The answer to a token refresh was lost ({error})", self.service.cure
            ) from None
        except SignInNeeded:
            self.save(replace(marked, refresh_sent="", refresh_rejected=mark))
            raise
        except ProviderUnavailable:
            self.save(paused(tokens, COOL_DOWN_S))
            raise
        except LimitReached as error:
            self.save(paused(tokens, error.resume_at.timestamp() - now_s()))
            raise
        return self.save(answered(answer, tokens))

    def lock(self) -> AbstractContextManager[None]:
        """Only one thread of one process at a time changes a provider's tokens."""
        return self.store.lock(self.service.provider)

    def load(self) -> Tokens:
        return self.store.load(self.service.provider, self.account)

    def save(self, tokens: Tokens) -> Tokens:
        self.store.save(self.service.provider, tokens, self.account)
        return tokens

    def seen(self, tokens: Tokens) -> tuple[str, ...]:
        """What a sign-in makes old: all that was, and all that the environment holds at this moment."""
        seed = self.new_seed(tokens) or Pasted()
        return with_seen(tokens.seen, seed.refresh_token, seed.access_token)
