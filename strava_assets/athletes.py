"""Which athletes are connected, and who each account is."""

from __future__ import annotations

from dataclasses import dataclass

from resources.errors import SignInNeeded, UsageProblem
from resources.settings import Settings
from resources.strava_auth import CURE, PROVIDER, StravaAuth
from resources.token_owner import Connection
from resources.token_table import token_store
from resources.workspace import now
from strava_assets.workspace import Workspace

DEFAULT = "default"


@dataclass(frozen=True)
class Athlete:
    """Whose activities are synced, and by which account."""

    athlete_id: str
    account: str


def connections(settings: Settings) -> list[Connection]:
    """All accounts that have a credential, in the store or in the environment; no secrets."""
    store = token_store(settings.state_place)
    names = dict.fromkeys([*store.accounts(PROVIDER), DEFAULT])
    told = [StravaAuth(store, settings.strava_auth_url, name).describe() for name in names]
    return [each for each in told if each.has_refresh_token or each.token_age or each.state == "unknown"]


def chosen_accounts(settings: Settings, athlete: str = "") -> list[str]:
    """The accounts to sync: the one of that name or athlete id, or all. SignInNeeded when there is none."""
    known = {each.account for each in connections(settings)}
    store = token_store(settings.state_place)
    ids = {store.load(PROVIDER, name).member_id: name for name in known}
    if athlete:
        name = athlete if athlete in known else ids.get(athlete)
        if name is None:
            raise UsageProblem(
                f"No athlete {athlete!r} is signed in",
                f"Known accounts: {', '.join(sorted(known)) or 'none'}; sign in with `paceline login strava`.",
            )
        return [name]
    if not known:
        raise SignInNeeded("No athlete is signed in to Strava", CURE)
    return sorted(known)


def athlete_of(work: Workspace, refresh: bool = False) -> Athlete:
    """Who the account is: asked once for each sign-in and with a full listing, and landed."""
    known = work.client.auth.member_id()
    if known and not refresh:
        return Athlete(known, work.account)
    answer = work.client.athlete()
    athlete_id = str(answer.payload["id"])
    with work.landing.writer(work.source, "athletes", f"{now():%Y-%m}") as writer:
        writer.write(answer, athlete_id)
    work.merge()
    if athlete_id != known:
        work.client.auth.remember_member(athlete_id)
    return Athlete(athlete_id, work.account)
