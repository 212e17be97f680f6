"""The token store of several hosts: a table of the database of STATE_URL, as secret as the file on one host.

A save is committed, on the server's disk, before it returns; the lock is one of all hosts. Whoever may read that
database may use the tokens, and a server that logs its statements logs them too.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from resources.database import Place, postgres
from resources.errors import StorageProblem
from resources.tokens import TokenStore, lock_tokens

TABLES = Path(__file__).with_name("sql") / "tokens"
NAME = "tokens"


def token_store(place: Place) -> TokenStore:
    """The tokens of a data folder, or of a database that several hosts share."""
    return TokenStore(place) if isinstance(place, Path) else TokenTable(place)


class TokenTable(TokenStore):
    """All accounts of all providers, one row each."""

    def __init__(self, address: str) -> None:
        # What a provider just handed out must be saved, also when a lock was lost meanwhile.
        self._database = postgres(address).PostgresDatabase(address, NAME, TABLES, asks_for_locks=False)

    def where(self, provider: str) -> str:
        return f"the database of STATE_URL (table tokens, {provider}), for whoever may read it"

    def lock(self, provider: str) -> AbstractContextManager[None]:
        return lock_tokens(self._database.locks, f"{NAME}-{provider}", provider)

    def _read(self, provider: str) -> dict[str, dict[str, Any]]:
        with self._database.transaction() as session:
            rows = session.execute(
                "SELECT account, content FROM tokens WHERE provider = ?", (provider,)
            ).fetchall()
        try:
            return {account: dict(json.loads(content)) for account, content in rows}
        except (ValueError, TypeError):
            raise StorageProblem(
                f"A row of {provider} in the table `tokens` of STATE_URL holds no tokens any more",
                f"Delete it and run `paceline login {provider}`.",
            ) from None

    def _write(self, provider: str, account: str, content: dict[str, Any]) -> None:
        with self._database.transaction() as session:
            session.execute(
                "INSERT INTO tokens VALUES (?, ?, ?)"
                " ON CONFLICT (provider, account) DO UPDATE SET content = excluded.content",
                (provider, account, json.dumps(content)),
            )
