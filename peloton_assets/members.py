"""Connected accounts: which take part in a sync, and which member of the provider each one is.

An account is a name that the person gave at the sign-in. The provider's own id and name of the member are asked once
per sign-in and kept: the id with the credential, both as a record in the landing zone, since a rebuild must find them
there. Nothing else of the answer is kept, it is private.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from peloton_assets.pending import merge_pending
from peloton_assets.transform import MEMBERS, connect, show_stored
from peloton_assets.workspace import SOURCE, Workspace, now
from resources.errors import SignInNeeded, UsageProblem
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.settings import Settings
from resources.token_owner import Connection
from resources.token_table import token_store

DEFAULT = "default"


@dataclass(frozen=True)
class Member:
    """One account and who it is."""

    account: str
    user_id: str
    username: str


@dataclass(frozen=True)
class Record:
    """What is landed of our own findings, in the form of an answer."""

    url: str
    fetched_at: datetime
    text: str
    status: int = 200


def account_resource(name: str, account: str) -> str:
    """Name of a resource of one account in ops.sync_runs, as `ride_list:cycling` is one of one category."""
    return name if account == DEFAULT else f"{name}:{account}"


def connections(settings: Settings) -> list[Connection]:
    """Every account that ever signed in, or the default one that has not yet."""
    store = token_store(settings.state_place)
    accounts = store.accounts(PROVIDER)
    if (
        DEFAULT not in accounts
        and PelotonAuth(store, settings.peloton_auth_url).describe().state == "unknown"
    ):
        accounts = [DEFAULT, *accounts]  # its credential waits in the environment
    return [PelotonAuth(store, settings.peloton_auth_url, name).describe() for name in accounts or [DEFAULT]]


def chosen_accounts(settings: Settings, username: str = "") -> list[str]:
    """The account of that name (or of the member of that name); without one, all whose sign-in can still be used.

    Raises UsageProblem for a name that nobody has, SignInNeeded when no account can be used.
    """
    known = connections(settings)
    names = [each.account for each in known]
    if username:
        if username in names:
            return [username]
        found = [member.account for member in members(settings) if member.username == username]
        if len(found) == 1:
            return found
        raise UsageProblem(
            f"No account is called {username!r}",
            f"Known are: {', '.join(names)}. Sign in with `paceline login peloton --account NAME`.",
        )
    usable = [each.account for each in known if each.state != "needs sign-in" or each.access_left]
    if not usable:
        raise SignInNeeded("No Peloton account is connected", "Sign in with `paceline login peloton`.")
    return usable


def members(settings: Settings) -> list[Member]:
    """Everybody whose record is stored."""
    work = Workspace(settings)
    with connect() as connection:
        show_stored(connection, work.lake, MEMBERS)
        rows = connection.execute("SELECT account, user_id, username FROM members").fetchall()
    return [Member(*row) for row in rows]


def member_of(work: Workspace) -> Member:
    """Who the workspace's account is; asks the provider once per sign-in. To be called inside `crawling`."""
    auth = work.client.auth
    user_id = auth.member_id() if auth else ""
    for member in members(work.settings):
        if member.user_id == user_id and member.account == work.account:
            return member
    user_id, username = work.client.me()
    if auth:
        auth.remember_member(user_id)
    record = {"user_id": user_id, "username": username, "account": work.account}
    with work.landing.writer(SOURCE, "members", now().strftime("%Y-%m")) as writer:
        writer.write(Record("paceline:member", now(), json.dumps(record)), work.account)
    merge_pending(work.lake, work.landing, work.state)
    return Member(work.account, user_id, username)
