"""What each of several processes does that need a token at the same moment. Imported by the processes themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resources.database import Place
from resources.errors import PacelineError
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.token_table import token_store
from resources.tokens import TokenStore

WAIT_S = 60


@dataclass(frozen=True)
class Race:
    """How many take part. `refused`: each has just been refused the access token that is stored."""

    crowd: int
    refused: bool


def place_of(place: Place, number: int) -> Place:
    """In a folder each race has tokens of its own; in a database one race follows on the other."""
    return place / str(number) if isinstance(place, Path) else place


def store_of(place: Place, number: int) -> TokenStore:
    """The tokens of a race."""
    return token_store(place_of(place, number))


def run(me: int, auth_url: str, folder: Place, races: Sequence[Race], barrier: Any, told: Any) -> None:
    """In every race: wait until it is prepared, then until all others are ready, and ask for a token."""
    for number, race in enumerate(races):
        barrier.wait(WAIT_S)
        store = store_of(folder, number)
        auth, refused = PelotonAuth(store, auth_url), store.load(PROVIDER).access_token
        barrier.wait(WAIT_S)
        if me >= race.crowd:
            continue
        try:
            told.put((number, auth.renew(refused) if race.refused else auth.access_token()))
        except PacelineError as error:
            told.put((number, f"failed: {error}"))
