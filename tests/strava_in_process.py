"""Strava in the same process: the real client asks the sandbox's own world, without HTTP between them.

For tests that need many syncs to prove what answers mean; see `in_process`, which is this for Peloton. What HTTP, the
sign-in and the limits do is proven elsewhere, so there are no retries here, and rights are known without a refresh.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import duckdb
import polars as pl
import zstandard

from resources.errors import BadAnswer, NotServed, ProviderUnavailable
from resources.http import Answer, JsonHttp, Shape
from resources.landing import read_lines
from resources.settings import load_settings
from resources.state import SyncCounts
from resources.strava import StravaClient
from resources.strava_auth import StravaAuth
from resources.tokens import Tokens, TokenStore
from resources.warehouse import publish
from resources.workspace import MonthReport
from sandbox.messages import Request
from sandbox.strava.activities import Activity
from sandbox.strava.api import Strava
from sandbox.world import World
from strava_assets.rebuild import build_strava
from strava_assets.syncing import Choice, Facts, sync_list, sync_rest
from strava_assets.transform import SOURCE
from strava_assets.workspace import Workspace

Json = Any
Row = dict[str, Any]
LATER = "Sync again later."
TODAY = date(2026, 11, 20)
A_YEAR_S = 365 * 86_400
UNLIMITED = dict.fromkeys(
    ("strava_read_per_window", "strava_read_per_day", "strava_overall_per_window", "strava_overall_per_day"),
    0,
)


class StravaInProcess:
    """One provider and what was asked of it; to the client of the first athlete it is what `JsonHttp` is."""

    def __init__(self, activities: int = 60, athletes: int = 1, today: date = TODAY, seed: int = 7) -> None:
        self.strava = Strava(activities, athletes, seed, today)
        self.strava.settings |= {**UNLIMITED, "strava_access_token_seconds": A_YEAR_S}
        self.world = World([self.strava])
        self.before: Callable[[str], None] = lambda _: None  # called with each path; may raise
        self.athlete_ids = [str(athlete_id) for athlete_id in self.strava.desk.grants]
        for diary in self.strava.diaries.values():
            for activity in diary.activities.values():
                shorten(activity)

    def workspace(
        self, data_dir: Path, run_id: str = "in process", athlete: int = 0, **settings: Json
    ) -> Workspace:
        """A workspace of a data folder whose client asks this provider as one of its athletes."""
        account = "default" if athlete == 0 else f"athlete{athlete}"
        work = Workspace(replace(load_settings(), data_dir=data_dir, **settings), run_id, account=account)
        auth = _Rights(self, athlete, TokenStore(work.settings.state_dir), account)
        if not auth.current().access_token:
            auth.put_back(Tokens(access_token="in-process", refresh_token="in-process"))
        work.client = StravaClient("/strava", cast(JsonHttp, _Connection(self, athlete)), auth)
        return work

    # what a test does to the provider, and sees of it

    def faults(self, *lines: Row) -> None:
        """Replace the script of faults."""
        self.world.script.replace(lines)

    def act(self, action: str, **body: Json) -> Json:
        """A control action of the sandbox: upload, edit, delete, kudos, private, truth, event, export, scope."""
        return self.strava.actions[f"strava_{action}"](body or None)

    def truth(self, athlete: int = 0) -> dict[int, Row]:
        """Activities that are there, by id."""
        return {row["id"]: row for row in self.act("truth", athlete=athlete) if not row["deleted"]}

    def asked(self) -> Counter[str]:
        """Requests since the last time this was asked, by endpoint."""
        counted = Counter({name: n for name, n in self.world.log.by_endpoint.items() if n})
        del counted["strava_token"]
        self.world.log.reset()
        return counted


def shorten(activity: Activity) -> None:
    """A minute or two instead of an hour or two, so that its series are quickly made."""
    seconds = 60 + activity.number % 40
    activity.distance = round(activity.distance * seconds / activity.moving_time, 1)
    activity.elapsed_time += seconds - activity.moving_time
    activity.moving_time = seconds


class _Rights(StravaAuth):
    """The real store; what is granted is known as if a refresh had told it just now."""

    def __init__(self, provider: StravaInProcess, athlete: int, store: TokenStore, account: str) -> None:
        super().__init__(store, "http://in.process", account)
        self.grant = provider.strava.desk.grants[int(provider.athlete_ids[athlete])]

    def scope(self) -> str:
        return " ".join(sorted(self.grant.scopes))


class _Connection:
    """Believes or refuses an answer as `JsonHttp` does."""

    def __init__(self, provider: StravaInProcess, athlete: int) -> None:
        self.provider, self.limiter, self.requests_made = provider, self, 0
        desk = provider.strava.desk
        form = {
            "client_id": desk.client_id, "client_secret": desk.client_secret, "grant_type": "refresh_token",
            "refresh_token": desk.first_tokens[int(provider.athlete_ids[athlete])],
        }  # fmt: skip
        question = Request("POST", "/strava-auth/oauth/token", body=urlencode(form).encode())
        answer = provider.world.handle(question)
        self._headers = {"authorization": f"Bearer {json.loads(answer.body)['access_token']}"}

    def get(self, url: str, shape: Shape, params: Mapping[str, str | int] | None = None) -> Answer:
        self.provider.before(url)
        self.requests_made += 1
        now_s = datetime.now(UTC).timestamp()
        answer = self.provider.world.handle(
            Request("GET", url, urlencode(params or {}), self._headers, now_s=now_s)
        )
        if answer.delivery.reset or answer.status >= 500:
            raise ProviderUnavailable(f"{url}: status {answer.status}", LATER)
        if answer.status in (404, 410):
            raise NotServed(f"{url}: status {answer.status}", LATER)
        text = answer.body[: answer.delivery.body_bytes_sent].decode()
        try:
            payload = json.loads(text)
        except ValueError as error:
            raise BadAnswer(f"{url}: {error}", LATER) from None
        wrong = f"status {answer.status}" if answer.status != 200 else shape(payload)
        if wrong:
            raise BadAnswer(f"{url}: {wrong}", LATER)
        return Answer(url, answer.status, datetime.now(UTC), text, payload)

    def giving_up(self) -> AbstractContextManager[None]:
        return nullcontext()


# ------------------------------------------------------------------ what the assets do, by the functions that they call


def quiet(_: MonthReport) -> None:
    """Nobody wants to know of finished months."""


def listed(work: Workspace, **choice: Json) -> tuple[Facts, SyncCounts]:
    """The list, removals and events of one athlete."""
    counts = SyncCounts()
    with work.crawling():
        return sync_list(work, Choice(**choice), quiet, counts)[1], counts


def items(work: Workspace, limit: int | None = None) -> tuple[int, SyncCounts]:
    """Details, series, zones, gear; and how much is left."""
    counts = SyncCounts()
    with work.crawling():
        return sync_rest(work, limit, 0, counts), counts


def build(work: Workspace) -> dict[str, dict[str, int]]:
    """Tables and warehouse from what is stored; give the files written."""
    written = build_strava(work.lake, work.landing)
    publish(work.settings.warehouse_file, work.lake, work.state)
    return {table: files for table, files in written.items() if files}


def rows(work: Workspace, table: str) -> list[Row]:
    """All rows of a typed table."""
    files = work.lake.files(f"strava.{table}")
    return pl.concat([pl.read_parquet(file) for file in files]).to_dicts() if files else []


def activities(work: Workspace) -> dict[int, Row]:
    """Rows of activities that are not gone, by id."""
    return {row["activity_id"]: row for row in rows(work, "activities") if row["deleted_at"] is None}


def known(work: Workspace) -> set[int]:
    """Ids of what the API told of, as the next sync sees it."""
    with work.staged() as staged:
        return {int(row[0]) for row in staged.execute("SELECT activity_id FROM known_activities").fetchall()}


def landed(work: Workspace, resource: str) -> list[Row]:
    """The lines of the landing zone of one resource."""
    return [json.loads(line) for path in work.landing.sealed(SOURCE, resource) for line in read_lines(path)]


def keep_event(work: Workspace, payload: Row) -> None:
    """What the webhook does with an event."""
    from strava_assets.events import land_event

    land_event(work.landing, payload)


def files_with(folder: Path, words: Iterable[str]) -> list[str]:
    """Files below a folder that hold one of these words, unpacked or as they are."""
    wanted = list(words)
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(word.encode() in _content(path) for word in wanted)
    )


def _content(path: Path) -> bytes:
    raw = path.read_bytes()
    if path.name.endswith(".zst"):
        return raw + zstandard.ZstdDecompressor().decompress(raw)
    if path.suffix == ".parquet":
        return raw + json.dumps(pl.read_parquet(path).to_dicts(), default=str, ensure_ascii=False).encode()
    if path.suffix == ".duckdb":
        with duckdb.connect(path, read_only=True) as connection:
            names = connection.execute(
                "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal"
            ).fetchall()
            return raw + repr([connection.execute(f"FROM {name}").fetchall() for (name,) in names]).encode()
    return raw
