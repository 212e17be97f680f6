"""The access token dies in mid-run, wherever that is: one refresh, each request repeated once, the same result."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from observing import SUMMER, quiet, rows
from signing_in import fresh_refresh_token, new_workspace

from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from peloton_assets.transform import DETAILS, LISTINGS
from peloton_assets.workspace import Workspace
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("D1")

AFTER_REQUESTS = range(51)
WHEN_WE_LOOKED = ("first_listed_at", "last_listed_at", "details_fetched_at")


def refreshes(peloton: Sandbox) -> int:
    return int(peloton.counters()["token_rotations"])


def asked(peloton: Sandbox) -> list[tuple[str, int]]:
    """What was asked, and how it was answered."""
    return [(line[2], line[3]) for line in peloton.requests()]


def test_a_token_that_dies_after_any_request_is_renewed_once(
    work: Workspace, peloton: Sandbox, figure: Callable[[str], None]
) -> None:
    expected = work.client.me_id()
    for after in AFTER_REQUESTS:
        before, made = refreshes(peloton), work.client.requests_made
        peloton.reset()
        peloton.faults({"kind": "expire_tokens", "after_requests": after})
        assert [work.client.me_id() for _ in range(after + 1)] == [expected] * (after + 1)
        assert refreshes(peloton) == before + 1
        assert work.client.requests_made == made + after + 2
        log = asked(peloton)
        (question, _), *_ = log
        assert log[after:] == [(question, 401), ("/peloton-auth/oauth/token", 200), (question, 200)]
    figure(f"dead after each of {len(AFTER_REQUESTS)} requests: 1 refresh, the request repeated once")


def stored(work: Workspace) -> list[dict[str, Any]]:
    """All that was read of list and details, without the columns that tell when."""
    found = [row for table in (LISTINGS, DETAILS) for row in rows(work.lake, table)]
    return sorted(
        ({name: value for name, value in row.items() if name not in WHEN_WE_LOOKED} for row in found),
        key=repr,
    )


def test_a_sync_whose_token_dies_anywhere_ends_as_if_it_had_not(
    work: Workspace,
    peloton: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """List and details with eight workers: what was on its way is refused too, and asked once more."""

    def sync(work: Workspace) -> list[dict[str, Any]]:
        sync_list(work, SUMMER, quiet)
        sync_details(work, SUMMER, quiet)
        return stored(work)

    expected = sync(work)
    undisturbed = Counter(question for question, _ in asked(peloton) if "/api/" in question)
    # The last moment is before the last request, whose token would not be missed.
    possible = [after for after in AFTER_REQUESTS if after < undisturbed.total()]
    moments = draw.sample(possible, size(P=1, N=15, R=len(possible)))
    for after in moments:
        monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / f"after {after}"))
        monkeypatch.setenv("PELOTON_REFRESH_TOKEN", fresh_refresh_token(peloton))
        other = new_workspace(f"after {after}")
        other.client.me_id()  # signs in
        before = refreshes(peloton)
        peloton.reset()
        peloton.faults({"kind": "expire_tokens", "after_requests": after})
        assert sync(other) == expected
        assert refreshes(peloton) == before + 1
        log = [(question, status) for question, status in asked(peloton) if "/api/" in question]
        repeated = Counter(question for question, status in log if status == 401)
        assert repeated.total() >= 1
        assert set(repeated.values()) == {1}
        assert Counter(question for question, _ in log) == undisturbed + repeated
    figure(
        f"syncs whose token died after {len(moments)} different requests: {len(moments)} equal, 1 refresh each"
    )
