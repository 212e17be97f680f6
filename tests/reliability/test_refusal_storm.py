"""Half of all requests are refused, in every form of Retry-After: no request falls into a forbidden time.

What is forbidden is told by the sandbox's own log: when each request arrived, and which pause it was answered.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from observing import SUMMER, newest, quiet, staged
from refusals import too_early

from peloton_assets.details import sync_details
from peloton_assets.queue import MOST_WORKERS
from peloton_assets.workspace import Workspace
from resources.errors import LimitReached
from resources.http import JsonHttp
from resources.rate_limit import LONGEST_HOLD_S, RateLimiter
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("B1")

BACKOFF_S = 0.005
PATIENCE_S = 0.5  # a longer pause than this ends a call with the time at which to go on
SHORT = ("seconds:0", "seconds:-30", "date:-100", "date:0", "none", "soon", " ", "0.02", "nan", "-inf")
LONG = ("seconds:1", "date:2")
TEN_YEARS = ("seconds:315360000", "date:315360000", "inf")
REFUSED = {"kind": "status", "status": 429, "text": "error code: 1015", "endpoint": "instructor"}


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


@dataclass
class Person:
    """Asks again and again, with any of two clients that share a ledger; waits when told until when."""

    work: Workspace
    peloton: Sandbox
    made: int = 0
    answered: int = 0
    stops: int = 0
    announced: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        token = self.work.client._http._token
        self.clients = [
            JsonHttp(
                "Peloton",
                RateLimiter(
                    "peloton",
                    900,
                    self.work.settings.state_dir / "limits.sqlite",
                    max_wait_s=PATIENCE_S,
                    on_wait=lambda seconds, reason: self.announced.append((seconds, reason)),
                ),
                token=token,
                backoff_s=BACKOFF_S,
            )
            for _ in range(2)
        ]

    def ask(self, draw: random.Random) -> None:
        client = draw.choice(self.clients)
        try:
            client.get(f"{self.peloton.api_url}/api/instructor", lambda _: None, {"limit": 1})
            self.answered += 1
        except LimitReached as stop:
            self.stops += 1
            time.sleep(max(0.0, (stop.resume_at - datetime.now(UTC)).total_seconds()))

    @property
    def requests_made(self) -> int:
        return sum(client.requests_made for client in self.clients)


def test_no_request_falls_into_a_forbidden_time(
    work: Workspace,
    peloton: Sandbox,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    wanted = size(P=200, N=400, R=1000)
    refused = draw.sample(range(1, wanted + 1), wanted // 2)
    forms = [draw.choice(SHORT) for _ in refused]
    forms[: wanted // 40] = [draw.choice(LONG) for _ in range(wanted // 40)]
    form_at = dict(zip(refused, forms, strict=True))
    peloton.faults(*(
        {**REFUSED, "retry_after": form, "at_request": [at for at in refused if form_at[at] == form]}
        for form in sorted(set(forms))
    ))  # fmt: skip
    person = Person(work, peloton)
    while person.requests_made < wanted:
        person.ask(draw)

    log = [line for line in peloton.requests() if "/instructor" in line[2]]
    answers = [line[3] for line in log]
    assert len(log) == person.requests_made
    assert answers.count(429) == len(refused)
    assert answers.count(200) == person.answered == len(log) - len(refused)
    assert too_early(log) == []
    assert all(after[0] - first[0] >= BACKOFF_S for first, after in pairwise(log) if first[3] == 429)
    assert person.stops >= wanted // 40, "each long pause ends a call with the time at which to go on"
    assert {reason for _, reason in person.announced} == {"peloton answered 429"}
    assert max(seconds for seconds, _ in person.announced) <= PATIENCE_S
    figure(
        f"{len(refused)} of {len(log)} requests refused in {len(set(forms))} forms of Retry-After:"
        f" 0 requests in a forbidden time, {person.stops} stops with the time to go on"
    )


@pytest.mark.parametrize("form", TEN_YEARS)
def test_ten_years_stop_at_once_and_are_asked_again_after_a_day(
    work: Workspace, peloton: Sandbox, draw: random.Random, form: str
) -> None:
    peloton.faults({**REFUSED, "retry_after": form, "times": 0})
    person = Person(work, peloton)
    for _ in range(30):
        with pytest.raises(LimitReached) as stop:
            client = draw.choice(person.clients)
            client.get(f"{peloton.api_url}/api/instructor", lambda _: None)
        left = stop.value.resume_at - datetime.now(UTC)
        assert timedelta(hours=23) < left <= timedelta(seconds=LONGEST_HOLD_S)
        assert f"{stop.value.resume_at:%Y-%m-%d %H:%M}" in str(stop.value)
    assert peloton.counters()["by_endpoint"]["instructor"] == 1
    assert person.announced == []


def test_eight_workers_stand_still_together(
    listed_work: Workspace, peloton: Sandbox, draw: random.Random, figure: Callable[[str], None]
) -> None:
    """Only what was on its way when the refusal arrived may still come: one call of each other worker."""
    wanted = newest(peloton)
    refused = sorted(draw.sample(range(1, len(wanted)), 4))
    peloton.faults(*(
        {**REFUSED, "endpoint": "details", "retry_after": form, "at_request": at}
        for at, form in zip(refused, ("seconds:1", "date:2", "seconds:1", "seconds:0"), strict=True)
    ))  # fmt: skip
    sync_details(listed_work, SUMMER, quiet)
    log = [line for line in peloton.requests() if "/details" in line[2]]
    assert [line[3] for line in log].count(429) == len(refused)
    assert staged(listed_work) == set(wanted)
    early = too_early(log)
    assert len(early) <= len(refused) * (MOST_WORKERS - 1)
    figure(f"{len(refused)} refusals among {MOST_WORKERS} workers: {len(early)} calls were on their way")
