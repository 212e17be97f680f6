"""What the list costs and finds: all at first, then one request; late uploads, edits; it never loses its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from strava_in_process import TODAY, StravaInProcess, build, items, known, landed, listed

from resources.errors import LimitReached, ProviderUnavailable
from strava_assets.listing import LOOK_BACK, known_activities
from strava_assets.workspace import Workspace

MANY = 1_132
NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
DAY_S = 86_400


def unix(days_ago: float) -> int:
    return int((NOON - timedelta(days=days_ago)).timestamp())


@pytest.fixture(scope="module")
def nine_years() -> StravaInProcess:
    return StravaInProcess(MANY)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty activities a page instead of two hundred."""
    monkeypatch.setattr("resources.strava.PER_PAGE", 20)


@pytest.mark.promise("G1")
def test_a_long_history_costs_few_requests_and_then_one_each_time(
    nine_years: StravaInProcess, data_dir: Path, figure: Callable[[str], None]
) -> None:
    work = nine_years.workspace(data_dir)
    first, counts = listed(work, full=True)
    asked = nine_years.asked()
    assert known(work) == set(nine_years.truth())
    assert (first.synced, first.new, first.updated, first.removed) == (MANY, MANY, 0, 0)
    assert asked.total() == counts.requests + 1 <= 8, "who it is, and the list"
    again, counts = listed(nine_years.workspace(data_dir))
    assert (again.new, again.updated, again.pages_fetched) == (0, 0, 1)
    assert nine_years.asked() == {"strava_activities": 1} and counts.requests == 1
    assert (counts.created, counts.updated, counts.errors) == (0, 0, 0)
    figure(f"first list of {MANY:,} activities: {asked.total()} requests; nothing new: 1")


@pytest.mark.promise("C4", "G2")
def test_late_uploads_edits_and_deletions_are_all_found(
    data_dir: Path, figure: Callable[[str], None]
) -> None:
    """A hundred of each; what lies within the look-back by the next run, the rest by the next full listing."""
    strava = StravaInProcess(MANY)
    work = strava.workspace(data_dir)
    listed(work, full=True)
    before = known(work)
    late = [strava.act("upload", at=unix(4 * place + 0.1))[0] for place in range(100)]
    old = sorted(before)
    edited, deleted = set(old[200:300]), set(old[500:600])
    for activity_id in edited:
        strava.act("edit", id=activity_id, fields={"name": f"edited {activity_id}", "distance": 1234.0})
    strava.act("delete", ids=sorted(deleted))
    strava.act("kudos", count=3)
    newest = max(moment for moment, _ in known_activities(work, strava.athlete_ids[0]).values())
    since = newest - LOOK_BACK
    recent = {row["id"] for row in late if datetime.fromisoformat(row["start_date"]) >= since}
    assert len(recent) >= 3
    found, _ = listed(strava.workspace(data_dir))
    assert known(work) >= before | recent and found.removed == 0
    full, counts = listed(strava.workspace(data_dir), full=True)
    assert known(work) == set(strava.truth()) == (before | {row["id"] for row in late}) - deleted
    assert found.new + full.new == 100 and found.updated + full.updated == 100 and full.removed == 100
    assert counts.requests == full.pages_fetched + 100, "and a question about each that is missing"
    build(work)
    nothing, _ = listed(strava.workspace(data_dir))
    assert (nothing.new, nothing.updated, nothing.removed) == (0, 0, 0) and build(work) == {}
    figure(
        f"{len(recent)} of {len(recent)} late uploads within {LOOK_BACK.days} days by the next run, 100 of 100 late"
        " uploads (up to 400 days back), 100 of 100 edits and 100 of 100 deletions by the next full listing, 0 false"
    )


def test_an_edit_within_the_look_back_is_found_by_the_next_run(
    synced: Workspace, strava: StravaInProcess
) -> None:
    newest = list(strava.truth())[-1]
    strava.act("edit", id=newest, fields={"name": "another name"})
    facts, counts = listed(synced)
    assert (facts.new, facts.updated, counts.requests) == (0, 1, 1)


def test_a_kudo_is_no_edit_and_a_second_sync_changes_nothing(
    synced: Workspace, strava: StravaInProcess
) -> None:
    strava.act("kudos", count=5)
    facts, counts = listed(synced, full=True)
    assert (facts.new, facts.updated, counts.skipped) == (0, 0, len(strava.truth()))
    assert items(synced)[1].requests == 0
    assert build(synced).keys() == {"strava.athletes"}, "asked anew with a full listing"


# ------------------------------------------------------------------ three pages a tick


@pytest.mark.tier("N")
def test_three_pages_a_tick_go_on_until_all_is_listed(data_dir: Path, small_pages: None) -> None:
    """And nothing is missed that is uploaded meanwhile."""
    strava = StravaInProcess(115)
    ticks = []
    for tick in range(6):
        work = strava.workspace(data_dir)
        facts, _ = listed(work, max_pages=3)
        ticks.append(facts.pages_fetched)
        if tick < 2:
            strava.act("upload", count=2)
            strava.act("upload", at=unix(30 + tick))
            strava.act("upload", at=unix(3_000 + tick))
    assert max(ticks) == 3 and ticks[-1] == 1
    passed = [unix(30 + number) for number in range(2)]
    behind = {row["id"] for row in strava.truth().values() if row["true_start"] in passed}
    assert set(strava.truth()) - known(work) <= behind, "where the walk had been; for the full listing"
    listed(strava.workspace(data_dir), full=True)
    assert known(work) == set(strava.truth())


def test_activities_of_one_second_are_not_lost_between_two_ticks(data_dir: Path, small_pages: None) -> None:
    """Hidden starts are all one second past midnight."""
    strava = StravaInProcess(0)
    for number in range(15):
        strava.act("upload", at=unix(number + 30))
        strava.act("upload", at=unix(number / 100))
    for _ in range(8):
        strava.act("upload", at=unix(20))
    for _ in range(3):
        listed(strava.workspace(data_dir), max_pages=2)
    assert len(known(strava.workspace(data_dir))) == 38


def dies_after(pages: int, error: Exception) -> Callable[[str], None]:
    left = [pages]

    def before(path: str) -> None:
        if path.endswith("athlete/activities"):
            left[0] -= 1
            if left[0] < 0:
                raise error

    return before


STOPS = (
    LimitReached("the limit", "Go on later.", NOON),
    ProviderUnavailable("down", "Go on later."),
    RuntimeError("killed"),
)


@pytest.mark.parametrize("error", STOPS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("pages", [0, 1, 2, 4])
def test_a_walk_that_was_stopped_is_finished_by_the_next_run(
    pages: int, error: Exception, data_dir: Path, small_pages: None
) -> None:
    strava = StravaInProcess(110)
    strava.before = dies_after(pages, error)
    with pytest.raises(type(error)):
        listed(strava.workspace(data_dir))
    strava.before = dies_after(2, error)
    with pytest.raises(type(error)):
        listed(strava.workspace(data_dir))
    strava.before = lambda _: None
    work = strava.workspace(data_dir)
    listed(work)
    assert known(work) == set(strava.truth())
    strava.asked()
    listed(strava.workspace(data_dir))
    assert strava.asked() == {"strava_activities": 1}, "and it is known to be finished"


def test_a_limit_before_the_first_page_forgets_no_place(data_dir: Path, small_pages: None) -> None:
    strava = StravaInProcess(90)
    listed(strava.workspace(data_dir), max_pages=2)
    strava.before = dies_after(0, STOPS[0])
    with pytest.raises(LimitReached):
        listed(strava.workspace(data_dir))
    strava.before = lambda _: None
    work = strava.workspace(data_dir)
    listed(work)
    assert known(work) == set(strava.truth())


def test_a_long_pause_that_is_caught_up_with_in_two_runs_leaves_no_gap(
    data_dir: Path, small_pages: None
) -> None:
    """What was stored of the newest pages must not hide what lies between them and the last sync."""
    strava = StravaInProcess(50)
    listed(strava.workspace(data_dir), full=True)
    for number in range(50):
        strava.act("upload", at=unix(0) + number * DAY_S)
    strava.before = dies_after(1, STOPS[2])
    with pytest.raises(RuntimeError):
        listed(strava.workspace(data_dir))
    strava.before = lambda _: None
    work = strava.workspace(data_dir)
    listed(work)
    assert known(work) == set(strava.truth())


@pytest.mark.promise("C5")
def test_a_month_by_itself_does_not_make_the_rest_look_known(
    strava: StravaInProcess, work: Workspace
) -> None:
    start = max(row["start_date"] for row in strava.truth().values())
    facts, counts = listed(work, months=(start[:7],))
    of_month = {row["id"] for row in strava.truth().values() if row["start_date"].startswith(start[:7])}
    assert known(work) >= of_month > set() and facts.new == len(known(work)) and counts.errors == 0
    listed(strava.workspace(work.settings.data_dir))
    assert known(work) == set(strava.truth())


@pytest.mark.promise("C3")
def test_an_activity_of_the_far_future_hides_nothing(
    strava: StravaInProcess, work: Workspace, small_pages: None
) -> None:
    strava.act("upload", at=int(datetime(2999, 1, 1, tzinfo=UTC).timestamp()))
    listed(work)
    strava.act("upload", count=50, at=unix(1))
    listed(strava.workspace(work.settings.data_dir))
    assert known(work) == set(strava.truth())


def test_a_full_listing_that_was_cut_short_is_none(strava: StravaInProcess, work: Workspace) -> None:
    """The weekly one stays due."""
    from strava_assets.syncing import full_listing_mark

    mark = full_listing_mark(strava.athlete_ids[0])
    listed(work, full=True, max_pages=1)
    assert work.state.mark(mark) is None
    listed(work, full=True)
    assert work.state.mark(mark) is not None


# ------------------------------------------------------------------ odd pages


@pytest.mark.promise("B5")
def test_short_pages_in_the_middle_are_not_the_end(data_dir: Path, small_pages: None) -> None:
    strava = StravaInProcess(50)
    strava.strava.settings["strava_short_pages"] = True
    work = strava.workspace(data_dir)
    listed(work)
    assert known(work) == set(strava.truth())


@pytest.mark.promise("B6")
def test_a_row_without_id_or_start_spoils_no_other_and_is_told(
    strava: StravaInProcess, work: Workspace
) -> None:
    strava.faults(
        {"kind": "field", "endpoint": "strava_activities", "path": "3.id", "op": "delete", "times": 0},
        {"kind": "field", "endpoint": "strava_activities", "path": "5.start_date", "op": "delete", "times": 0},
    )  # fmt: skip
    facts, counts = listed(work, full=True)
    assert len(known(work)) == len(strava.truth()) - 2 and counts.errors > 0 and facts.removed == 0
    odd = work.state.rows("SELECT DISTINCT state, reason FROM coverage")
    assert [row["state"] for row in odd] == ["incomplete"] and "no id or no start" in odd[0]["reason"]


def test_only_what_changed_is_landed(synced: Workspace, strava: StravaInProcess) -> None:
    before = len(landed(synced, "activities"))
    strava.act("edit", id=list(strava.truth())[-1], fields={"name": "another name"})
    listed(synced, full=True)
    assert len(landed(synced, "activities")) == before + 1
