"""iRacing in the same process: the real client asks the sandbox's own world, without HTTP between them.

For tests that need many syncs to prove what documents mean; see `in_process`, which is this for Peloton. Whether an
answer is believed the real shapes decide; what HTTP may do to it is proven elsewhere, so there are no retries here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import polars as pl

from iracing_assets.documents import sync_current_seasons, sync_documents
from iracing_assets.rebuild import build_iracing
from iracing_assets.staging import SOURCE
from iracing_assets.workspace import Workspace
from resources.errors import BadAnswer, NotServed, ProviderUnavailable
from resources.http import Answer, JsonHttp, Shape
from resources.iracing import IracingClient
from resources.iracing_auth import Credentials, IracingAuth
from resources.iracing_documents import Documents
from resources.lake import Lake
from resources.landing import read_lines
from resources.settings import load_settings
from resources.state import SyncCounts
from resources.warehouse import publish
from sandbox.iracing.api import TOKEN_PATH, IRacing
from sandbox.iracing.auth import FORM_TYPE
from sandbox.messages import Request
from sandbox.world import World

Json = Any
Row = dict[str, Any]
LATER = "Sync again later."
A_YEAR_S = 365 * 86_400
TODAY = date(2026, 11, 20)
CATALOGUE = (
    "series_get", "series_assets", "carclass_get", "car_get", "car_assets", "track_get", "track_assets",
)  # fmt: skip
VOLATILE = ("reg_user_count", "weather_url", "own_car")


class RacingInProcess:
    """One provider and what was asked of it; to `Documents` it is both the API and the storage."""

    def __init__(self, series: int = 12, today: date = TODAY, seed: int = 7) -> None:
        self.iracing = IRacing(series, seed, today)
        self.iracing.settings |= {"iracing_per_minute": 0, "iracing_access_token_seconds": A_YEAR_S}
        self.world = World([self.iracing])
        self.limiter = self  # nobody waits here, so nobody gives up waiting
        self.requests_made = self.refused = 0
        who = self.iracing.desk.credentials
        form = {"grant_type": "password_limited", "scope": "iracing.auth"}
        form |= vars(Credentials.masked(*(who[name] for name in CREDENTIALS)))
        answer = self.world.handle(
            Request("POST", TOKEN_PATH, headers={"content-type": FORM_TYPE}, body=urlencode(form).encode())
        )
        self._bearer = {"authorization": f"Bearer {json.loads(answer.body)['access_token']}"}

    def get(self, url: str, shape: Shape, params: Mapping[str, str | int] | None = None) -> Answer:
        """The answer, believed or refused as over HTTP."""
        parts = urlsplit(url)
        is_stored = bool(parts.netloc)
        self.requests_made += not is_stored
        query = urlencode(params) if params else parts.query
        headers = {"host": "in.process"} | ({} if is_stored else self._bearer)
        answer = self.world.handle(Request("GET", parts.path, query, headers))
        if answer.delivery.reset or answer.status >= 500:
            raise ProviderUnavailable(f"{parts.path}: status {answer.status}", LATER)
        if answer.status in (404, 410) or (is_stored and answer.status in (400, 403)):
            raise NotServed(f"{parts.path}: status {answer.status}", LATER)
        text = answer.body[: answer.delivery.body_bytes_sent].decode()
        try:
            payload = json.loads(text)
        except ValueError as error:
            raise BadAnswer(f"{parts.path}: {error}", LATER) from None
        wrong = f"status {answer.status}" if answer.status != 200 else shape(payload)
        if wrong:
            raise BadAnswer(f"{parts.path}: {wrong}", LATER)
        return Answer(f"{parts.path}?{query}", answer.status, datetime.now(UTC), text, payload)

    def giving_up(self) -> AbstractContextManager[None]:
        return nullcontext()

    def workspace(self, data_dir: Path, run_id: str = "in process") -> Workspace:
        """A workspace of a data folder whose client asks this provider."""
        work = Workspace(replace(load_settings(), data_dir=data_dir), run_id)
        http = cast(JsonHttp, self)
        work.client = IracingClient("/iracing", Documents(http, http), cast(IracingAuth, None))
        return work

    # what a test does to the provider, and sees of it

    def faults(self, *lines: Row) -> None:
        """Replace the script of faults."""
        self.world.script.replace(lines)

    def act(self, action: str, **body: Json) -> Json:
        """A control action of the sandbox: edit, add_season, end_season, hide_series, truth, rollover."""
        return self.iracing.actions[f"iracing_{action}"](body or None)

    def edit(self, season_id: int, week: int | None = None, **fields: Json) -> Json:
        """Other values; two underscores stand for a dot in a path."""
        paths = {name.replace("__", "."): value for name, value in fields.items()}
        return self.act("edit", season_id=season_id, race_week_num=week, fields=paths)

    def season(self, kind: str) -> Row:
        """The first active season of a kind, as it is true."""
        found: Row = next(row for row in self.act("truth")["seasons"] if row["kind"] == kind)
        return found

    def starts(self, begin: str, end: str) -> list[tuple[int, int, datetime, bool]]:
        """Season, week and moment of every start in [begin, end), one where several are at once."""
        found: dict[tuple[int, int, datetime], bool] = {}
        for row in self.act("truth", **{"from": begin, "to": end})["starts"]:
            key = (row["season_id"], row["race_week_num"], datetime.fromisoformat(row["start_time"]))
            found[key] = found.get(key, False) or row["super_session"]
        return sorted((*key, is_super) for key, is_super in found.items())

    def asked(self) -> dict[str, int]:
        """Counted requests since the last time this was asked, by endpoint."""
        counted = {
            name: count for name, count in self.world.log.by_endpoint.items() if name != "iracing_storage"
        }
        self.world.log.reset()
        return counted


CREDENTIALS = ("client_id", "client_secret", "username", "password")


def crawl(work: Workspace, *catalogue: str) -> SyncCounts:
    """What a daily run fetches, without building anything of it."""
    counts = SyncCounts()
    with work.crawling():
        sync_documents(work, catalogue or CATALOGUE, counts)
        sync_current_seasons(work, counts)
    return counts


def seasons_only(work: Workspace) -> SyncCounts:
    """Only the active seasons."""
    counts = SyncCounts()
    with work.crawling():
        sync_current_seasons(work, counts)
    return counts


def build(work: Workspace) -> dict[str, dict[str, int]]:
    """Tables and warehouse from what is stored; give the files written."""
    written = build_iracing(work.lake)
    publish(work.settings.warehouse_file, work.lake, work.state)
    return {table: files for table, files in written.items() if files}


def rows(lake: Lake, table: str) -> list[Row]:
    """All rows of a lake table."""
    files = lake.files(table)
    return pl.read_parquet(files).to_dicts() if files else []


def landed(work: Workspace, resource: str) -> list[Row]:
    """The lines of the landing zone of one resource."""
    return [json.loads(line) for path in work.landing.sealed(SOURCE, resource) for line in read_lines(path)]
