"""What Strava's headers tell of its limits, as recorded, and what is none of it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict
from striding import (
    DAY_S,
)

from resources.errors import LimitReached
from resources.strava_limit import QUARTER_S, StravaLimiter
from resources.window_book import Told

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "recorded" / "strava" / "rate_limit_headers"
CEILINGS = (100, 1_000)
READ, OVERALL = "X-ReadRateLimit", "X-RateLimit"


def headers_of(read: str | None = "1,2", overall: str | None = "3,4", **more: str) -> Any:
    """As Strava sends them, with None for those that are missing."""
    values = {
        f"{READ}-Limit": "100,1000",
        f"{READ}-Usage": read,
        f"{OVERALL}-Limit": "200,2000",
        f"{OVERALL}-Usage": overall,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return CaseInsensitiveDict({name: value for name, value in values.items() if value is not None})


@pytest.fixture
def limiter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StravaLimiter:
    monkeypatch.setattr("resources.strava_limit.GENTLE_PER_SECOND", 900.0)
    return StravaLimiter("77", tmp_path / "limits.sqlite", CEILINGS, max_wait_s=0)


# ------------------------------------------------------------------ what the headers say


def test_headers_tell_four_windows(limiter: StravaLimiter) -> None:
    assert set(limiter.told(headers_of())) == {
        Told("read", QUARTER_S, 1, 100), Told("read", DAY_S, 2, 1_000),
        Told("overall", QUARTER_S, 3, 200), Told("overall", DAY_S, 4, 2_000),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (",", []), ("", []), ("5", []), ("1,2,3", []), ("a,b", []), ("-1,5", []), ("1.5,2", []), ("²,1", []),
        ("1," + "9" * 10, []), ("9" * 5_000 + ",1", []), ("٣,٤", []), (None, []), (" 5 , 6 ", [5, 6]), ("0,0", [0, 0]),
    ],
)  # fmt: skip
def test_a_usage_that_makes_no_sense_is_none(
    read: str | None, told: list[int], limiter: StravaLimiter
) -> None:
    assert [one.used for one in limiter.told(headers_of(read)) if one.bucket == "read"] == told
    assert [one.used for one in limiter.told(headers_of(read)) if one.bucket == "overall"] == [3, 4]
    limiter.acquire()
    limiter.feedback(200, headers_of(read))


@pytest.mark.parametrize("limit", ["5000", "5000, 5000;w=60", "200,2000, 5000", "0,1000", "100,0", ","])
def test_a_foreign_limit_is_none_of_ours(limit: str, limiter: StravaLimiter) -> None:
    """A proxy may put one of its own beside, or instead."""
    told = limiter.told(headers_of(**{f"{OVERALL}-Limit".replace("-", "_"): limit}))
    assert {one.bucket for one in told} == {"read"}


TEXTS = (
    st.none()
    | st.text()
    | st.integers().map(str)
    | st.lists(st.integers()).map(lambda n: ",".join(map(str, n)))
)


@pytest.mark.promise("B2")
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(limit=TEXTS, usage=TEXTS, date=TEXTS, status=st.sampled_from([200, 401, 404, 429]))
def test_no_header_is_a_fault(
    limit: str | None, usage: str | None, date: str | None, status: int, limiter: StravaLimiter
) -> None:
    told = {f"{READ}-Limit": limit, f"{READ}-Usage": usage, "Date": date}
    headers = CaseInsensitiveDict({name: value for name, value in told.items() if value is not None})
    assert 0 <= limiter.feedback(status, headers) <= DAY_S + 2


@pytest.mark.parametrize(
    "date",
    ["", "soon", "Sun, 22 Nov 99999999999 12:00:00 GMT", "Sun, 22 Nov 0001 12:00:00 GMT",
     "Thu, 01 Jan 1970 00:00:00 -0000"],
)  # fmt: skip
def test_a_date_that_makes_no_sense_moves_no_window(date: str, limiter: StravaLimiter) -> None:
    before = limiter.status()["day"]["resets_in_s"]
    limiter.feedback(200, headers_of(Date=date))
    assert 0 <= before - limiter.status()["day"]["resets_in_s"] < 60
    assert limiter.status()["quarter_hour"]["used"] == 1


def test_a_date_without_a_zone_is_in_utc(limiter: StravaLimiter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        limiter.feedback(200, headers_of(Date=formatdate(time.time() + 450)))
    finally:
        monkeypatch.undo()
        time.tzset()
    ends = (limiter.status()["quarter_hour"]["resets_in_s"] + time.time() + 450) % QUARTER_S
    assert min(ends, QUARTER_S - ends) < 10


def recorded(name: str) -> list[dict[str, Any]]:
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded headers at {RECORDED}")
    rows: list[dict[str, Any]] = json.loads((RECORDED / name).read_text())
    return rows


def at(monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]) -> None:
    """Our clock stands where the recorded one stood."""
    moment = datetime.strptime(headers["date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC).timestamp()
    monkeypatch.setattr(time, "time", lambda: moment)


def test_the_recorded_paging_is_followed_across_the_quarter_hour(
    limiter: StravaLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100 of 100 at 21:26:33, then 1 of 100, while the day went on by four: refused calls count."""
    seen = []
    for row in recorded("dblock__paging_across_reset.json"):
        at(monkeypatch, row["headers"])
        headers = CaseInsensitiveDict(row["headers"])
        used, used_today = (int(part) for part in headers[f"{READ}-Usage"].split(","))
        limiter.feedback(row["status"], headers)
        told = limiter.status()
        seen.append((told["quarter_hour"]["used"], told["day"]["used"]))
        assert seen[-1] == (used, used_today)
        if used == 100:
            with pytest.raises(LimitReached, match="read limit of 15 minutes is spent"):
                limiter.acquire()
    assert (100, 333) in seen and seen[seen.index((100, 333)) + 1] == (1, 337)
    limiter.acquire()


def test_the_recorded_writes_are_followed(limiter: StravaLimiter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first tells nothing of reads: a bare comma."""
    found = []
    for row in recorded("dblock__writes.json"):
        at(monkeypatch, row["headers"])
        limiter.feedback(row["status"], CaseInsensitiveDict(row["headers"]))
        found.append([one.used for one in limiter.windows.spent()])
    assert found == [[0, 0, 66, 209], [70, 213, 71, 214], [78, 221, 79, 222]]
