"""What is no document of iRacing, or not the one that was asked for, is not believed; nor is a torn CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from racing import STORAGE, Fault, begin_anew, connect, new_client, new_sandbox
from requests.structures import CaseInsensitiveDict

from resources.body import Unreadable
from resources.errors import BadAnswer, ProviderUnavailable
from resources.http import Answer
from resources.iracing import IracingClient
from resources.iracing_documents import parse_document
from sandbox.client import Sandbox

FOR_EVER = {"times": 0}


def anything(_payload: Any) -> str | None:
    """No doubt of its own: what is refused is refused by the form."""
    return None


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
    return new_client()


# ------------------------------------------------------------------ what is no document

LISTS: dict[str, Callable[[IracingClient], Answer]] = {
    "series/get": IracingClient.series,
    "carclass/get": IracingClient.car_classes,
    "car/get": IracingClient.cars,
    "track/get": IracingClient.tracks,
    "series/seasons": IracingClient.current_seasons,
    "series/assets": IracingClient.series_assets,
    "car/assets": IracingClient.car_assets,
    "track/assets": IracingClient.track_assets,
}


@pytest.mark.promise("B4")
@pytest.mark.parametrize("endpoint", LISTS)
@pytest.mark.parametrize(
    "value", [[], {}, None, 7, "car_id", [[]], [{}], [{"car_id": "7"}], {"link": "ftp://x"}]
)
def test_what_holds_nothing_is_not_believed(
    endpoint: str, value: Any, client: IracingClient, racing: Sandbox
) -> None:
    """These documents are never empty: an empty one would remove a catalogue."""
    racing.faults({"kind": "json", "value": value, "endpoint": STORAGE, **FOR_EVER})
    with pytest.raises(BadAnswer):
        LISTS[endpoint](client)


@pytest.mark.promise("B4")
@pytest.mark.parametrize("value", [[], {}, None, 7, [{}], {"link": None}, {"link": 7}, {"link": "ftp://x"}])
def test_what_leads_nowhere_is_not_believed(value: Any, client: IracingClient, racing: Sandbox) -> None:
    racing.faults({"kind": "json", "value": value, "endpoint": "iracing_car_get", **FOR_EVER})
    with pytest.raises(BadAnswer):
        client.cars()


def test_a_link_that_leads_to_a_link_is_not_believed(client: IracingClient, racing: Sandbox) -> None:
    value = {"link": f"http://127.0.0.1:{racing.port}/iracing-storage/car/get/x"}
    racing.faults({"kind": "json", "value": value, "endpoint": STORAGE, **FOR_EVER})
    with pytest.raises(BadAnswer):
        client.cars()


@pytest.mark.parametrize("link", ["http://", "https://[bad", "http://127.0.0.1:99999/x", "http://a b/c"])
def test_a_link_that_is_no_address_is_no_fault_of_the_settings(
    link: str, client: IracingClient, racing: Sandbox
) -> None:
    racing.faults({"kind": "json", "value": {"link": link}, "endpoint": "iracing_car_get", **FOR_EVER})
    with pytest.raises((BadAnswer, ProviderUnavailable)) as caught:
        client.cars()
    assert caught.value.exit_code == 1


def test_seasons_without_any_week_are_not_believed(client: IracingClient, racing: Sandbox) -> None:
    value = [{"season_id": 1, "schedules": []}, {"season_id": 2}]
    racing.faults({"kind": "json", "value": value, "endpoint": STORAGE, **FOR_EVER})
    with pytest.raises(BadAnswer, match="no season has a schedule"):
        client.current_seasons()


@pytest.mark.promise("B4")
def test_the_document_of_another_season_is_not_believed(client: IracingClient, racing: Sandbox) -> None:
    """An honest answer to another question, as a cache may give one."""
    asked, other = (row["season_id"] for row in racing.iracing_truth()["seasons"][:2])
    racing.faults({"kind": "query", "set": {"season_id": str(other)}, **FOR_EVER,
                   "endpoint": "iracing_series_season_schedule"})  # fmt: skip
    with pytest.raises(BadAnswer, match=f"not the schedule of season {asked}"):
        client.season_schedule(asked)
    racing.faults()
    assert client.season_schedule(asked).payload["season_id"] == asked


@pytest.mark.promise("B4")
def test_the_history_of_another_series_is_not_believed(client: IracingClient, racing: Sandbox) -> None:
    asked, other = (row["series_id"] for row in client.series().payload[:2])
    racing.faults({"kind": "query", "set": {"series_id": str(other)}, **FOR_EVER,
                   "endpoint": "iracing_series_past_seasons"})  # fmt: skip
    with pytest.raises(BadAnswer, match=f"not about series {asked}"):
        client.past_seasons(asked)
    racing.faults()
    assert client.past_seasons(asked).payload["series"]["series_id"] == asked


@pytest.mark.promise("B4")
def test_the_list_of_another_quarter_is_not_believed(client: IracingClient, racing: Sandbox) -> None:
    racing.faults({"kind": "query", "set": {"season_quarter": "2"}, **FOR_EVER,
                   "endpoint": "iracing_season_list"})  # fmt: skip
    with pytest.raises(BadAnswer, match="not the list of 2026, quarter 4"):
        client.season_list(2026, 4)
    racing.faults()
    assert client.season_list(2026, 4).payload["seasons"]


@pytest.mark.promise("B4")
@pytest.mark.parametrize("endpoint", ["iracing_car_get", STORAGE])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "html"},
        {"kind": "body", "text": ""},
        {"kind": "body", "text": "", "content_type": "application/octet-stream"},
        {"kind": "body", "text": "Rate limit exceeded", "content_type": "binary/octet-stream"},
        {"kind": "body", "text": "Sorry, come back later", "content_type": "text/csv"},
        {"kind": "body", "text": "null", "content_type": "application/octet-stream"},
        {"kind": "body", "text": '[{"car_id": 7, "car_id": 8}]'},
        {"kind": "body", "text": '[{"car_id": 7, "price": NaN}]'},
        {"kind": "body", "text": "[" * 50_000},
        {"kind": "truncate", "at_byte": 60},
        {"kind": "damage", "at_byte": 3},
        {"kind": "length", "off_by": 7},
    ],
    ids=lambda fault: " ".join(map(str, fault.values()))[:40],
)
def test_what_is_no_document_is_refused_with_its_cause(
    endpoint: str, fault: Fault, client: IracingClient, racing: Sandbox
) -> None:
    racing.faults({**fault, "endpoint": endpoint, **FOR_EVER})
    with pytest.raises(BadAnswer) as caught:
        client.get("car/get", anything)
    assert caught.value.what.startswith("iRacing")
    racing.faults({**fault, "endpoint": endpoint})
    assert client.cars().payload, "once is mended by another try"


@pytest.mark.promise("B4")
@pytest.mark.parametrize("text", ["", "null", "Please come back later", "Sorry, not now"])
@pytest.mark.parametrize("kind", ["application/octet-stream", "text/csv"])
def test_rows_at_a_data_url_are_not_made_of_nothing(
    text: str, kind: str, client: IracingClient, racing: Sandbox
) -> None:
    racing.faults({"kind": "body", "text": text, "content_type": kind, "endpoint": STORAGE, **FOR_EVER})
    with pytest.raises(BadAnswer):
        client.get("league/roster", anything, league_id=5)


# ------------------------------------------------------------------ CSV


def parsed(text: str, kind: str = "text/csv") -> Any:
    response = requests.Response()
    response.status_code, response.headers = 200, CaseInsensitiveDict({"Content-Type": kind})
    return parse_document(response, text.encode())


def test_csv_is_rows_by_column() -> None:
    text, rows = parsed('\ufeffname,id\r\n"A, ""B""\r\nC",7\r\n')
    assert rows == [{"name": 'A, "B"\r\nC', "id": "7"}] == json.loads(text)


@pytest.mark.promise("B4")
@pytest.mark.parametrize(
    "text",
    [
        "name,id\nA,7\nB",
        "name,id\nA,7\nB,8,9\n",
        'name,id\nA,7\n"B',
        'name,id\n"A"x,7\n',
        "name,id\n",
        "name\nA\n",
        "name,name\nA,B\n",
        "name,id",
        "\n\n",
    ],
)
def test_csv_with_a_torn_line_is_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="CSV"):
        parsed(text)


def test_what_is_called_text_is_no_csv() -> None:
    with pytest.raises(Unreadable, match="neither JSON nor CSV"):
        parsed("name,id\nA,7\n", "text/plain")
