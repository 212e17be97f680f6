"""Peloton's tokens: what a person pastes, what the environment holds, and the browser login.

A refresh token dies by its use (rotation, confirmed live in 2026, Peloton facts 1.3); `TokenOwner` sees to that.
"""

from __future__ import annotations

from resources.oauth import READ_TIMEOUT_S
from resources.peloton_oauth import code_form, refresh_form, service
from resources.token_owner import TokenOwner
from resources.tokens import Pasted, TokenStore

PROVIDER = "peloton"


class PelotonAuth(TokenOwner):
    """Access tokens of one member; safe for several threads and processes."""

    refresh_variable = "PELOTON_REFRESH_TOKEN"
    access_variable = "PELOTON_ACCESS_TOKEN"

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
        """Make a pasted credential ours."""
        self.sign_in_with(pasted)

    def exchange(self, code: str, verifier: str) -> None:
        """Trade the code of a browser login for tokens of our own."""
        self.trade(code_form(code, verifier))
