"""iRacing's links: dead ones are asked for anew, parts that are missing or torn make no document, none is kept.

Row B7: a link that ended, a chunk that is missing or not what was told; never a partial season that counts as whole.
"""

from __future__ import annotations

import gzip
import json
import logging
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from racing import STORAGE, Fault, begin_anew, connect, new_client, new_sandbox
from secret_scan import leaks

from iracing_assets.documents import sync_current_seasons
from iracing_assets.staging import SOURCE
from iracing_assets.workspace import Workspace
from resources.errors import BadAnswer, PacelineError, ProviderUnavailable
from resources.http import Answer
from resources.iracing import IracingClient
from resources.iracing_documents import MOST_LINKS
from resources.landing import Landing
from resources.settings import load_settings
from resources.state import SyncCounts
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("B7")

FOR_EVER = {"times": 0}
AT_ONCE_S = 0.0001
RECORDS = "stats/world_records"
CHUNKS = {"endpoint": STORAGE, "path_contains": "/chunks/"}
SIGNATURE = re.compile(r"X-Amz-Signature=([0-9a-f]{16,})")


@pytest.fixture(scope="module")
def one_racing() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def racing(one_racing: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    begin_anew(one_racing)
    connect(one_racing, monkeypatch)
    return one_racing


@pytest.fixture
def client(racing: Sandbox) -> IracingClient:
    client = new_client(backoff_s=AT_ONCE_S)
    client.auth.access_token()
    racing.reset()
    return client


def records(client: IracingClient) -> Answer:
    """Two chunks behind a link."""
    return client.get(RECORDS, lambda _: None, car_id=1, track_id=1)


def whole(answer: Answer) -> bool:
    return len(answer.payload["rows"]) == 2_300 and "chunk_info" not in answer.payload["data"]


DEAD: dict[str, Fault] = {
    "ended": {"kind": "expire_links"},
    "403 in XML": {"kind": "status", "status": 403, "text": "<Error>Expired</Error>", "content_type": "text/xml"},
    "404": {"kind": "status", "status": 404, "text": "<Error>NoSuchKey</Error>", "content_type": "text/xml"},
    "404 in JSON": {"kind": "status", "status": 404, "json": {"message": "gone"}},
    "410": {"kind": "status", "status": 410, "text": ""},
    "400": {"kind": "status", "status": 400, "text": "<Error>InvalidArgument</Error>"},
}  # fmt: skip


@pytest.mark.parametrize("how", DEAD)
@pytest.mark.parametrize("dead", [1, 2, 3])
def test_a_dead_link_is_asked_for_anew(how: str, dead: int, client: IracingClient, racing: Sandbox) -> None:
    racing.faults({**DEAD[how], "endpoint": STORAGE, "times": dead})
    if dead < MOST_LINKS:
        assert client.cars().payload
        assert client.requests_made == dead + 1
        return
    with pytest.raises(BadAnswer, match=r"data/car/get: 3 links in a row were dead") as end:
        client.cars()
    assert f"{racing.iracing_api_url}/data/car/get" in end.value.what
    assert client.requests_made == racing.counters()["by_endpoint"][STORAGE] == MOST_LINKS
    assert client.cars().payload, "another time it works"


def test_a_link_is_followed_at_once(client: IracingClient, racing: Sandbox) -> None:
    """Nothing comes between, since it lives for two minutes only."""
    assert whole(records(client))
    assert [line[2].partition("?")[0].split("/")[1] for line in racing.requests()] == [
        "iracing", *["iracing-storage"] * 3,
    ]  # fmt: skip


@pytest.mark.parametrize("how", DEAD)
@pytest.mark.parametrize("place", [1, 2])
def test_a_chunk_that_is_missing_is_asked_for_with_the_whole_answer(
    how: str, place: int, client: IracingClient, racing: Sandbox
) -> None:
    racing.faults({**DEAD[how], **CHUNKS, "at_request": place})
    assert whole(records(client))
    assert client.requests_made == 2
    racing.faults({**DEAD[how], **CHUNKS, **FOR_EVER})
    with pytest.raises(BadAnswer, match="3 links in a row were dead"):
        records(client)
    assert client.requests_made == 2 + MOST_LINKS


NOT_WHOLE: dict[str, Fault] = {
    "a row less": {"kind": "field", "path": "0", "op": "delete", **CHUNKS},
    "no rows": {"kind": "json", "value": [], **CHUNKS},
    "an object": {"kind": "json", "value": {"rows": []}, **CHUNKS},
    "null": {"kind": "json", "value": None, **CHUNKS},
    "a page": {"kind": "html", **CHUNKS},
    "torn": {"kind": "truncate", "at_byte": 700, **CHUNKS},
    "torn and told so": {"kind": "length", "off_by": 9, **CHUNKS},
    "damaged": {"kind": "damage", "at_byte": 700, **CHUNKS},
    "another length": {"kind": "field", "path": "data.chunk_info.rows", "op": "set", "value": 2_301,
                       "endpoint": STORAGE},
    "another number": {"kind": "field", "path": "data.chunk_info.num_chunks", "op": "set", "value": 3,
                       "endpoint": STORAGE},
    "a name less": {"kind": "field", "path": "data.chunk_info.chunk_file_names.0", "op": "delete",
                    "endpoint": STORAGE},
    "no names": {"kind": "field", "path": "data.chunk_info.chunk_file_names", "op": "set", "value": [],
                 "endpoint": STORAGE},
    "names that are none": {"kind": "field", "path": "data.chunk_info.chunk_file_names", "op": "set",
                            "value": "abc", "endpoint": STORAGE},
    "no number": {"kind": "field", "path": "data.chunk_info.num_chunks", "op": "delete", "endpoint": STORAGE},
    "number null": {"kind": "field", "path": "data.chunk_info.num_chunks", "op": "set", "value": None,
                    "endpoint": STORAGE},
}  # fmt: skip


@pytest.mark.parametrize("how", NOT_WHOLE)
def test_parts_that_are_not_as_told_make_no_document(
    how: str, client: IracingClient, racing: Sandbox
) -> None:
    racing.faults({**NOT_WHOLE[how], **FOR_EVER})
    with pytest.raises(BadAnswer) as end:
        records(client)
    assert end.value.what.startswith("iRacing")
    racing.faults()
    assert whole(records(client))


# ------------------------------------------------------------------ at every byte

DAMAGE: dict[str, list[Fault]] = {
    "cut": [{"kind": "truncate"}],
    "cut by a reset": [{"kind": "truncate", "reset": True}],
    "a byte that is no UTF-8": [{"kind": "damage"}],
    "compressed and cut": [{"kind": "gzip"}, {"kind": "truncate"}],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_no_part_of_a_document_is_believed(
    damage: str,
    client: IracingClient,
    racing: Sandbox,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """Each attempt meets the next place. What is believed is the whole document."""
    season_id = racing.iracing_truth()["seasons"][0]["season_id"]
    text = json.dumps(small(client.season_schedule(season_id).payload), ensure_ascii=False)
    step = size(P=50, N=1)
    first = draw.randrange(step)
    *before, last = DAMAGE[damage]
    racing.faults(*(
        {**fault, "endpoint": STORAGE, **FOR_EVER}
        for fault in ({"kind": "body", "text": text}, *before, {**last, "at_byte": first, "step": step})
    ))  # fmt: skip
    raw = text.encode()
    places = 1 + (len(gzip.compress(raw, mtime=0) if before else raw) - 1 - first) // step
    named = believed = 0
    while racing.fault_state()[-1]["fired"] < places:
        try:
            answer = client.season_schedule(season_id)
        except (BadAnswer, ProviderUnavailable) as error:
            assert error.what.startswith("iRacing")
            named += 1
        else:
            assert answer.text == text
            believed += 1
    assert named > 0 and believed <= 1, "the last attempt may go beyond the end"
    figure(f"iRacing's schedule, {damage}: {places} places, nothing but the whole believed")


def small(schedule: dict[str, Any]) -> dict[str, Any]:
    """One week of it, so that each byte can be tried."""
    return {**schedule, "schedules": schedule["schedules"][:1]}


# ------------------------------------------------------------------ what is kept


def signatures(racing: Sandbox) -> set[str]:
    """Of every link that was followed."""
    return {found for line in racing.requests() for found in SIGNATURE.findall(line[2])}


def test_no_link_is_kept_or_told(
    client: IracingClient,
    racing: Sandbox,
    caplog: pytest.LogCaptureFixture,
    data_dir: Path,
    figure: Callable[[str], None],
) -> None:
    """Neither with the document, nor in what is landed, nor in the message of a failure or any log at DEBUG."""
    caplog.set_level(logging.DEBUG)
    season_id = racing.iracing_truth()["seasons"][0]["season_id"]
    said: list[str] = []
    asked: list[Callable[[], Answer]] = [
        client.series,
        lambda: records(client),
        lambda: client.season_schedule(season_id),
        lambda: client.get("league/roster", lambda _: None, league_id=5),
        lambda: client.get("driver_stats_by_category/road", lambda _: None),
    ]
    with Landing(load_settings().landing_dir).writer(SOURCE, "any", "all") as writer:
        for ask in asked:
            answer = ask()
            writer.write(answer, "one")
            said += [answer.url, answer.text]
            for fault in (
                *DEAD.values(),
                *NOT_WHOLE.values(),
                {"kind": "status", "status": 503},
                {"kind": "reset"},
            ):
                racing.faults({**fault, "endpoint": STORAGE, **FOR_EVER})
                try:
                    ask()
                except PacelineError as error:
                    said += [str(error), repr(error), *map(str, vars(error).values())]
            racing.faults()
    known = signatures(racing)
    lines = [record.getMessage() for record in caplog.records]
    assert len(known) > 100
    assert any("/iracing-storage/" in line and "urllib3" in record.name
               for line, record in zip(lines, caplog.records, strict=True)), "urllib3 was heard"  # fmt: skip
    assert not [text for text in said + lines if any(signature in text for signature in known)]
    assert leaks(data_dir, known) == set()
    figure(f"{len(known)} signed links: 0 hits in documents, landing, messages and logs")


def test_the_cause_is_told_however_long_the_link_is(client: IracingClient, racing: Sandbox) -> None:
    link = f"http://127.0.0.1:{racing.port}/iracing-storage/car/get/x?" + "&".join(
        f"X-Amz-Part-{place}={'0' * 64}" for place in range(12)
    )
    racing.faults(
        {"kind": "json", "value": {"link": link}, "endpoint": "iracing_car_get"},
        {"kind": "json", "value": [], "endpoint": STORAGE, **FOR_EVER},
    )
    with pytest.raises(BadAnswer, match="the list of cars is empty"):
        client.cars()


@pytest.mark.parametrize("fault", [*DEAD, "torn", "empty", "a season less its weeks"])
def test_a_list_of_seasons_that_did_not_come_whole_completes_no_month(
    fault: str, client: IracingClient, racing: Sandbox
) -> None:
    spoilt: dict[str, Fault] = {
        **DEAD,
        "torn": {"kind": "truncate", "at_byte": 20_000},
        "empty": {"kind": "json", "value": []},
        "a season less its weeks": {"kind": "json", "value": [{"season_id": 7, "schedules": []}]},
    }
    work = Workspace(load_settings(), run_id="a run")
    work.client = client
    racing.faults({**spoilt[fault], "endpoint": STORAGE, **FOR_EVER})
    with pytest.raises(BadAnswer):
        sync_current_seasons(work, SyncCounts())
    assert work.landing.sealed(SOURCE, "series_seasons") == []
    assert work.state.complete_months(SOURCE, "current_seasons") == {}
    racing.faults()
    sync_current_seasons(work, SyncCounts())
    assert len(work.landing.sealed(SOURCE, "series_seasons")) == 1
    assert work.state.complete_months(SOURCE, "current_seasons") != {}
