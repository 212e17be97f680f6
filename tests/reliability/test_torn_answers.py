"""Answers cut or damaged at every byte, and answers that are none: nothing of them is stored, the cause is named."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from observing import SUMMER, coverage, everything, failures, quiet

from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from peloton_assets.queue import OUTAGE_AFTER_FAILURES
from peloton_assets.references import sync_references
from peloton_assets.workspace import Workspace
from resources.errors import BadAnswer, ProviderUnavailable, SignInNeeded
from resources.http import Answer
from resources.peloton import PelotonClient
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.tokens import Tokens, TokenStore
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("B4")

Fault = dict[str, Any]
AT_ONCE_S = 0.0001
FOR_EVER = {"times": 0}
RIDE = "5" * 32
ROW = {"id": RIDE, "title": "30 min Café Ride", "original_air_time": 1_600_000_000, "duration": 1800}
SONG = {"id": "s", "title": "Paper Harbor", "start_time_offset": 60, "artists": [{"artist_name": "Zándara"}]}
SMALL = {
    "archived": {"data": [ROW], "page": 0, "total": 1, "instructors": [], "class_types": [{"id": "t"}]},
    "details": {"ride": ROW, "playlist": {"id": "p", "songs": [SONG]}, "averages": {"x": 1.5, "y": None}},
    "token": {"access_token": "eyJhbGciOiJub25lIn0.e30.x", "refresh_token": "v1.two", "expires_in": 3600},
}


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


@pytest.fixture
def client(work: Workspace) -> PelotonClient:
    """Its waits between attempts are nearly none: there are thousands of them."""
    return PelotonClient.from_settings(work.settings, backoff_s=AT_ONCE_S)


def text_of(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)


# ------------------------------------------------------------------ at every byte

QUESTIONS: dict[str, Callable[[PelotonClient], Answer]] = {
    "archived": lambda client: client.archived(0),
    "details": lambda client: client.ride_details(RIDE),
}
DAMAGE: dict[str, list[Fault]] = {
    "cut": [{"kind": "truncate", "at_byte": 0, "step": 1}],
    "cut by a reset": [{"kind": "truncate", "at_byte": 0, "step": 1, "reset": True}],
    "a byte that is no UTF-8": [{"kind": "damage", "at_byte": 0, "step": 1}],
    "compressed and cut": [{"kind": "gzip"}, {"kind": "truncate", "at_byte": 0, "step": 1}],
    "compressed and damaged": [{"kind": "gzip"}, {"kind": "damage", "at_byte": 0, "step": 1}],
}


@pytest.mark.parametrize(
    ("endpoint", "damage"), [("archived", "cut"), *(("details", damage) for damage in DAMAGE)]
)
def test_no_part_of_an_answer_is_believed(
    endpoint: str,
    damage: str,
    client: PelotonClient,
    peloton: Sandbox,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """Each attempt of a call meets the next byte, so none is left out. What is believed is the whole answer."""
    text = text_of(SMALL[endpoint])
    if damage == "cut" and size(P=False, R=True):
        text = text_of(real_answer(endpoint, client))
    packed = gzip.compress(text.encode(), mtime=0)
    places = len(packed if damage.startswith("compressed") else text.encode())
    whole = {"kind": "body", "text": text}
    peloton.faults(*({**fault, "endpoint": endpoint, **FOR_EVER} for fault in (whole, *DAMAGE[damage])))
    named = believed = 0
    while peloton.fault_state()[-1]["fired"] < places:
        try:
            answer = QUESTIONS[endpoint](client)
        except (BadAnswer, ProviderUnavailable) as error:
            assert f"Peloton {peloton.api_url}" in error.what
            named += 1
        else:
            assert answer.text == text
            believed += 1
    # The last attempt may go beyond the end. Some bytes of a gzip header mean nothing.
    assert believed <= (1 if damage != "compressed and damaged" else 9)
    figure(f"{endpoint}, {damage}: {places} of {places} bytes, nothing believed, cause named {named} times")


def real_answer(endpoint: str, client: PelotonClient) -> Any:
    """Of the size that the service's answers have, but for the side tables of a page."""
    page = client.archived(0).payload
    if endpoint == "details":
        served = client.ride_details(page["data"][0]["id"]).payload
        return served | {"ride": served["ride"] | {"id": RIDE}}
    return page | {name: page[name][:2] for name, value in page.items() if isinstance(value, list)}


@pytest.mark.parametrize("damage", ["cut", "a byte that is no UTF-8"])
def test_no_part_of_a_token_answer_is_a_token(
    damage: str,
    work: Workspace,
    peloton: Sandbox,
    figure: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The refresh that was sent is written down, nothing is sent again, and a person is asked."""
    monkeypatch.delenv("PELOTON_ACCESS_TOKEN")
    text = text_of(SMALL["token"])
    places = len(text)
    peloton.faults(*(
        {**fault, "endpoint": "token", **FOR_EVER} for fault in ({"kind": "body", "text": text}, *DAMAGE[damage])
    ))  # fmt: skip
    store = TokenStore(work.settings.state_dir)
    auth = PelotonAuth(store, work.settings.peloton_auth_url)
    before = Tokens(refresh_token="v1.one")
    for _ in range(places):
        store.save(PROVIDER, before)
        for _ in range(2):
            with pytest.raises(SignInNeeded, match=r"was lost.*paceline login peloton"):
                auth.access_token()
        kept = store.load(PROVIDER)
        assert (kept.access_token, kept.refresh_token, bool(kept.refresh_sent)) == ("", "v1.one", True)
    assert peloton.counters()["by_endpoint"]["token"] == places
    store.save(PROVIDER, before)
    assert auth.access_token() == SMALL["token"]["access_token"]
    figure(f"token answer, {damage}: {places} of {places} bytes, no token believed, none sent twice")


# ------------------------------------------------------------------ answers that are none


def body(text: str, **more: Any) -> Fault:
    return {"kind": "body", "text": text, **more}


BELIEVABLE = '{"data": [], "total": 0, "class_types": [{"id": "x"}]}'
NO_ANSWERS: dict[str, list[Fault]] = {
    "challenge page": [{"kind": "html"}],
    "nothing": [body("")],
    "null": [{"kind": "json", "value": None}],
    "array": [{"kind": "json", "value": []}],
    "number": [{"kind": "json", "value": 7}],
    "string": [{"kind": "json", "value": "data"}],
    "empty object": [{"kind": "json", "value": {}}],
    "keys twice": [body('{"data": [], "data": [], "total": 0, "ride": {}, "class_types": [{"id": "x"}]}')],
    "NaN": [{"kind": "field", "path": "brand_new", "op": "set", "value": float("nan")}],
    "deep nesting": [body("[" * 10_000 + "]" * 10_000)],
    "deep in the answer": [body('{"data": ' + '{"a":' * 10_000)],
    "no UTF-8": [{"kind": "damage", "at_byte": 12}],
    "UTF-16": [{"kind": "body", "base64": base64.b64encode('{"total": 0}'.encode("utf-16")).decode()}],
    "damaged gzip": [{"kind": "gzip"}, {"kind": "damage", "at_byte": 100}],
    "no gzip at all": [body("{}", headers={"Content-Encoding": "gzip"})],
    "promised more": [{"kind": "length", "off_by": 9}],
    "promised less": [{"kind": "length", "off_by": -9}],
    "cut": [{"kind": "truncate", "at_byte": 400}],
    "other content type": [body(BELIEVABLE, content_type="text/plain")],
    "204": [{"kind": "status", "status": 204}],
}
SYNCS: dict[str, tuple[str, Callable[[Workspace], object]]] = {
    "archived": ("ride_archived", lambda work: sync_list(work, everything(), quiet)),
    "details": (
        "ride_details",
        lambda work: sync_details(work, replace(SUMMER, limit=OUTAGE_AFTER_FAILURES), quiet),
    ),
    "instructor": ("instructors", sync_references),
    "mappings": ("metadata_mappings", sync_references),
}


@pytest.mark.parametrize("endpoint", SYNCS)
def test_an_answer_that_is_none_stores_nothing_and_ends_no_sync_well(
    endpoint: str,
    listed_work: Workspace,
    peloton: Sandbox,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    resource, sync = SYNCS[endpoint]
    work = listed_work
    work.client = PelotonClient.from_settings(work.settings, backoff_s=AT_ONCE_S)
    before = work.landing.sealed(PROVIDER, resource)
    names = list(NO_ANSWERS)
    if endpoint == "details":  # a sync of them has more to do
        names = draw.sample(names, size(P=6, N=len(names)))
    for name in names:
        faults = NO_ANSWERS[name]
        peloton.faults(*({**fault, "endpoint": endpoint, **FOR_EVER} for fault in faults))
        with pytest.raises((BadAnswer, ProviderUnavailable), match=r"Peloton http"):
            sync(work)
        assert work.landing.sealed(PROVIDER, resource) == before, name
    if endpoint == "details":
        assert all("Peloton http" in row["message"] for row in failures(work).values())
        assert {row["state"] for row in coverage(work, "ride_details:all").values()} == {"incomplete"}
    figure(f"{endpoint}: {len(names)} sorts of answers that are none, 0 rows stored, none a success")


def test_a_sync_that_met_a_cut_stores_what_came_before_it_and_no_more(
    work: Workspace,
    peloton: Sandbox,
    draw: random.Random,
    size: Callable[..., int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wherever the third page ends: 200 classes are stored, and each month says whether it is complete."""
    whole = len(work.client.archived(2).text.encode())
    work.client = PelotonClient.from_settings(work.settings, backoff_s=AT_ONCE_S)
    for place in draw.sample(range(whole), size(P=3, R=50)):
        peloton.faults({"kind": "truncate", "at_byte": place, "path_contains": "page=2", **FOR_EVER})
        other = replace(work, settings=replace(work.settings, data_dir=tmp_path / f"cut {place}"))
        other.client = work.client
        with pytest.raises((BadAnswer, ProviderUnavailable)):
            sync_list(other, everything(), quiet)
        states = coverage(other, "ride_list").values()
        assert {row["state"] for row in states} == {"complete", "incomplete"}
        assert all(row["reason"] for row in states if row["state"] == "incomplete")
        assert sum(row["rows"] or 0 for row in states) <= 200
