"""Strava's refresh tokens among several processes: one refresh in each race, none after an answer that was lost.

Whether the service replaces the refresh token or not: it may begin to at any time.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import striding
from forks import fork, forkserver
from racers import WAIT_S, store_of
from striding import TOKEN, Race, begin_anew, connect, grants, new_auth, new_sandbox, prepare

from resources.strava_auth import PROVIDER
from resources.tokens import Tokens, fingerprint
from sandbox.client import Sandbox

LARGEST_CROWD = 8
POLL_S = 0.01


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def strava(sandbox: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    begin_anew(sandbox)
    sandbox.settings(strava_read_per_window=0, strava_read_per_day=0, strava_overall_per_window=0)
    connect(sandbox, monkeypatch)
    monkeypatch.delenv("STRAVA_REFRESH_TOKEN")
    yield sandbox
    sandbox.faults()


@pytest.mark.promise("D2")
def test_several_processes_refresh_once(
    strava: Sandbox,
    tmp_path: Path,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """Two to eight of them, with a token that was refused, has ended, or was never there."""
    races = [
        Race(draw.randint(2, LARGEST_CROWD), Race.FOUND[number % 3], rotates=number % 2 == 0)
        for number in range(size(P=50, R=500))
    ]
    context = forkserver()
    barrier, told = context.Barrier(LARGEST_CROWD + 1), context.Queue()
    arguments = (strava.strava_env(), strava.strava_auth_url, tmp_path, races, barrier, told)
    crowd = [
        context.Process(target=striding.run, args=(me, *arguments), daemon=True)
        for me in range(LARGEST_CROWD)
    ]
    for process in crowd:
        process.start()
    for number, race in enumerate(races):
        before = prepare(strava, store_of(tmp_path, number), race)
        counted = grants(strava)
        barrier.wait(WAIT_S)
        barrier.wait(WAIT_S)
        answers = [told.get(timeout=WAIT_S) for _ in range(race.crowd)]
        assert {at for at, _ in answers} == {number}
        assert len({token for _, token in answers}) == 1, answers
        token = answers[0][1]
        assert token not in ("", before.access_token) and not token.startswith("failed"), answers
        assert (grants(strava) - counted).row() == (1, 1, 0, 0), race
        header = {"Authorization": f"Bearer {token}"}
        answer = requests.get(f"{strava.strava_api_url}/athlete", headers=header, timeout=WAIT_S)
        assert answer.status_code == 200
        kept = store_of(tmp_path, number).load(PROVIDER).refresh_token
        assert (kept != before.refresh_token) == race.rotates and kept
    for process in crowd:
        process.join(WAIT_S)
    figure(
        f"Strava: {len(races)} races of 2 to {LARGEST_CROWD} processes: 1 refresh in each, 0 spent tokens sent"
    )


def begin(strava: Sandbox, state_dir: Path, out: Path) -> Any:
    arguments = (str(state_dir), strava.strava_auth_url)
    return fork(
        striding.ask_for_token,
        *arguments,
        env=os.environ,
        cwd=out.parent,
        out=out,
        err=out.with_suffix(".err"),
    )


@pytest.mark.promise("D3")
def test_a_kill_between_answer_and_save_is_told_by_all(
    strava: Sandbox, tmp_path: Path, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    """The token may be spent: nobody sends it again, and everybody says what a person has to do."""
    kills, waiting = size(P=3, N=30), 3
    for number in range(kills):
        store = store_of(tmp_path, number)
        before = prepare(strava, store, Race(waiting, "ended", rotates=True))
        strava.reset()
        strava.faults({"kind": "stall", "seconds": 30, "then": "send", "endpoint": TOKEN})
        victim = begin(strava, store.folder.parent, tmp_path / "victim")
        while grants(strava).sent == 0:
            assert victim.is_alive(), "it ended without a request"
            time.sleep(POLL_S)
        others = [begin(strava, store.folder.parent, tmp_path / f"other {place}") for place in range(waiting)]
        left = store.load(PROVIDER)
        victim.kill()
        for process in (victim, *others):
            process.join(WAIT_S)
        said = [(tmp_path / f"other {place}").read_text() for place in range(waiting)]
        assert all(line.startswith("SignInNeeded") and "paceline login strava" in line for line in said), said
        assert left.refresh_sent == fingerprint(before.refresh_token)
        assert grants(strava).sent == 1
        assert new_auth(strava, store).describe().state == "needs sign-in"
        strava.faults()
    figure(
        f"Strava: {kills} kills in a refresh, {waiting} others waiting: the token is sent once, 0 sent again"
    )


@pytest.mark.promise("D3")
def test_answers_that_are_lost_end_the_asking(strava: Sandbox, tmp_path: Path) -> None:
    store = store_of(tmp_path, 0)
    prepare(strava, store, Race(1, "ended", rotates=True))
    strava.reset()
    strava.faults({"kind": "lost_token_answer", "endpoint": TOKEN, "times": 0})
    crowd = [begin(strava, store.folder.parent, tmp_path / f"said {place}") for place in range(4)]
    for process in crowd:
        process.join(WAIT_S)
    said = [(tmp_path / f"said {place}").read_text() for place in range(4)]
    assert all(line.startswith("SignInNeeded") and "was lost" in line for line in said), said
    assert grants(strava).sent == 1


@pytest.mark.promise("D3")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 429, "text": ""},
        {"kind": "html", "status": 403},
    ],
    ids=["500", "429", "a block page"],
)
def test_an_outage_of_the_sign_in_is_no_end_of_the_token(
    fault: dict[str, Any], strava: Sandbox, tmp_path: Path
) -> None:
    """Everybody leaves it alone for a while, and the refresh token is kept."""
    store = store_of(tmp_path, 0)
    before = prepare(strava, store, Race(1, "ended", rotates=True))
    strava.reset()
    strava.faults({**fault, "endpoint": TOKEN, "times": 0})
    crowd = [begin(strava, store.folder.parent, tmp_path / f"said {place}") for place in range(4)]
    for process in crowd:
        process.join(WAIT_S)
    said = [(tmp_path / f"said {place}").read_text() for place in range(4)]
    assert all(
        line.startswith(("ProviderUnavailable", "ProviderRefused", "LimitReached")) for line in said
    ), said
    assert grants(strava).sent == 1
    kept = store.load(PROVIDER)
    assert (kept.refresh_token, kept.refresh_sent, kept.refresh_rejected) == (before.refresh_token, "", "")


@pytest.mark.promise("D2")
def test_two_accounts_refresh_beside_each_other(strava: Sandbox, tmp_path: Path) -> None:
    """In one file: neither's new token is lost when both write it."""
    store = store_of(tmp_path, 0)
    strava.settings(strava_rotate=True)
    accounts = [new_auth(strava, store, name) for name in ("default", "second", "third")]
    for number, account in enumerate(accounts):
        account.save(Tokens(refresh_token=striding.signed_in(strava, number)))
    counted = grants(strava)
    context = forkserver()
    barrier, told = context.Barrier(len(accounts)), context.Queue()
    crowd = [
        context.Process(
            target=striding.ask_as, args=(account.account, str(store.folder.parent), strava.strava_auth_url,
                                          strava.strava_env(), barrier, told)
        )
        for account in accounts
    ]  # fmt: skip
    for process in crowd:
        process.start()
    found = dict(told.get(timeout=WAIT_S) for _ in accounts)
    for process in crowd:
        process.join(WAIT_S)
    assert (grants(strava) - counted).row() == (3, 3, 0, 0)
    assert {name: store.load(PROVIDER, name).access_token for name in found} == found
    assert len(set(found.values())) == 3
