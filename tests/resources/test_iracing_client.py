"""The client as a whole: one counted request a document, one renewed token, maintenance as a stop that says when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from racing import Fault, begin_anew, connect, grants, new_auth, new_client, new_sandbox

from resources.errors import BadAnswer, LimitReached, NotServed, ProviderUnavailable, SignInNeeded
from resources.http import ATTEMPTS_BY_KIND, Answer
from resources.iracing import MAINTENANCE_PAUSE_S, IracingClient
from resources.rate_limit import GaveUp
from sandbox.client import Sandbox

FOR_EVER = {"times": 0}
NOT_THERE = 999_999_999
QUESTIONS: dict[str, Callable[[IracingClient], Answer]] = {
    "series/get": IracingClient.series,
    "series/assets": IracingClient.series_assets,
    "series/seasons": IracingClient.current_seasons,
    "carclass/get": IracingClient.car_classes,
    "car/get": IracingClient.cars,
    "car/assets": IracingClient.car_assets,
    "track/get": IracingClient.tracks,
    "track/assets": IracingClient.track_assets,
    "season/list": lambda client: client.season_list(2026, 4),
    "lookup/current_season": IracingClient.current_quarter,
}


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
    """Signed in, with nothing counted yet."""
    client = new_client()
    client.auth.access_token()
    racing.reset()
    return client


def asked(racing: Sandbox, endpoint: str) -> int:
    return int(racing.counters()["by_endpoint"].get(f"iracing_{endpoint.replace('/', '_')}", 0))


@pytest.mark.parametrize("endpoint", QUESTIONS)
def test_a_document_is_one_counted_request(endpoint: str, client: IracingClient, racing: Sandbox) -> None:
    answer = QUESTIONS[endpoint](client)
    assert answer.payload
    assert answer.url.partition("?")[0] == f"{racing.iracing_api_url}/data/{endpoint}"
    assert client.requests_made == asked(racing, endpoint) == 1
    assert racing.counters()["total"] == 2, "the document and its download"


def test_seasons_are_those_of_the_service(client: IracingClient, racing: Sandbox) -> None:
    truth = {season["season_id"]: season for season in racing.iracing_truth()["seasons"]}
    told = {season["season_id"]: season for season in client.current_seasons().payload}
    assert told.keys() == {season_id for season_id, season in truth.items() if season.get("active", True)}
    season_id = next(iter(told))
    weeks = client.season_schedule(season_id).payload["schedules"]
    assert [week["race_week_num"] for week in weeks] == [
        week["race_week_num"] for week in told[season_id]["schedules"]
    ]


# ------------------------------------------------------------------ tokens


@pytest.mark.promise("D1")
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_token_that_dies_in_the_middle_is_one_refresh(
    after: int, client: IracingClient, racing: Sandbox
) -> None:
    """Also at the first request, with a token that the store took for good."""
    before = grants(racing)
    racing.faults({"kind": "expire_iracing_tokens", "after_requests": after, "endpoint": [
        "iracing_car_get", "iracing_track_get", "iracing_carclass_get", "iracing_series_get"]})  # fmt: skip
    for ask in (IracingClient.car_classes, IracingClient.cars, IracingClient.tracks, IracingClient.series):
        assert ask(client).payload
    assert (grants(racing) - before).row() == (1, 0, 1, 0)
    assert client.requests_made == 5, "four documents and the repeated request"
    assert client.auth.load().unproven == 0


@pytest.mark.promise("D1")
def test_a_token_that_is_refused_for_ever_ends_the_call(client: IracingClient, racing: Sandbox) -> None:
    before = grants(racing)
    racing.faults({"kind": "status", "status": 401, "json": {"error": "Unauthorized"}, **FOR_EVER,
                   "endpoint": "iracing_car_get"})  # fmt: skip
    with pytest.raises(
        SignInNeeded, match=r"status 401.*paceline login iracing.*paceline import iracing"
    ) as end:
        client.cars()
    assert end.value.exit_code == 4
    assert (grants(racing) - before).row() == (1, 0, 1, 0)
    assert client.requests_made == 2


# ------------------------------------------------------------------ maintenance and outages


@pytest.mark.promise("B3")
@pytest.mark.parametrize("note", [True, False], ids=["with a note", "bare"])
def test_maintenance_stops_everybody_after_one_request(
    note: bool, client: IracingClient, racing: Sandbox
) -> None:
    if note:
        racing.settings(maintenance=True)
    else:
        racing.faults({"kind": "status", "status": 503, "json": {"error": "Site Maintenance"}, **FOR_EVER})
    now = datetime.now(UTC)
    with pytest.raises(
        LimitReached, match=r"iRacing is under maintenance.*run the same command again"
    ) as stop:
        client.cars()
    assert stop.value.exit_code == 3
    assert stop.value.resume_at >= now + timedelta(seconds=MAINTENANCE_PAUSE_S)
    assert racing.counters()["total"] == client.requests_made == 1
    racing.settings(maintenance=False)
    racing.faults()
    for other in (client, new_client()):
        with pytest.raises(LimitReached, match="iRacing is under maintenance"):
            other.tracks()
    assert racing.counters()["total"] == 1, "also another process asks nothing meanwhile"


@pytest.mark.promise("B3")
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 503, "json": {"error": "Service Unavailable"}},
        {
            "kind": "status",
            "status": 503,
            "text": "<html>Site Maintenance</html>",
            "content_type": "text/html",
        },
        {"kind": "status", "status": 503, "json": ["maintenance"]},
        {"kind": "status", "status": 504, "text": "<html>Gateway</html>", "content_type": "text/html"},
        {"kind": "status", "status": 500, "json": {"error": "Site Maintenance"}},
        {"kind": "reset"},
    ],
    ids=["503", "503 in HTML", "503 a list", "504 in HTML", "500", "reset"],
)
def test_an_outage_is_tried_again_and_then_told(fault: Fault, client: IracingClient, racing: Sandbox) -> None:
    racing.faults({**fault, "endpoint": "iracing_car_get", **FOR_EVER})
    with pytest.raises(ProviderUnavailable) as end:
        client.cars()
    assert end.value.exit_code == 1
    assert f"{racing.iracing_api_url}/data/car/get" in str(end.value)
    assert client.requests_made == ATTEMPTS_BY_KIND["fault"]
    racing.faults({**fault, "endpoint": "iracing_car_get"})
    assert client.cars().payload, "once is mended by another try"


# ------------------------------------------------------------------ one document


@pytest.mark.parametrize("ask", [IracingClient.season_schedule, IracingClient.past_seasons])
def test_what_does_not_exist_is_not_asked_again(
    ask: Callable[[IracingClient, int], Answer], client: IracingClient, racing: Sandbox
) -> None:
    with pytest.raises(NotServed, match="status 404, Not Found"):
        ask(client, NOT_THERE)
    assert racing.counters()["total"] == client.requests_made == 1


def test_no_right_to_one_document_holds_nobody(client: IracingClient, racing: Sandbox) -> None:
    racing.faults({"kind": "status", "status": 403, "json": {"error": "Forbidden"}})
    with pytest.raises(NotServed, match="status 403, Forbidden"):
        client.season_schedule(1)
    assert client.refused == 0
    assert client.cars().payload


@pytest.mark.parametrize("status", [403, 404])
def test_a_page_that_refuses_speaks_of_no_document(
    status: int, client: IracingClient, racing: Sandbox
) -> None:
    racing.faults({"kind": "html", "status": status})
    with pytest.raises(BadAnswer, match=f"status {status}"):
        client.season_schedule(1)


def test_a_wrong_argument_is_told_at_once(client: IracingClient, racing: Sandbox) -> None:
    with pytest.raises(BadAnswer, match="status 400, Bad Request"):
        client.get("series/season_schedule", lambda _: None)
    assert client.requests_made == 1


def test_who_gives_up_waits_for_nobody(client: IracingClient, racing: Sandbox) -> None:
    with client.giving_up(), pytest.raises(GaveUp):
        client.cars()
    assert racing.counters()["total"] == 0
    assert client.cars().payload


def test_the_proof_of_a_sign_in_is_kept(client: IracingClient, racing: Sandbox) -> None:
    client.current_quarter()
    assert new_auth(racing).load().unproven == 0
