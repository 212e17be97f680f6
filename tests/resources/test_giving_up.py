"""A run that is being stopped does not sit out the waits of its workers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from resources.http import JsonHttp
from resources.peloton import PelotonClient
from resources.rate_limit import GaveUp, RateLimiter
from sandbox.client import Sandbox

LONG_S = 3_600.0


@pytest.fixture
def waiting() -> threading.Event:
    return threading.Event()


def given_up(
    limiter: RateLimiter, waiting: threading.Event, call: Callable[[], object]
) -> BaseException | None:
    """How a call ends whose wait is given up."""
    with ThreadPoolExecutor(1) as threads:
        future: Future[object] = threads.submit(call)
        assert waiting.wait(30), "it was meant to wait"
        with limiter.giving_up():
            return future.exception()


def test_a_wait_for_the_turn_ends(tmp_path: Path, waiting: threading.Event) -> None:
    limiter = RateLimiter("any", 10, tmp_path / "limits", max_wait_s=LONG_S, on_wait=lambda *_: waiting.set())
    limiter.hold_for(LONG_S / 2, "a refusal")
    assert isinstance(given_up(limiter, waiting, limiter.acquire), GaveUp)


def test_a_wait_for_the_next_try_ends(
    client: PelotonClient, sandbox: Sandbox, waiting: threading.Event, tmp_path: Path
) -> None:
    limiter = RateLimiter("other", 100, tmp_path / "limits")
    http = JsonHttp("Peloton", limiter, backoff_s=LONG_S, on_wait=lambda *_: waiting.set())
    sandbox.faults({"kind": "status", "status": 503, "endpoint": "archived", "times": 0})
    call = lambda: http.get(f"{sandbox.api_url}/api/v2/ride/archived", lambda _: None)  # noqa: E731
    assert isinstance(given_up(limiter, waiting, call), GaveUp)


def test_afterwards_calls_may_be_sent_again(tmp_path: Path) -> None:
    limiter = RateLimiter("any", 100, tmp_path / "limits")
    with limiter.giving_up(), pytest.raises(GaveUp):
        limiter.acquire()
    limiter.acquire()
