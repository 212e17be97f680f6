"""The enforced limit, over HTTP and, for its arithmetic, on a made-up clock."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from hypothesis import given
from hypothesis import strategies as st
from probe import Probe

from sandbox.client import Sandbox
from sandbox.rate_limit import SlidingWindow, retry_after_value

RATE = 5


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for t in times if start <= t < start + 1) for start in times)


def test_a_burst_is_cut_at_the_rate_and_the_rest_refused() -> None:
    with Sandbox(classes=60, rate=RATE) as sandbox:
        probe = Probe(sandbox)
        replies = [probe.get("/api/me") for _ in range(40)]
        statuses = [reply.status for reply in replies]
        assert statuses[:RATE] == [200] * RATE
        assert statuses[RATE] == 429
        refused = replies[RATE]
        assert refused.headers["retry-after"] == "1"
        assert refused.body == b"error code: 1015", "the refusal is no JSON"

        counters = sandbox.counters()
        assert counters["refused"] == statuses.count(429)
        answered = [
            at for at, _, path, status, _ in sandbox.requests() if status == 200 and "/api/me" in path
        ]
        assert most_in_a_second(answered) == RATE


def test_tokens_and_control_are_not_limited() -> None:
    with Sandbox(classes=60, rate=1) as sandbox:
        probe = Probe(sandbox)
        for _ in range(8):
            probe.sign_in()
            sandbox.counters()
        assert sandbox.counters()["refused"] == 0


def test_the_limit_and_its_retry_after_can_be_changed() -> None:
    with Sandbox(classes=60, rate=1) as sandbox:
        probe = Probe(sandbox)
        probe.get("/api/me")
        sandbox.settings(retry_after="date:30")
        assert parsedate_to_datetime(probe.get("/api/me").headers["retry-after"])
        sandbox.settings(retry_after="soon")
        assert probe.get("/api/me").headers["retry-after"] == "soon"
        sandbox.settings(retry_after="none")
        assert "retry-after" not in probe.get("/api/me").headers
        sandbox.settings(rate=0)
        assert [probe.get("/api/me").status for _ in range(20)] == [200] * 20


@given(
    st.integers(1, 7),
    st.lists(st.integers(0, 400), min_size=1, max_size=80).map(
        lambda gaps: [sum(gaps[:i]) for i in range(len(gaps))]
    ),
)
def test_no_window_of_a_second_holds_more_than_the_rate(rate: int, arrivals_ms: list[int]) -> None:
    window = SlidingWindow(rate)
    admitted = [at / 1000 for at in arrivals_ms if window.admit(at / 1000)]
    assert all(sum(1 for t in admitted if start <= t < start + 0.999) <= rate for start in admitted)


def test_a_rate_below_one_stretches_the_window() -> None:
    window = SlidingWindow(0.5)
    assert [window.admit(t) for t in (0.0, 1.0, 1.9, 2.0, 3.9, 4.0)] == [
        True,
        False,
        False,
        True,
        False,
        True,
    ]


def test_retry_after_forms() -> None:
    assert retry_after_value("seconds:-3", 0) == "-3"
    assert retry_after_value("date:60", 0) == "Thu, 01 Jan 1970 00:01:00 GMT"
    assert retry_after_value("none", 0) is None
