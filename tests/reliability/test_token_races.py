"""One-time refresh tokens: several processes at once, lost answers, kills. Never two refreshes with one token, and
where nobody can know whether it is spent, a person is asked and the sign-in service is left alone.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import racers
import requests
from forks import fork, forkserver
from racers import WAIT_S, Race, place_of, store_of
from signing_in import fresh_refresh_token

from resources.database import Place
from resources.errors import SignInNeeded
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.token_table import token_store
from resources.tokens import Tokens, TokenStore, fingerprint
from sandbox.client import Sandbox

LARGEST_CROWD = 8
POLL_S = 0.01


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(rate=0, classes=5, until="2019-01-31") as sandbox:
        yield sandbox


@pytest.fixture
def peloton(sandbox: Sandbox, data_dir: Path) -> Iterator[Sandbox]:
    """Nothing wrong, and no credential in the environment."""
    yield sandbox
    sandbox.faults()


def refreshes(peloton: Sandbox) -> int:
    """Refreshes that reached the provider, whatever came back."""
    return int(peloton.counters()["by_endpoint"]["token"])


def prepare(peloton: Sandbox, store: TokenStore, race: Race) -> Tokens:
    """A new one-time token; with an access token that the provider no longer takes, or with none."""
    auth = PelotonAuth(store, peloton.auth_url)
    store.save(PROVIDER, Tokens(refresh_token=fresh_refresh_token(peloton)))
    if race.refused:
        auth.access_token()
        peloton.expire_tokens()
    return store.load(PROVIDER)


@pytest.fixture(params=["file", pytest.param("PostgreSQL", marks=pytest.mark.tier("N"))])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where the tokens are: of one host, or of several."""
    return tmp_path if request.param == "file" else request.getfixturevalue("database_url")


@pytest.mark.promise("D2")
def test_several_processes_refresh_once(
    peloton: Sandbox,
    place: Place,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    count = size(P=50, R=500) if isinstance(place, Path) else size(N=50, R=500)
    races = [Race(draw.randint(2, LARGEST_CROWD), draw.random() < 0.5) for _ in range(count)]
    context = forkserver()
    barrier, told = context.Barrier(LARGEST_CROWD + 1), context.Queue()
    arguments = (peloton.auth_url, place, races, barrier, told)
    crowd = [
        context.Process(target=racers.run, args=(me, *arguments), daemon=True) for me in range(LARGEST_CROWD)
    ]
    for process in crowd:
        process.start()
    for number, race in enumerate(races):
        before = prepare(peloton, store_of(place, number), race)
        counted = peloton.counters()
        barrier.wait(WAIT_S)
        barrier.wait(WAIT_S)
        answers = [told.get(timeout=WAIT_S) for _ in range(race.crowd)]
        ended = peloton.counters()
        assert {at for at, _ in answers} == {number}
        assert len({token for _, token in answers}) == 1, answers
        token = answers[0][1]
        assert token not in ("", before.access_token) and not token.startswith("failed"), answers
        assert ended["token_rotations"] - counted["token_rotations"] == 1
        assert ended["by_endpoint"]["token"] - counted["by_endpoint"]["token"] == 1
        assert ended["token_rejections"] == counted["token_rejections"], "a spent token was used"
        header = {"Authorization": f"Bearer {token}", "Peloton-Platform": "web"}
        assert requests.get(f"{peloton.api_url}/api/me", headers=header, timeout=WAIT_S).status_code == 200
        assert store_of(place, number).load(PROVIDER).refresh_token not in ("", before.refresh_token)
    for process in crowd:
        process.join(WAIT_S)
    figure(
        f"{len(races)} races of 2 to {LARGEST_CROWD} processes: 1 refresh in each, 0 uses of a spent token"
    )


def ask(place: Place, auth_url: str) -> None:
    """In a forked process: a token, or the sentence why there is none."""
    try:
        print("token", PelotonAuth(token_store(place), auth_url).access_token())
    except SignInNeeded as error:
        print("sign-in", error)


@pytest.mark.promise("D3")
def test_a_refresh_whose_process_is_killed_is_never_sent_again(
    peloton: Sandbox,
    place: Place,
    tmp_path: Path,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """kill -9 after the provider has answered and before the answer is here, while others wait for the same token."""
    kills, waiting = (size(P=5, N=50) if isinstance(place, Path) else size(N=20)), 3
    for number in range(kills):
        here, store = place_of(place, number), store_of(place, number)
        prepare(peloton, store, Race(waiting, refused=False))
        seed = store.load(PROVIDER).refresh_token
        peloton.reset()
        peloton.faults({"kind": "stall", "seconds": 30, "then": "send", "endpoint": "token"})
        victim = begin(peloton, here, tmp_path / "victim")
        wait_for_refresh(peloton, victim)
        others = [begin(peloton, here, tmp_path / f"other {who}") for who in range(waiting)]
        victim.kill()
        for process in (victim, *others):
            process.join(WAIT_S)
        said = [(tmp_path / f"other {who}").read_text() for who in range(waiting)]
        assert all("was lost" in line and "paceline login peloton" in line for line in said), said
        assert refreshes(peloton) == 1
        assert store.load(PROVIDER).refresh_sent == fingerprint(seed)
        assert PelotonAuth(store, peloton.auth_url).describe().state == "needs sign-in"
    figure(f"{kills} kills between answer and save, {waiting} others waiting: 1 refresh in each")


def begin(peloton: Sandbox, place: Place, out: Path) -> Any:
    return fork(
        ask, place, peloton.auth_url, env=os.environ, cwd=out.parent, out=out, err=out.with_suffix(".err")
    )


def wait_for_refresh(peloton: Sandbox, process: Any) -> None:
    while refreshes(peloton) == 0:
        assert process.is_alive(), "it ended without a refresh"
        time.sleep(POLL_S)


@pytest.mark.promise("D3")
def test_a_lost_answer_is_one_refresh_however_many_ask_and_how_often(
    peloton: Sandbox, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    store = store_of(tmp_path, 0)
    prepare(peloton, store, Race(4, refused=False))
    peloton.reset()
    peloton.faults({"kind": "lost_token_answer"})
    asked = 4
    processes = [begin(peloton, place_of(tmp_path, 0), tmp_path / f"said {who}") for who in range(asked)]
    for process in processes:
        process.join(WAIT_S)
    said = [(tmp_path / f"said {who}").read_text() for who in range(asked)]
    assert all("was lost" in line and "paceline login peloton" in line for line in said), said
    again = PelotonAuth(store, peloton.auth_url)
    for _ in range(20):
        with pytest.raises(SignInNeeded, match=r"was lost.*paceline login peloton"):
            again.access_token()
    assert refreshes(peloton) == 1
    store.save(PROVIDER, Tokens(refresh_token=fresh_refresh_token(peloton)))
    assert again.access_token(), "the cure cures"
    figure(f"{asked} processes and 20 later calls after a lost answer: 1 refresh")
