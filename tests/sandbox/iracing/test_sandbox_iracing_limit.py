"""The minute's limit: told in headers, refused in plain text, and blind to downloads."""

from __future__ import annotations

from racer import Racer

from sandbox.iracing.limit import FixedWindow


def test_the_headers_count_down_and_then_plain_text_refuses(own: Racer) -> None:
    own.sandbox.settings(iracing_per_minute=3)
    own.sandbox.reset_iracing_limit()
    answers = [own.ask("constants/categories") for _ in range(4)]
    assert [reply.status for reply in answers] == [200, 200, 200, 429]
    assert [reply.headers["x-ratelimit-remaining"] for reply in answers] == ["2", "1", "0", "0"]
    assert {reply.headers["x-ratelimit-limit"] for reply in answers} == {"3"}
    assert len({reply.headers["x-ratelimit-reset"] for reply in answers}) == 1
    refused = answers[3]
    assert (refused.body, refused.headers["content-type"]) == (b"Rate limit exceeded", "text/plain")
    assert "retry-after" not in refused.headers
    assert own.sandbox.counters()["refused"] == 1
    own.sandbox.settings(clock_skew_seconds=61)
    assert own.ask("constants/categories").status == 200


def test_downloads_and_tokens_are_not_counted(own: Racer) -> None:
    own.sandbox.settings(iracing_per_minute=2)
    own.sandbox.reset_iracing_limit()
    link = own.ask("car/get").json["link"]
    assert [own.fetch(link).status for _ in range(5)] == [200] * 5
    assert [own.token().status for _ in range(3)] == [200] * 3
    after = own.ask("car/get")
    assert (after.status, after.headers["x-ratelimit-remaining"]) == (200, "0")


def test_the_requests_a_second_are_pelotons_alone(own: Racer) -> None:
    own.sandbox.settings(rate=1)
    assert [own.ask("constants/divisions").status for _ in range(6)] == [200] * 6


def test_no_limit_still_tells_headers(own: Racer) -> None:
    own.sandbox.settings(iracing_per_minute=0)
    reply = own.ask("constants/divisions")
    assert int(reply.headers["x-ratelimit-limit"]) > 100_000
    assert int(reply.headers["x-ratelimit-remaining"]) > 100_000


def test_a_refusal_without_a_token_is_counted_too(own: Racer) -> None:
    own.sandbox.settings(iracing_per_minute=2)
    own.sandbox.reset_iracing_limit()
    answers = [own.ask("car/get", headers={}) for _ in range(3)]
    assert [reply.status for reply in answers] == [401, 401, 429]


def test_a_window_opens_with_its_first_request_and_survives_a_clock_that_goes_back() -> None:
    window = FixedWindow()
    assert [window.admit(now_s, 2, 60) for now_s in (1_000, 1_059.9, 1_059.95)] == [True, True, False]
    assert window.reset_at == 1_060
    assert window.admit(1_060, 2, 60), "the next minute"
    assert window.admit(10, 2, 60), "an hour that was never used up"
    assert window.reset_at == 70
