"""Documents in all their forms: what an answer is tells its body, and what is no document is not believed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from racing import STORAGE, Fault, Foreign, begin_anew, connect, new_client, new_sandbox
from requests.structures import CaseInsensitiveDict

from resources.body import Unreadable
from resources.errors import BadAnswer, ProviderUnavailable
from resources.http import Answer
from resources.iracing import IracingClient
from resources.iracing_documents import chunk_info, parse_document
from sandbox.client import Sandbox

ENVELOPES = Path(__file__).resolve().parents[3] / "shared" / "recorded" / "iracing"
FOR_EVER = {"times": 0}
SIGNATURE = "X-Amz-Signature"


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


@pytest.fixture
def foreign(racing: Sandbox) -> Foreign:
    return Foreign(racing)


@pytest.fixture
def standings(racing: Sandbox) -> dict[str, Any]:
    """The arguments of a document of 1,130 rows."""
    season = racing.iracing_truth()["seasons"][0]
    return {"season_id": season["season_id"], "car_class_id": season["car_class_ids"][0]}


# ------------------------------------------------------------------ the forms


def require_whole(answer: Answer, url: str, expected: Any, foreign: Foreign) -> None:
    """The document, under the address that was asked for, as it will be landed: without any link."""
    assert answer.payload == expected
    assert json.loads(answer.text) == expected
    assert answer.url.partition("?")[0] == f"{foreign.sandbox.iracing_api_url}/data/{url}"
    assert answer.status == 200
    assert SIGNATURE not in answer.url + answer.text


@pytest.mark.parametrize("endpoint", ["car/get", "carclass/get", "track/get", "track/assets", "car/assets"])
def test_a_link(endpoint: str, client: IracingClient, foreign: Foreign) -> None:
    expected = foreign.stored(foreign.ask(endpoint).json()["link"]).json()
    require_whole(client.get(endpoint, anything), endpoint, expected, foreign)


def test_inline(client: IracingClient, foreign: Foreign) -> None:
    endpoint = "constants/categories"
    require_whole(client.get(endpoint, anything), endpoint, foreign.ask(endpoint).json(), foreign)


def test_a_data_url(client: IracingClient, foreign: Foreign) -> None:
    """What the rows are is the document's business: a list, or an object around one."""
    told = foreign.ask("league/roster", league_id=5).json()
    expected = {"type": told["type"], "data": told["data"], "rows": foreign.stored(told["data_url"]).json()}
    require_whole(client.get("league/roster", anything, league_id=5), "league/roster", expected, foreign)


def test_chunks_inside_data(client: IracingClient, foreign: Foreign) -> None:
    quarter = {"season_year": 2026, "season_quarter": 4}
    told = foreign.ask("results/search_series", **quarter).json()
    info = told["data"].pop("chunk_info")
    assert info["num_chunks"] > 1
    expected = {**told, "rows": foreign.rows(info)}
    answer = client.get("results/search_series", anything, **quarter)
    require_whole(answer, "results/search_series", expected, foreign)


def test_a_link_to_chunks_inside_data(client: IracingClient, foreign: Foreign) -> None:
    question = {"car_id": 1, "track_id": 1}
    told = foreign.stored(foreign.ask("stats/world_records", **question).json()["link"]).json()
    expected = {**told, "rows": foreign.rows(told["data"].pop("chunk_info"))}
    answer = client.get("stats/world_records", anything, **question)
    require_whole(answer, "stats/world_records", expected, foreign)


def test_a_link_to_chunks_at_the_top(
    client: IracingClient, foreign: Foreign, standings: dict[str, Any], racing: Sandbox
) -> None:
    endpoint = "stats/season_driver_standings"
    told = foreign.stored(foreign.ask(endpoint, **standings).json()["link"]).json()
    del told["csv_url"]
    info = told.pop("chunk_info")
    expected = {**told, "rows": foreign.rows(info)}
    racing.reset()
    require_whole(client.get(endpoint, anything, **standings), endpoint, expected, foreign)
    asked = racing.counters()["by_endpoint"]
    assert asked[STORAGE] == 1 + -(-len(expected["rows"]) // 500)
    assert client.requests_made == asked[f"iracing_{endpoint.replace('/', '_')}"] == 1, (
        "downloads do not count"
    )


@pytest.mark.parametrize("kind", ["text/csv", "text/csv; charset=utf-8", "application/octet-stream"])
def test_a_link_to_csv(kind: str, client: IracingClient, foreign: Foreign, racing: Sandbox) -> None:
    endpoint = "driver_stats_by_category/road"
    stored = foreign.stored(foreign.ask(endpoint).json()["link"]).text
    racing.faults({"kind": "body", "text": stored, "content_type": kind, "endpoint": STORAGE})
    expected = list(csv.DictReader(io.StringIO(stored)))
    assert expected[0]["DRIVER"] == "Invented, Driver 0"
    require_whole(client.get(endpoint, anything), endpoint, expected, foreign)


def test_no_rows_are_an_empty_list_of_rows(client: IracingClient, foreign: Foreign, standings: Any) -> None:
    """With `chunk_info` null; and the signed address of a CSV goes here too."""
    endpoint, question = "stats/season_driver_standings", {**standings, "car_class_id": 999_999}
    told = foreign.stored(foreign.ask(endpoint, **question).json()["link"]).json()
    assert told.pop("chunk_info") is None
    del told["csv_url"]
    require_whole(client.get(endpoint, anything, **question), endpoint, {**told, "rows": []}, foreign)


NO_ROWS: dict[str, Any] = {
    "null": None,
    "no chunks": {"num_chunks": 0, "rows": 0, "chunk_file_names": [], "base_download_url": ""},
    "names are null": {"num_chunks": 0, "rows": 0, "chunk_file_names": None, "base_download_url": None},
}


@pytest.mark.parametrize("how", NO_ROWS)
def test_no_rows_inside_data(how: str, client: IracingClient, racing: Sandbox) -> None:
    told = {"type": "search_series_results", "data": {"success": True, "chunk_info": NO_ROWS[how]}}
    racing.faults({"kind": "json", "value": told, "endpoint": "iracing_results_search_series"})
    answer = client.get("results/search_series", anything, season_year=1999, season_quarter=1)
    assert answer.payload == {
        "type": "search_series_results", "data": {"success": True}, "rows": [],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["chunk_info", "data_url"])
def test_recorded_answers_are_known_by_their_form(name: str) -> None:
    files = sorted(ENVELOPES.glob(f"_envelope.{name}/*.json"))
    if not files:
        pytest.skip(f"no recorded answers at {ENVELOPES}")
    told = json.loads(files[0].read_text())
    found = chunk_info(told)
    assert (found is None) == (name == "data_url")
    assert found is None or found["num_chunks"] == len(found["chunk_file_names"]) == 17


# ------------------------------------------------------------------ how it is asked


@pytest.mark.parametrize(
    "kind", ["", "application/octet-stream", "binary/octet-stream", "text/plain", "text/html", "text/csv"]
)
def test_the_body_decides_and_not_its_content_type(
    kind: str, client: IracingClient, foreign: Foreign, racing: Sandbox
) -> None:
    expected = foreign.stored(foreign.ask("car/get").json()["link"]).json()
    racing.settings(storage_content_type=kind or " ")
    assert client.cars().payload == expected


def test_the_token_goes_to_the_service_and_nowhere_else(
    client: IracingClient, standings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nor does a password of ~/.netrc, which `requests` would add for the host of the storage."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password from-netrc\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    sent: list[tuple[str, CaseInsensitiveDict[str]]] = []
    send = requests.adapters.HTTPAdapter.send

    def listening(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        sent.append((request.url, request.headers))
        return send(self, request, *args, **kwargs)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", listening)
    client.get("stats/season_driver_standings", anything, **standings)
    client.get("league/roster", anything, league_id=5)
    token = client.auth.load().access_token
    to_storage = [(url, headers) for url, headers in sent if "/iracing-storage/" in url]
    to_service = [(url, headers) for url, headers in sent if "/data/" in url]
    assert len(to_storage) == 5
    assert not [1 for url, headers in to_storage if "Authorization" in headers or "Cookie" in headers]
    assert [headers["Authorization"] for _, headers in to_service] == [f"Bearer {token}"] * 2
    assert not [url for url, _ in sent if token in url]


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
