"""Nothing is deleted that is still there: what is missing on a list is only a candidate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from strava_in_process import StravaInProcess, build, known, landed, listed, rows

from resources.errors import LimitReached
from resources.workspace import now
from sandbox.strava.diary import Diary
from strava_assets.athletes import athlete_of
from strava_assets.removals import ALWAYS_BELIEVED, MOST_GONE_SHARE, TooManyGone
from strava_assets.syncing import full_listing_mark
from strava_assets.workspace import Workspace

pytestmark = pytest.mark.promise("G2")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def ids(strava: StravaInProcess) -> list[int]:
    return sorted(strava.truth())


def hide(strava: StravaInProcess, monkeypatch: pytest.MonkeyPatch, ids: set[int]) -> None:
    """Leave activities out of the list that are there all the same."""
    diary = next(iter(strava.strava.diaries.values()))
    everything = Diary.listed
    monkeypatch.setattr(
        Diary, "listed", lambda self, private: [a for a in everything(self, private) if a.id not in ids]
    )
    assert ids <= diary.activities.keys()


@pytest.mark.parametrize("share", [0.05, 0.1, MOST_GONE_SHARE])
def test_few_that_are_gone_are_believed(
    share: float, strava: StravaInProcess, synced: Workspace, ids: list[int]
) -> None:
    gone = set(ids[: int(share * len(ids))])
    strava.act("delete", ids=sorted(gone))
    facts, _ = listed(synced, full=True)
    assert facts.removed == len(gone) > 0 and known(synced) == set(ids) - gone


def test_a_large_part_that_is_gone_stops_and_asks(
    strava: StravaInProcess, synced: Workspace, ids: list[int], figure: Callable[[str], None]
) -> None:
    mark = full_listing_mark(athlete_of(synced).athlete_id)
    for gone in (ids[:8], ids):
        synced.state.set_mark(mark, LONG_AGO)
        strava.act("delete", ids=gone)
        with pytest.raises(TooManyGone, match=r"Nothing was deleted.*--accept-removals"):
            listed(synced, full=True)
        assert known(synced) == set(ids) and landed(synced, "removals") == []
        assert synced.state.mark(mark) != LONG_AGO, "a person is asked once a week, not at every tick"
    facts, _ = listed(synced, full=True, accept_removals=True)
    assert facts.removed == len(ids) and known(synced) == set()
    figure(
        f"deleted 5, 10, 20 % believed; {100 * 8 // len(ids)} and 100 % stop and ask, then go when accepted"
    )


def test_of_a_small_history_a_few_are_always_believed(data_dir: Path) -> None:
    strava = StravaInProcess(4)
    work = strava.workspace(data_dir)
    listed(work)
    strava.act("delete", ids=sorted(strava.truth())[:ALWAYS_BELIEVED])
    assert listed(work, full=True)[0].removed == ALWAYS_BELIEVED and len(known(work)) == 1


def test_what_only_the_list_lacks_stays(
    strava: StravaInProcess, synced: Workspace, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(strava, monkeypatch, set(ids[10:13]))
    facts, counts = listed(synced, full=True)
    assert facts.removed == 0 and known(synced) == set(ids) and counts.requests == facts.pages_fetched + 3


def test_a_look_back_deletes_nothing(strava: StravaInProcess, synced: Workspace, ids: list[int]) -> None:
    strava.act("delete", ids=ids[-2:])
    assert listed(synced)[0].removed == 0 and known(synced) == set(ids)


@pytest.mark.parametrize("cut", [{"max_pages": 1}, {"fault": {"op": "delete", "path": "2.id"}}], ids=str)
def test_a_listing_that_is_not_clean_deletes_nothing(
    cut: dict[str, object], strava: StravaInProcess, synced: Workspace, ids: list[int]
) -> None:
    strava.act("delete", ids=ids[:2])
    if fault := cut.get("fault"):
        strava.faults({"kind": "field", "endpoint": "strava_activities", "times": 1, **fault})  # type: ignore[dict-item]
        assert listed(synced, full=True)[0].removed == 0
    else:
        assert listed(synced, full=True, **cut)[0].removed == 0
    assert known(synced) == set(ids)


@pytest.mark.parametrize("is_told", [True, False])
@pytest.mark.tier("N")
def test_a_right_that_was_lost_deletes_nothing_however_often(
    is_told: bool, strava: StravaInProcess, work: Workspace, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no full listing came before, and where no answer of the sign-in told what is allowed."""
    if not is_told:
        monkeypatch.setattr(type(work.client.auth), "scope", lambda _: "")
    listed(work)
    private = [row["id"] for row in strava.truth().values() if row["visibility"] == "only_me"]
    assert private and len(private) <= ALWAYS_BELIEVED
    strava.act("scope", drop=["activity:read_all"], add=["activity:read"])
    for _ in range(3):
        again = strava.workspace(work.settings.data_dir)
        assert listed(again, full=True)[0].removed == 0
    assert known(work) == set(ids)
    strava.act("scope", drop=[], add=["activity:read_all"])
    strava.act("delete", ids=[ids[0]])
    assert listed(strava.workspace(work.settings.data_dir), full=True)[0].removed == 1
    strava.act("scope", drop=["activity:read_all"], add=["activity:read"])
    facts, _ = listed(strava.workspace(work.settings.data_dir), full=True, accept_removals=True)
    assert facts.removed == len(set(private) - {ids[0]}), "where a person says so"


def test_a_limit_between_two_questions_keeps_what_was_proven(
    strava: StravaInProcess, synced: Workspace, ids: list[int]
) -> None:
    strava.act("delete", ids=ids[:5])
    left = [2]

    def before(path: str) -> None:
        if "/activities/" in path:
            left[0] -= 1
            if left[0] < 0:
                raise LimitReached("the limit", "Go on later.", now())

    strava.before = before
    with pytest.raises(LimitReached):
        listed(synced, full=True)
    assert len(known(synced)) == len(ids) - 2
    strava.before = lambda _: None
    assert listed(synced, full=True)[0].removed == 3


def test_a_removal_keeps_id_and_moment_and_one_that_comes_back_is_there(
    strava: StravaInProcess, synced: Workspace, ids: list[int]
) -> None:
    gone = ids[3]
    strava.act("delete", ids=[gone])
    listed(synced, full=True)
    build(synced)
    (row,) = [row for row in rows(synced, "activities") if row["activity_id"] == gone]
    told = {"activity_id", "athlete_id", "source", "start_date", "start_month", "deleted_at"}
    assert {name for name, value in row.items() if value is not None} == told
    assert (now() - row["deleted_at"]).total_seconds() < 600
    strava.strava.diaries[int(strava.athlete_ids[0])].activities[gone].deleted = False
    listed(synced, full=True)
    build(synced)
    (row,) = [row for row in rows(synced, "activities") if row["activity_id"] == gone]
    assert row["deleted_at"] is None and row["name"] == strava.truth()[gone]["name"]
