"""Peloton's tokens: what a person pastes, what the environment holds, and the browser login.

A refresh token dies by its use (rotation, confirmed live in 2026, Peloton facts 1.3); `TokenOwner` sees to that.
"""

from __future__ import annotations

import os
from dataclasses import replace

from resources.errors import SignInNeeded
from resources.oauth import READ_TIMEOUT_S, OutcomeUnknown, ask_for_tokens
from resources.peloton_oauth import code_form, refresh_form, service
from resources.token_owner import TokenOwner
from resources.token_rules import answered, started
from resources.tokens import Pasted, Tokens, TokenStore, clean_pasted, fingerprint

PROVIDER = "peloton"


class PelotonAuth(TokenOwner):
    """Access tokens of one member; safe for several threads and processes."""

    def __init__(
        self,
        store: TokenStore,
        auth_url: str,
        account: str = "default",
        *,
        backoff_s: float = 2.0,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        super().__init__(
            store, service(auth_url, account), account, backoff_s=backoff_s, read_timeout_s=read_timeout_s
        )

    def refresh_form(self, refresh_token: str) -> dict[str, str]:
        return refresh_form(refresh_token)

    def sign_in(self, pasted: Pasted) -> None:
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

    def exchange(self, code: str, verifier: str) -> None:
        """Trade the code of a browser login for tokens of our own."""
        with self.lock():
            try:
                answer = ask_for_tokens(self.service, code_form(code, verifier), **self.patience)
            except OutcomeUnknown as error:
                raise SignInNeeded(
                    f"The answer to the login was lost ({error}); its code works only once",
                    "Start again with `paceline login peloton`.",
                ) from None
            self.save(answered(answer, Tokens(seen=self.seen(self.load()))))

    def new_seed(self, tokens: Tokens) -> Pasted | None:
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

    def adopt(self, tokens: Tokens) -> Tokens:
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
