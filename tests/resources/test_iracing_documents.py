"""Documents in all their forms: what an answer is tells its body, and it is whole and without links in the end."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from racing import STORAGE, Foreign, begin_anew, connect, new_client, new_sandbox
from requests.structures import CaseInsensitiveDict

from resources.http import Answer
from resources.iracing import IracingClient
from resources.iracing_documents import chunk_info
from sandbox.client import Sandbox

ENVELOPES = Path(__file__).resolve().parents[3] / "shared" / "recorded" / "iracing"
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
