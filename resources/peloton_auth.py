"""The one owner of the Peloton tokens: who needs a token asks here, and only here a refresh is sent.

A refresh token dies by its use (rotation, confirmed live in 2026, Peloton facts 1.3), so a refresh is written
down before it is sent, its outcome before it is used, and it is never sent twice. Surprising: when an answer
was lost nobody can know whether the token is spent; asking again could lock the account out, so we stop and
ask a person.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from datetime import timedelta

from resources.errors import LimitReached, PacelineError, ProviderUnavailable, SignInNeeded
from resources.peloton_oauth import (
    COOL_DOWN_S,
    CURE,
    READ_TIMEOUT_S,
    OutcomeUnknown,
    ask_for_tokens,
    code_form,
    cure_of,
    refresh_form,
)
from resources.token_rules import answered, check_refreshable, lasts, paused, started, with_seen
from resources.tokens import Pasted, Tokens, TokenStore, clean_pasted, fingerprint, now_s

PROVIDER = "peloton"
REFRESH_MARGIN_S = 600.0

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


class PelotonAuth:
    """Access tokens of one account; safe for several threads and processes."""

    def __init__(
        self,
        store: TokenStore,
        auth_url: str,
        account: str = "default",
        *,
        backoff_s: float = 2.0,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self.store = store
        self.auth_url = auth_url
        self.account = account
        self._proven = ""
        self._patience = {"backoff_s": backoff_s, "read_timeout_s": read_timeout_s}

    def access_token(self) -> str:
        """A token that works for a while yet, renewed when it is about to end."""
        tokens = self._load()
        if lasts(tokens, REFRESH_MARGIN_S) and self._new_seed(tokens) is None:
            return tokens.access_token
        with self.store.lock(PROVIDER):
            tokens = self._adopt(self._load())
            if lasts(tokens, REFRESH_MARGIN_S):
                return tokens.access_token
            try:
                return self._refresh(tokens).access_token
            except PacelineError as error:
                if not lasts(tokens, 0):
                    raise
                log.warning("the access token could not be renewed yet: %s", error.what)
                return tokens.access_token  # the margin is there for a bad day of the sign-in service

    def renew(self, rejected: str) -> str:
        """A token other than the one that the API refused."""
        with self.store.lock(PROVIDER):
            tokens = self._adopt(self._load())
            if tokens.access_token != rejected and lasts(tokens, 0):
                return tokens.access_token  # another thread or process was first
            try:
                return self._refresh(tokens).access_token
            except SignInNeeded:
                if (left := self._load()).access_token == rejected:  # it is dead, whatever its end was
                    self._save(
                        replace(left, access_expires_at=min(left.access_expires_at or now_s(), now_s()))
                    )
                raise

    def accepted(self, token: str) -> None:
        """The API accepted this token: the refreshes that led to it were no vain loop."""
        if token == self._proven:
            return
        self._proven = token
        if not self._load().unproven:
            return
        with self.store.lock(PROVIDER):
            tokens = self._load()
            if tokens.access_token == token:
                self._save(replace(tokens, unproven=0))

    def sign_in(self, pasted: Pasted) -> None:
        """Make a pasted credential ours: a refresh token is used at once, so its successor is ours alone.

        When the sign-in service rejects it, the credential that was there before stays.
        """
        with self.store.lock(PROVIDER):
            before = self._load()
            tokens = started(pasted, self._seen(before))
            if not pasted.refresh_token:
                self._save(tokens)
                return
            try:
                self._refresh(tokens)
            except SignInNeeded:
                if before.access_token and self._load().refresh_rejected:
                    self._save(before)
                raise

    def exchange(self, code: str, verifier: str) -> None:
        """Trade the code of a browser login for tokens of our own."""
        with self.store.lock(PROVIDER):
            try:
                answer = ask_for_tokens(self.auth_url, code_form(code, verifier), **self._patience)
            except OutcomeUnknown as error:
                raise SignInNeeded(
                    f"The answer to the login was lost ({error}); its code works only once",
                    "Start again with `paceline login peloton`.",
                ) from None
            self._save(answered(answer, Tokens(seen=self._seen(self._load()))))

    def member_id(self) -> str:
        """Whose credential this is, as far as it was told; a new sign-in starts without knowing."""
        tokens = self._load()
        return "" if self._new_seed(tokens) else tokens.member_id

    def remember_member(self, member_id: str) -> None:
        """Keep with the credential whose it is."""
        with self.store.lock(PROVIDER):
            self._save(replace(self._load(), member_id=member_id))

    def current(self) -> Tokens:
        """What is stored now, for `put_back`."""
        return self._load()

    def put_back(self, before: Tokens) -> None:
        """Undo a sign-in that the API did not accept."""
        with self.store.lock(PROVIDER):
            self._save(replace(before, seen=self._seen(self._load())))

    def describe(self) -> Connection:
        """State of the account, without any request."""
        tokens, now = self._load(), now_s()
        alive, state, note = lasts(tokens, 0), "ok", ""
        if tokens.refresh_sent or tokens.refresh_rejected or not (tokens.refresh_token or alive):
            state, note = "needs sign-in", cure_of(self.account)
            if self._new_seed(tokens):
                state, note = "unknown", "the credential of the environment has not been used yet"
            elif alive:
                note = f"works until the access token ends, then: {cure_of(self.account)}"
        left = max(0.0, tokens.access_expires_at - now) if tokens.access_expires_at else None
        return Connection(
            provider=PROVIDER,
            account=self.account,
            state=state,
            has_refresh_token=bool(tokens.refresh_token),
            token_age=timedelta(seconds=max(0.0, now - tokens.obtained_at)) if tokens.obtained_at else None,
            access_left=None if left is None else timedelta(seconds=left),
            note=note,
        )

    def _refresh(self, tokens: Tokens) -> Tokens:
        """Send the one refresh. Called with the lock held and `tokens` read after it was taken."""
        check_refreshable(tokens)
        mark = fingerprint(tokens.refresh_token)
        marked = self._save(replace(tokens, refresh_sent=mark, refresh_sent_at=now_s()))
        try:
            answer = ask_for_tokens(self.auth_url, refresh_form(tokens.refresh_token), **self._patience)
        except OutcomeUnknown as error:  # the mark stays
            raise SignInNeeded(f"The answer to a token refresh was lost ({error})", CURE) from None
        except SignInNeeded:
            self._save(replace(marked, refresh_sent="", refresh_rejected=mark))
            raise
        except ProviderUnavailable:
            self._save(paused(tokens, COOL_DOWN_S))
            raise
        except LimitReached as error:
            self._save(paused(tokens, error.resume_at.timestamp() - now_s()))
            raise
        return self._save(answered(answer, tokens))

    def _load(self) -> Tokens:
        return self.store.load(PROVIDER, self.account)

    def _save(self, tokens: Tokens) -> Tokens:
        self.store.save(PROVIDER, tokens, self.account)
        return tokens

    def _seen(self, tokens: Tokens) -> tuple[str, ...]:
        """What a sign-in makes old: all that was, and all that the environment holds at this moment."""
        seed = self._new_seed(tokens) or Pasted()
        return with_seen(tokens.seen, seed.refresh_token, seed.access_token)

    def _new_seed(self, tokens: Tokens) -> Pasted | None:
        """A credential in the environment that was never used. It belongs to the default account."""
        if self.account != "default":
            return None
        refresh = clean_pasted(os.environ.get("PELOTON_REFRESH_TOKEN", ""))
        access = clean_pasted(os.environ.get("PELOTON_ACCESS_TOKEN", ""), opaque_is="access").access_token
        access = access or refresh.access_token
        new = Pasted(
            *("" if fingerprint(one) in tokens.seen else one for one in (access, refresh.refresh_token))
        )
        return new if new.access_token or new.refresh_token else None

    def _adopt(self, tokens: Tokens) -> Tokens:
        seed = self._new_seed(tokens)
        if seed is None:
            return tokens
        if seed.refresh_token:
            return self._save(started(seed, tokens.seen))
        access = started(seed, tokens.seen)  # a hand-copied access token leaves the refresh token as it is
        return self._save(
            replace(
                tokens,
                access_token=access.access_token,
                access_expires_at=access.access_expires_at,
                obtained_at=access.obtained_at,
                member_id="",
                seen=access.seen,
            )
        )
