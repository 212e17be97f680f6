"""The five questions against the sandbox, and the shape checks against what the service really answered once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import NotServed, UsageProblem
from resources.http import default_user_agent
from resources.peloton import PelotonClient, wrong_details, wrong_list, wrong_mappings, wrong_me
from resources.settings import Settings
from sandbox.client import Sandbox

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "recorded" / "peloton"
recorded_only = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not here")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text(encoding="utf-8"))


def test_the_whole_list_page_by_page(client: PelotonClient, sandbox: Sandbox) -> None:
    listed = [row["id"] for row in sandbox.classes() if row.get("listed", True)]
    found: list[str] = []
    for page in range(3):
        payload = client.archived(page).payload
        found += [row["id"] for row in payload["data"]]
    assert payload["total"] == len(found) == len(set(found))
    assert set(found) <= set(listed)
    assert client.requests_made == 3
    query = sandbox.requests()[-1][2].partition("?")[2]
    assert query == "limit=100&page=2&sort_by=original_air_time&desc=true"


def test_a_category_is_asked_as_its_slug(client: PelotonClient) -> None:
    payload = client.archived(0, "Cycling").payload
    assert 0 < payload["total"] < client.archived(0).payload["total"]
    assert all(row["fitness_discipline"] == "cycling" for row in payload["data"])


def test_details_of_every_class_of_a_page(client: PelotonClient) -> None:
    for row in client.archived(0).payload["data"][:30]:
        details = client.ride_details(row["id"])
        assert details.payload["ride"]["id"] == row["id"]
        assert json.loads(details.text) == details.payload


def test_side_tables(client: PelotonClient) -> None:
    assert client.instructors(0).payload["total"] > 0
    assert client.metadata_mappings().payload["class_types"]
    assert client.me_id()


def test_a_class_that_is_not_served(client: PelotonClient) -> None:
    with pytest.raises(NotServed, match="Ride not found"):
        client.ride_details("0123456789abcdef0123456789abcdef")


@pytest.mark.parametrize("ride_id", ["0" * 32, "00000000-0000-0000-0000-000000000000", "", " ", ".", ".."])
def test_no_class_is_never_asked_for(ride_id: str, client: PelotonClient, sandbox: Sandbox) -> None:
    with pytest.raises(UsageProblem):
        client.ride_details(ride_id)
    assert sandbox.counters()["total"] == 0


@pytest.mark.promise("F4")
@pytest.mark.parametrize(
    "ride_id",
    ["../../me", "a/b", "a?b=c", "a#b", "a%2Fb", "%2e%2e", "a b", "ä", "a\r\nX-Y: z", "'; drop table--"],
)
def test_an_id_stays_one_segment_of_the_path(ride_id: str, client: PelotonClient, sandbox: Sandbox) -> None:
    with pytest.raises(NotServed):
        client.ride_details(ride_id)
    path = sandbox.requests()[-1][2]
    assert path.count("/") == "/peloton/api/ride/x/details".count("/")
    assert unquote(path.split("/")[4]) == ride_id


def test_a_delay_is_a_rate(settings: Settings) -> None:
    assert PelotonClient.from_settings(settings, delay=0.5)._http.limiter.per_second == 2
    for delay in (0, -1):
        with pytest.raises(UsageProblem):
            PelotonClient.from_settings(settings, delay=delay)


def test_the_name_is_honest_and_can_be_changed(
    settings: Settings, seed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_user_agent().startswith("Paceline/")
    client = PelotonClient.from_settings(settings)
    assert client._http.session().headers["User-Agent"] == default_user_agent()
    monkeypatch.setenv("PELOTON_USER_AGENT", "Mine/1")
    assert PelotonClient.from_settings(settings)._http.session().headers["User-Agent"] == "Mine/1"


# ------------------------------------------------------------------ shapes


@recorded_only
@pytest.mark.parametrize("name", ["ride_archived/lc512k__1.json", "ride_archived/mvielkind__1.json"])
def test_recorded_lists_pass(name: str) -> None:
    payload = recorded(name)
    assert wrong_list(payload, 0) is None
    assert wrong_list(payload, 1) is not None
    for part in ("data", "total"):
        assert wrong_list({key: value for key, value in payload.items() if key != part}, 0) is not None
        assert wrong_list({**payload, part: None}, 0) is not None
    for part in set(payload) - {"data", "total"}:
        assert wrong_list({key: value for key, value in payload.items() if key != part}, 0) is None


@recorded_only
def test_the_recorded_instructors_pass() -> None:
    assert wrong_list(recorded("instructor/mickfeech__1.json"), 0) is None


@recorded_only
@pytest.mark.parametrize("name", ["ride_details/tascott__1.json", "ride_details/weissleb__1.json"])
def test_recorded_details_pass(name: str) -> None:
    payload = recorded(name)
    ride_id = payload["ride"]["id"]
    assert wrong_details(payload, ride_id) is None
    assert wrong_details({"ride": payload["ride"]}, ride_id) is None
    assert wrong_details(payload, "another") is not None


@recorded_only
def test_the_recorded_mappings_and_member_pass() -> None:
    assert wrong_mappings(recorded("ride_metadata_mappings/markbyrne__1.json")) is None
    assert wrong_me(recorded("me/mickfeech__1.json")) is None


@recorded_only
@pytest.mark.parametrize("name", [path.name for path in RECORDED.glob("errors/*.json")])
def test_recorded_errors_never_pass(name: str) -> None:
    bodies = [row["body"] for row in recorded(f"errors/{name}") if "body" in row]
    assert bodies
    for body in bodies:
        assert wrong_list(body, 0) and wrong_details(body, "x") and wrong_mappings(body) and wrong_me(body)


@given(payload=JSON)
def test_no_payload_makes_a_check_fail(payload: object) -> None:
    for wrong in (
        wrong_list(payload, 0),
        wrong_details(payload, "x"),
        wrong_mappings(payload),
        wrong_me(payload),
    ):
        assert wrong is None or "\n" not in wrong
