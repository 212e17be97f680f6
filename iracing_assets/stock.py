"""iRacing as `resources.operations` takes stock of it: what is left to ask are seasons of the past."""

from __future__ import annotations

from iracing_assets.alerts import look
from iracing_assets.past_seasons import SEASONS, SERIES, wanted_ids
from iracing_assets.staging import SOURCE
from iracing_assets.workspace import Workspace
from resources.iracing_auth import IracingAuth, credentials_of_environment
from resources.iracing_limit import IracingLimiter
from resources.operations.stock import Left, Source
from resources.operations.waiting import askable
from resources.settings import LEDGER_NAME, Settings
from resources.token_owner import Connection
from resources.token_table import token_store


def connections(settings: Settings) -> list[Connection]:
    """The iRacing account, if anybody ever gave one."""
    store = token_store(settings.state_place)
    if store.accounts(SOURCE) or credentials_of_environment():
        return [IracingAuth(store, settings.iracing_auth_url).describe()]
    return []


def limiter(settings: Settings) -> IracingLimiter:
    """The pace that all processes share."""
    return IracingLimiter(
        SOURCE, settings.iracing_requests_per_minute / 60, settings.state_dir / LEDGER_NAME,
        limiter_url=settings.limiter_url,
    )  # fmt: skip


def backlog(settings: Settings) -> list[Left]:
    """Past seasons that are known and not stored; nobody knows them before their series was asked."""
    work = Workspace(settings)
    series = askable(work.state, SOURCE, SERIES, map(str, wanted_ids(work, "wanted_series", ())))
    seasons = askable(work.state, SOURCE, SEASONS, map(str, wanted_ids(work, "wanted_seasons", ())))
    if not series and not seasons:
        return []
    return [Left(SERIES, len(series)), Left(SEASONS, len(seasons), at_least=bool(series))]


IRACING = Source(SOURCE, connections, limiter, backlog, look)
