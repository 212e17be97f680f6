"""iRacing's limit: headers are understood or ignored, others who spend make us wait, refusals are waited out."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from racing import STORAGE, Fault, Foreign, begin_anew, connect, new_client, new_sandbox
from requests.structures import CaseInsensitiveDict

from resources.errors import LimitReached
from resources.iracing import IracingClient
from resources.iracing_limit import CLOCK_SKEW_S, HEADROOM, IracingLimiter, Window, window_of
from resources.rate_limit import RateLimiter
from resources.settings import LEDGER_NAME, load_settings
from sandbox.client import Sandbox

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
WINDOW_S = 3  # of the sandbox here, so that nobody waits a minute
SPENT = "calls a minute are spent"


def told(limit: Any = 240, remaining: Any = 239, reset: Any = None, date: str | None = "now") -> Any:
    """Headers as the service sends them, with None for those that are missing."""
    values = {
        "X-RateLimit-Limit": limit,
        "X-RateLimit-Remaining": remaining,
        "X-RateLimit-Reset": int(NOW.timestamp()) + 60 if reset is None else reset,
        "Date": format_datetime(NOW, usegmt=True) if date == "now" else date,
    }
    return CaseInsensitiveDict({name: str(value) for name, value in values.items() if value is not None})


# ------------------------------------------------------------------ what the headers say


def test_the_recorded_headers_are_a_window() -> None:
    headers = CaseInsensitiveDict(
        {
            "Date": "Sun, 29 Sep 2024 02:19:40 GMT",
            "X-RateLimit-Limit": "240",
            "X-RateLimit-Remaining": "239",
            "X-RateLimit-Reset": "1727576440",
        }
    )
    assert window_of(headers, NOW) == Window(240, 239, 60 + CLOCK_SKEW_S), "counted on the server's clock"


@pytest.mark.parametrize(
    "date", [None, "", "yesterday", "Sun, 99 Nov 2026", "Sun, 22 Nov 99999999999 12:00:00 GMT"]
)
def test_without_a_date_our_clock_counts(date: str | None) -> None:
    assert window_of(told(date=date), NOW) == Window(240, 239, 60 + CLOCK_SKEW_S)


def test_a_date_without_a_zone_is_in_utc() -> None:
    assert window_of(told(date="Sun, 22 Nov 2026 12:00:00 -0000"), NOW) == Window(240, 239, 60 + CLOCK_SKEW_S)


@pytest.mark.parametrize(
    "headers",
    [
        CaseInsensitiveDict(),
        *(told(**{name: value}) for name in ("limit", "remaining", "reset")
          for value in ("", "many", "1.5", "0x10", "nan", "9" * 5_000, "-" + "9" * 400)),
        told(limit=0), told(limit=-1),
        told(reset=0), told(reset=int(NOW.timestamp()) - 1), told(reset=int(NOW.timestamp()) + 121),
        told(reset="9" * 400),
        CaseInsensitiveDict({"x-ratelimit-limit": "240", "x-ratelimit-remaining": "0"}),
    ],
)  # fmt: skip
def test_headers_that_make_no_sense_are_no_window(headers: Any) -> None:
    found = window_of(headers, NOW)
    assert found is None or found.remaining < 0, "fewer than none are left: that is understood"


TEXTS = st.none() | st.text() | st.integers().map(str) | st.floats().map(str)


@pytest.mark.promise("B1")
@given(limit=TEXTS, remaining=TEXTS, reset=TEXTS, date=TEXTS)
def test_no_header_is_a_fault(
    limit: str | None, remaining: str | None, reset: str | None, date: str | None
) -> None:
    found = window_of(told(limit, remaining, reset or "", date), NOW)
    assert found is None or 0 <= found.resets_in_s <= 121


def test_others_who_spend_hold_everybody(tmp_path: Path) -> None:
    one, other = (IracingLimiter("iracing", 100, tmp_path / "limits.sqlite", max_wait_s=1) for _ in range(2))
    headers = told(remaining=HEADROOM + 1, date=None, reset=int(datetime.now(UTC).timestamp()) + 50)
    assert one.feedback(200, headers) == 0.0
    other.acquire()
    headers["X-RateLimit-Remaining"] = str(HEADROOM)
    assert 40 < one.feedback(200, headers) <= 51
    with pytest.raises(LimitReached, match=SPENT):
        other.acquire()


# ------------------------------------------------------------------ with the sandbox


@pytest.fixture(scope="module")
def one_racing() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def racing(one_racing: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    begin_anew(one_racing)
    connect(one_racing, monkeypatch)
    return one_racing


@pytest.fixture
def waits() -> list[tuple[float, str]]:
    return []


@pytest.fixture
def client(racing: Sandbox, waits: list[tuple[float, str]]) -> IracingClient:
    return new_client(on_wait=lambda seconds, why: waits.append((seconds, why)))


def inline(client: IracingClient) -> None:
    client.get("constants/categories", lambda _: None)


def statuses(racing: Sandbox) -> list[int]:
    return [line[3] for line in racing.requests() if "/data/" in line[2]]


@pytest.mark.promise("B1")
def test_what_a_foreign_client_spent_makes_us_wait_and_not_be_refused(
    racing: Sandbox, client: IracingClient, waits: list[tuple[float, str]]
) -> None:
    foreign = Foreign(racing)
    inline(client)
    racing.settings(iracing_per_minute=20, iracing_window_seconds=WINDOW_S)
    racing.reset_iracing_limit()
    for _ in range(14):
        assert foreign.ask("constants/categories").status_code == 200
    racing.reset()
    for _ in range(10):
        inline(client)
    assert statuses(racing) == [200] * 10
    assert client.refused == 0
    assert waits and all(SPENT in why for _, why in waits)
    assert all(seconds <= WINDOW_S + 2 for seconds, _ in waits), "told in whole seconds"


@pytest.mark.promise("B1")
def test_a_refusal_in_plain_text_is_waited_out(
    racing: Sandbox, client: IracingClient, waits: list[tuple[float, str]]
) -> None:
    """Its headers tell when the window ends; nothing is sent before."""
    foreign = Foreign(racing)
    inline(client)
    racing.settings(iracing_per_minute=5, iracing_window_seconds=WINDOW_S)
    racing.reset_iracing_limit()
    while foreign.ask("constants/categories").status_code == 200:
        pass
    racing.reset()
    inline(client)
    log = [line for line in racing.requests() if "/data/" in line[2]]
    assert [line[3] for line in log] == [429, 200]
    assert log[1][0] - log[0][0] >= CLOCK_SKEW_S
    assert client.refused == 1
    assert any("iracing answered 429" in why for _, why in waits)


@pytest.mark.promise("B1")
def test_refusals_without_headers_end_with_a_time(racing: Sandbox, client: IracingClient) -> None:
    inline(client)
    racing.reset()
    racing.faults({"kind": "status", "status": 429, "text": "Rate limit exceeded", "times": 0})
    with pytest.raises(LimitReached, match="status 429, Rate limit exceeded") as stopped:
        inline(client)
    assert stopped.value.exit_code == 3
    assert stopped.value.resume_at > datetime.now(UTC) - timedelta(minutes=1)
    assert statuses(racing) == [429] * 3


@pytest.mark.promise("B1")
@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-remaining": ""},
        {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "none", "x-ratelimit-reset": "soon"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "240", "x-ratelimit-reset": "9" * 400},
        {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "240", "x-ratelimit-reset": "1727576440"},
    ],
)
def test_headers_that_make_no_sense_hold_nobody(
    headers: dict[str, str], racing: Sandbox, client: IracingClient, waits: list[tuple[float, str]]
) -> None:
    inline(client)
    racing.reset()
    fault: Fault = {"kind": "status", "status": 200, "json": [], "headers": headers, "times": 0}
    racing.faults(fault)
    for _ in range(3):
        inline(client)
    assert statuses(racing) == [200] * 3
    assert waits == []


def test_downloads_are_not_counted(racing: Sandbox, client: IracingClient) -> None:
    client.cars()
    racing.settings(iracing_per_minute=9)
    racing.reset_iracing_limit()
    racing.reset()
    before = client.requests_made
    client.get("stats/world_records", lambda _: None, car_id=1, track_id=1)
    asked = racing.counters()["by_endpoint"]
    assert (client.requests_made - before, asked["iracing_stats_world_records"], asked[STORAGE]) == (1, 1, 3)
    ledger = load_settings().state_dir / LEDGER_NAME
    assert RateLimiter("iracing", 1, ledger).usage()[1].used == 2
    assert RateLimiter("iracing downloads", 1, ledger).usage()[1].used == 4


ASK = """
import sys
from resources.iracing import IracingClient
from resources.settings import load_settings
client = IracingClient.from_settings(load_settings())
print("ready", flush=True)
sys.stdin.readline()
for _ in range(5):
    client.get("constants/categories", lambda _: None)
"""


def test_processes_share_one_pace(
    racing: Sandbox,
    client: IracingClient,
    monkeypatch: pytest.MonkeyPatch,
    process: Callable[..., subprocess.Popen[str]],
) -> None:
    """Twenty a second is one each 50 ms, whoever asks, by the ledger in which each call is taken."""
    inline(client)
    racing.reset()
    monkeypatch.setenv("IRACING_REQUESTS_PER_MINUTE", "1200")
    crowd = [process(ASK) for _ in range(3)]
    for each in crowd:
        assert each.stdout and each.stdout.readline() == "ready\n"
    for each in crowd:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    assert [each.communicate()[1] for each in crowd] == [""] * 3
    assert statuses(racing) == [200] * 15
    with closing(sqlite3.connect(load_settings().state_dir / LEDGER_NAME)) as ledger:
        rows = ledger.execute("SELECT item_timestamp FROM pace_iracing ORDER BY rowid").fetchall()
    released = [moment for (moment,) in rows][-15:]
    assert all(late - early >= 49 for early, late in pairwise(released))
