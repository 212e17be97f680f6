"""iRacing's one-time tokens among several processes: one refresh, one sign-in, few of both when answers get lost."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import racing
import requests
from forks import fork, forkserver
from racers import WAIT_S, store_of
from racing import TOKEN, Race, begin_anew, connect, grants, new_auth, new_sandbox, prepare

from resources.errors import PacelineError
from resources.iracing_auth import MOST_LOGINS_AN_HOUR, PROVIDER
from resources.tokens import fingerprint
from sandbox.client import Sandbox

LARGEST_CROWD = 8
POLL_S = 0.01


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def service(sandbox: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Nothing wrong, and credentials in the environment, which forked processes are given too."""
    begin_anew(sandbox)
    connect(sandbox, monkeypatch)
    yield sandbox
    sandbox.faults()


@pytest.mark.promise("D2")
@pytest.mark.tier("N")
def test_several_processes_ask_once(
    service: Sandbox,
    tmp_path: Path,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A refresh where there is a refresh token, else a sign-in; exactly one, and no use of a spent token."""
    races = [
        Race(draw.randint(2, LARGEST_CROWD), Race.FOUND[number % len(Race.FOUND)])
        for number in range(size(P=51, R=501))
    ]
    context = forkserver()
    barrier, told = context.Barrier(LARGEST_CROWD + 1), context.Queue()
    arguments = (service.iracing_env(), service.iracing_auth_url, tmp_path, races, barrier, told)
    crowd = [
        context.Process(target=racing.run, args=(me, *arguments), daemon=True) for me in range(LARGEST_CROWD)
    ]
    for process in crowd:
        process.start()
    for number, race in enumerate(races):
        before = prepare(service, store_of(tmp_path, number), race)
        counted = grants(service)
        barrier.wait(WAIT_S)
        barrier.wait(WAIT_S)
        answers = [told.get(timeout=WAIT_S) for _ in range(race.crowd)]
        assert {at for at, _ in answers} == {number}
        assert len({token for _, token in answers}) == 1, answers
        token = answers[0][1]
        assert token not in ("", before.access_token) and not token.startswith("failed"), answers
        signs_in = race.found == "none"
        assert (grants(service) - counted).row() == (1, int(signs_in), int(not signs_in), 0), race
        header = {"Authorization": f"Bearer {token}"}
        url = f"{service.iracing_api_url}/data/constants/categories"
        assert requests.get(url, headers=header, timeout=WAIT_S).status_code == 200
        assert store_of(tmp_path, number).load(PROVIDER).refresh_token not in ("", before.refresh_token)
    for process in crowd:
        process.join(WAIT_S)
    figure(
        f"iRacing: {len(races)} races of 2 to {LARGEST_CROWD} processes: 1 refresh or sign-in in each,"
        " 0 uses of a spent token"
    )


def begin(service: Sandbox, state_dir: Path, out: Path) -> Any:
    arguments = (str(state_dir), service.iracing_auth_url)
    return fork(racing.ask, *arguments, env=os.environ, cwd=out.parent, out=out, err=out.with_suffix(".err"))


def wait_for_request(service: Sandbox, process: Any) -> None:
    while grants(service).sent == 0:
        assert process.is_alive(), "it ended without a request"
        time.sleep(POLL_S)


@pytest.mark.promise("D3")
@pytest.mark.parametrize("found", ["ended", "none"])
def test_a_kill_between_answer_and_save_costs_one_sign_in(
    found: str, service: Sandbox, tmp_path: Path, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    """A refresh that was on its way is never sent again; what follows is one sign-in, whoever waited."""
    kills, waiting = size(P=3, N=30), 3
    for number in range(kills):
        store = store_of(tmp_path, number)
        before = prepare(service, store, Race(waiting, found))
        service.reset()
        service.faults({"kind": "stall", "seconds": 30, "then": "send", "endpoint": TOKEN})
        victim = begin(service, store.folder.parent, tmp_path / "victim")
        wait_for_request(service, victim)
        others = [
            begin(service, store.folder.parent, tmp_path / f"other {place}") for place in range(waiting)
        ]
        left = store.load(PROVIDER)
        counted = grants(service)
        victim.kill()
        for process in (victim, *others):
            process.join(WAIT_S)
        said = {(tmp_path / f"other {place}").read_text() for place in range(waiting)}
        assert len(said) == 1 and said.pop().startswith("token "), said
        assert left.refresh_sent == (fingerprint(before.refresh_token) if found == "ended" else "")
        assert (grants(service) - counted).row() == (1, 1, 0, 0)
        assert len(store.load(PROVIDER).logins) == 2, "one that was killed counts as well"
        assert new_auth(service, store).describe().state == "ok"
    figure(
        f"iRacing: {kills} kills of a {found} token's renewal, {waiting} others waiting: 1 sign-in in each"
    )


@pytest.mark.promise("D3")
def test_answers_that_are_always_lost_end_the_asking(
    service: Sandbox, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """Each hour again a few; the sign-in service is left alone between."""
    store = store_of(tmp_path, 0)
    prepare(service, store, Race(1, "ended"))
    service.reset()
    service.faults({"kind": "lost_token_answer", "endpoint": TOKEN, "times": 0})
    processes = [begin(service, store.folder.parent, tmp_path / f"said {place}") for place in range(4)]
    for process in processes:
        process.join(WAIT_S)
    said = [(tmp_path / f"said {place}").read_text() for place in range(4)]
    assert all(line.startswith("ProviderUnavailable") and "Try again in" in line for line in said), said
    assert grants(service).sent == 2, "one refresh, one sign-in, and then a pause"
    again = new_auth(service, store)
    for _ in range(20):
        tokens = store.load(PROVIDER)
        store.save(PROVIDER, replace(tokens, refresh_not_before=tokens.refresh_paused_at))
        with pytest.raises(PacelineError):
            again.access_token()
    sent = grants(service).sent
    assert sent == 1 + MOST_LOGINS_AN_HOUR - 1, "the sign-in before the refresh is one of the hour's"
    figure(f"iRacing: every answer lost, 24 calls in an hour without any pause: {sent} requests")
