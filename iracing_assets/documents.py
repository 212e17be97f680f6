"""Fetches whole documents: asked for, landed, looked through for drift, merged. A request for each.

A list that shows fewer things than yesterday removes nothing: the list of series, for one, holds only those with an
active season.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from iracing_assets.staging import SOURCE
from iracing_assets.transform import WEEKS, connect, show_staged
from iracing_assets.workspace import Workspace
from resources.drift import find_drift
from resources.errors import BadAnswer, NotServed, PacelineError, reason_of
from resources.http import Answer
from resources.landing import Landable, SegmentWriter
from resources.state import RETRY_AFTER_FAILURE, Coverage, Difference, SyncCounts
from resources.workspace import Progress, now

KNOWN_FIELDS = Path(__file__).with_name("known_fields.json")
BY_ID = ("series_assets", "car_assets", "track_assets")  # objects whose keys are ids
CURRENT = "series_seasons"
NOT_STORED = "it has no number or no first day"


def sync_documents(work: Workspace, resources: Iterable[str], counts: SyncCounts) -> None:
    """Fetch these documents, named as their folders in the landing zone; `counts` are there also when this raises."""
    ask = {
        "series_get": work.client.series,
        "series_assets": work.client.series_assets,
        "carclass_get": work.client.car_classes,
        "car_get": work.client.cars,
        "car_assets": work.client.car_assets,
        "track_get": work.client.tracks,
        "track_assets": work.client.track_assets,
    }
    wanted, sent = list(resources), work.client.requests_made
    try:
        for place, resource in enumerate(wanted):
            answer = ask[resource]()
            land(work, resource, "all", answer)
            counts.fetched += 1
            work.on_progress(Progress("documents", place + 1, len(wanted), "documents"))
        merge(work, counts)
    finally:
        counts.requests += work.client.requests_made - sent
        counts.minimum_requests += len(wanted)


def sync_current_seasons(work: Workspace, counts: SyncCounts) -> None:
    """All active seasons with their schedules in one answer; their months are complete when every week was stored."""
    sent = work.client.requests_made
    try:
        answer = work.client.current_seasons()
        land(work, CURRENT, "all", answer)
        counts.fetched += len(answer.payload)
        merge(work, counts)
        work.state.record_coverage(SOURCE, list(coverage(work, answer)), work.run_id, now())
    except BaseException as error:
        this_month = f"{now():%Y-%m}"
        reason = Coverage("current_seasons", this_month, "incomplete", reason_of(error))
        if this_month not in work.state.complete_months(SOURCE, "current_seasons"):
            work.state.record_coverage(SOURCE, [reason], work.run_id, now())
        raise
    finally:
        counts.requests += work.client.requests_made - sent
        counts.minimum_requests += 1


def sync_seasons(work: Workspace, season_ids: Iterable[int], counts: SyncCounts) -> None:
    """The schedules of chosen seasons, running or past. One that fails is noted, and the others go on."""
    sent, wanted = work.client.requests_made, list(dict.fromkeys(season_ids))
    failed: list[PacelineError] = []
    try:
        with work.landing.writer(SOURCE, "series_season_schedule", f"{now():%Y-%m}") as writer:
            for place, season_id in enumerate(wanted):
                try:
                    answer = work.client.season_schedule(season_id)
                except (BadAnswer, NotServed) as error:
                    failed.append(error)
                    note_failure(work, "series_season_schedule", str(season_id), error, counts)
                    continue
                land_into(work, writer, "series_season_schedule", str(season_id), answer)
                work.state.clear_failures(SOURCE, "series_season_schedule", [str(season_id)])
                counts.fetched += 1
                work.on_progress(Progress("seasons", place + 1, len(wanted), "seasons"))
    finally:
        counts.requests += work.client.requests_made - sent
        counts.minimum_requests += len(wanted)
        merge(work, counts)
    if failed and len(failed) == len(wanted):
        raise failed[0]


def land(work: Workspace, resource: str, item: str, answer: Answer) -> None:
    """Land one document by itself."""
    with work.landing.writer(SOURCE, resource, f"{now():%Y-%m}") as writer:
        land_into(work, writer, resource, item, answer)


def land_into(work: Workspace, writer: SegmentWriter, resource: str, item: str, answer: Answer) -> None:
    """Land a document among others, and tell of fields that are not as known."""
    writer.write(answer, item)
    note_drift(work, resource, answer.payload)


def note_drift(work: Workspace, resource: str, payload: Any) -> None:
    """Record fields that are not as known."""
    rows = list(payload.values()) if resource in BY_ID and isinstance(payload, dict) else payload
    work.note_drift(resource, find_drift(KNOWN_FIELDS, resource, rows))


def merge(work: Workspace, counts: SyncCounts) -> None:
    """Merge what is landed, and count what it changed."""
    before = vars(work.change).copy()
    work.merge()
    seen, created, updated, lost = (
        getattr(work.change, name) - before[name] for name in ("seen", "created", "updated", "without_id")
    )
    counts.created += created
    counts.updated += updated
    counts.skipped += seen - created - updated
    counts.errors += lost
    if lost:
        error = BadAnswer(f"{lost} rows of documents have no id", "They are kept raw in the landing zone.")
        work.state.record_failure(SOURCE, "rows without id", "all", error, now(), RETRY_AFTER_FAILURE)


def note_failure(work: Workspace, resource: str, item: str, error: PacelineError, counts: SyncCounts) -> None:
    """One item failed; the next run tries it again."""
    counts.errors += 1
    work.state.record_failure(SOURCE, resource, item, error, now(), RETRY_AFTER_FAILURE)


def coverage(work: Workspace, answer: Landable) -> Iterator[Coverage]:
    """What the document told of each month, and what of it is stored."""
    told = Counter(weeks_of(answer))
    with connect() as connection:
        show_staged(connection, work.lake, WEEKS)
        rows = connection.execute(
            "SELECT season_id, race_week_num FROM iracing_weeks WHERE last_seen_at = $1 AND start_date IS NOT NULL",
            [answer.fetched_at],
        ).fetchall()
    stored = {f"{season}/{week}" for season, week in rows}
    for month in sorted({month for month, _ in told}):
        items = [item for (of, item), times in told.items() for _ in range(times) if of == month]
        lost = Counter(items) - Counter({item: 1 for item in items if item in stored})
        missing = [item for item in set(items) if item not in stored]
        yield Coverage(
            "current_seasons",
            month,
            "incomplete" if missing else "complete",
            f"{len(missing)} weeks could not be stored" if missing else None,
            rows=len(items) - lost.total(),
            provider_count=len(items),
            differences=tuple(
                Difference(item, NOT_STORED if item in missing else "listed_twice", -times)
                for item, times in lost.items()
            ),
        )


def weeks_of(answer: Landable) -> Iterator[tuple[str, str]]:
    """Month and id of every week in a document of seasons; a week without a day counts under the current month."""
    payload = getattr(answer, "payload", None)
    for season in payload if isinstance(payload, list) else []:
        schedules = season.get("schedules") if isinstance(season, dict) else None
        for week in schedules if isinstance(schedules, list) else []:
            if isinstance(week, dict):
                season_id = week.get("season_id", season.get("season_id"))
                yield month_of(week.get("start_date")), f"{season_id}/{week.get('race_week_num')}"


def month_of(day: Any) -> str:
    """YYYY-MM of a day as text."""
    try:
        return f"{datetime.fromisoformat(str(day)):%Y-%m}"
    except ValueError:
        return f"{now():%Y-%m}"
