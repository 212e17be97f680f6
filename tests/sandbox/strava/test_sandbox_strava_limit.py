"""The application's limits: windows of the clock, refusals that count, headers that are missing at times."""

from __future__ import annotations

import time

from strava_asker import Asker

from sandbox.strava.limit import LIMIT_SETTINGS, ApplicationLimit

DAY_S = 86_400
READ = "x-readratelimit-usage"


def usage(headers: dict[str, str], name: str = READ) -> tuple[int, ...]:
    return tuple(int(part) for part in headers[name].split(","))


def skew_to_noon(asker: Asker) -> int:
    """Set the clock to just past tomorrow's noon, so that neither a window nor a day ends during a test."""
    skew = int(DAY_S - time.time() % DAY_S + DAY_S / 2 + 100)
    asker.sandbox.settings(clock_skew_seconds=skew)
    asker.sign_in()
    return skew


def test_a_limit_refuses_with_the_recorded_body_and_counts_the_refusals(own: Asker) -> None:
    skew = skew_to_noon(own)
    own.sandbox.settings(strava_read_per_window=3)
    own.sandbox.reset_strava_limit()
    replies = [own.ask("athlete") for _ in range(5)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
    refused = replies[-1]
    assert refused.json["message"] == "Rate Limit Exceeded"
    assert refused.fault == (429, "Application", "read rate limit", "exceeded")
    assert "retry-after" not in refused.headers
    assert usage(refused.headers) == (5, 5)
    assert refused.headers["x-readratelimit-limit"] == "3,1000"
    own.sandbox.settings(clock_skew_seconds=skew + 900)
    after = own.ask("athlete")
    assert after.status == 200
    assert usage(after.headers) == (1, 6), "the quarter hour is new, the day remembers the refused ones"


def test_the_overall_limit_and_the_day_refuse_too(own: Asker) -> None:
    skew_to_noon(own)
    own.sandbox.settings(strava_overall_per_window=1)
    own.sandbox.reset_strava_limit()
    assert [own.ask("athlete").status for _ in range(2)] == [200, 429]
    assert own.ask("athlete").fault[2] == "overall rate limit"
    own.sandbox.settings(strava_overall_per_window=0, strava_read_per_day=2)
    own.sandbox.reset_strava_limit()
    assert [own.ask("athlete").status for _ in range(3)] == [200, 200, 429]


def test_another_client_of_the_application_spends_too(own: Asker) -> None:
    skew_to_noon(own)
    own.ask("athlete")
    own.sandbox.reset_strava_limit()
    assert own.sandbox.spend_strava(98) == {"read": [98, 98], "overall": [98, 98]}
    assert [own.ask("athlete").status for _ in range(3)] == [200, 200, 429]


def test_headers_are_missing_where_real_ones_are(own: Asker) -> None:
    whole = {"x-ratelimit-limit", "x-ratelimit-usage", "x-readratelimit-limit", READ}
    manual = next(row for row in own.sandbox.strava_truth() if row["manual"])
    assert whole <= own.ask("athlete").headers.keys()
    assert whole <= own.ask("activities/1").headers.keys(), "a 404 that is not about streams has them"
    assert not whole & own.streams(manual["id"]).headers.keys()
    assert not whole & own.ask("athlete", headers={}).headers.keys()
    names = own.ask("athlete").names
    assert {"X-ReadRateLimit-Limit", "X-Readratelimit-Usage"} <= set(names), "capitals vary on the wire"
    own.sandbox.settings(strava_read_per_window=1, strava_429_headers=False)
    own.sandbox.spend_strava(5)
    refused = own.ask("athlete")
    assert refused.status == 429
    assert not whole & refused.headers.keys()


def test_headers_can_be_broken(own: Asker) -> None:
    own.sandbox.settings(strava_header_changes={"X-RateLimit-Limit": None, "X-Readratelimit-Usage": ","})
    headers = own.ask("athlete").headers
    assert "x-ratelimit-limit" not in headers
    assert headers[READ] == ","
    assert "x-ratelimit-usage" in headers


def test_without_a_limit_the_headers_tell_a_huge_one(asker: Asker) -> None:
    reply = asker.ask("athlete")
    assert all(limit > 100_000 for limit in usage(reply.headers, "x-readratelimit-limit"))


def test_tokens_are_free(own: Asker) -> None:
    before = own.sandbox.counters()["strava_usage"]
    assert own.refresh().status == 200
    assert own.sandbox.counters()["strava_usage"] == before


def test_windows_are_those_of_the_clock() -> None:
    settings = {**LIMIT_SETTINGS, "strava_read_per_window": 2, "strava_read_per_day": 6}
    limit = ApplicationLimit(settings)
    midnight = 86_400 * 20_000
    late = midnight - 1
    assert [limit.admit(late) for _ in range(3)] == [True, True, False]
    assert limit.admit(midnight), "a new day and a new quarter hour"
    assert limit.usage()["read"] == [1, 1]
    assert [limit.admit(midnight + 899.9) for _ in range(2)] == [True, False]
    assert limit.admit(midnight + 900)
    assert limit.usage()["read"] == [1, 4]
    settings["strava_window_seconds"], settings["strava_day_seconds"] = 2, 10
    assert [limit.admit(midnight + 1_000 + second) for second in (0, 1, 1.5, 2, 4, 6, 8)] == [
        True, True, False, True, True, True, False,
    ]  # fmt: skip
