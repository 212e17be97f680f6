"""Strava's client as a whole: one counted request an answer, shapes that are checked, outages, athletes apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from striding import (
    DETAIL,
    FOR_EVER,
    LIST,
    Fault,
    alive,
    begin_anew,
    connect,
    new_client,
    new_sandbox,
    signed_in,
)

from resources.errors import (
    BadAnswer,
    NotServed,
    ProviderUnavailable,
)
from resources.http import ATTEMPTS_BY_KIND, Answer
from resources.strava import PER_PAGE, STREAMS, StravaClient
from resources.tokens import Pasted
from sandbox.client import Sandbox
from strava_assets.forgetting import forget_sign_in


@pytest.fixture(scope="module")
def one_strava() -> Iterator[Sandbox]:
    with new_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def strava(one_strava: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    begin_anew(one_strava)
    connect(one_strava, monkeypatch)
    return one_strava


@pytest.fixture
def client(strava: Sandbox) -> StravaClient:
    """Signed in, with nothing counted yet."""
    client = new_client()
    client.auth.access_token()
    strava.reset()
    return client


def one_activity(strava: Sandbox, **like: Any) -> str:
    """The newest that is as wanted."""
    fits = [row for row in alive(strava) if all(row[name] == value for name, value in like.items())]
    return str(fits[-1]["id"])


# ------------------------------------------------------------------ answers


def test_each_question_is_one_counted_request(client: StravaClient, strava: Sandbox) -> None:
    truth = alive(strava)
    newest = [str(row["id"]) for row in sorted(truth, key=lambda row: row["start_date"], reverse=True)]
    listed = client.activities().payload
    assert [str(row["id"]) for row in listed] == newest
    recorded = next(str(row["id"]) for row in truth if not row["manual"] and row["gear_id"])
    gear = next(row["gear_id"] for row in truth if row["gear_id"])
    asked: dict[str, Callable[[], Answer]] = {
        f"activities/{recorded}": lambda: client.activity(recorded),
        f"activities/{recorded}/streams": lambda: client.streams(recorded),
        f"activities/{recorded}/zones": lambda: client.zones(recorded),
        f"gear/{gear}": lambda: client.gear(gear),
        "athlete": client.athlete,
    }
    for path, ask in asked.items():
        before = client.requests_made
        answer = ask()
        assert answer.payload
        assert answer.url.partition("?")[0] == f"{strava.strava_api_url}/{path}"
        assert client.requests_made == before + 1
    assert set(client.streams(recorded).payload) <= set(STREAMS)
    assert next(line[2] for line in strava.requests()) == f"/strava/athlete/activities?per_page={PER_PAGE}"


def test_a_list_may_end_before_a_moment(client: StravaClient, strava: Sandbox) -> None:
    rows = client.activities().payload
    middle = next(row["true_start"] for row in strava.strava_truth() if row["id"] == rows[6]["id"])
    assert [row["id"] for row in client.activities(before=int(middle)).payload] == [
        row["id"] for row in rows[7:]
    ]


@pytest.mark.promise("B4")
@pytest.mark.parametrize(
    ("ask", "payload"),
    [
        (StravaClient.athlete, []),
        (StravaClient.athlete, {"message": "fine"}),
        (StravaClient.activities, {}),
        (StravaClient.activities, None),
        (lambda client: client.activity("7"), {"id": 8}),
        (lambda client: client.activity("7"), []),
        (lambda client: client.streams("7"), "none"),
        (lambda client: client.streams("7"), {"time": [1, 2]}),
        (lambda client: client.streams("7"), {"time": {"data": [1, 2]}, "watts": {"data": [1]}}),
        (lambda client: client.gear("b7"), {"name": "a bike"}),
        (lambda client: client.zones("7"), {"message": "fine"}),
    ],
)
def test_an_answer_of_another_shape_is_not_believed(
    ask: Callable[[StravaClient], Answer], payload: Any, client: StravaClient, strava: Sandbox
) -> None:
    strava.faults({"kind": "json", "value": payload, **FOR_EVER})
    with pytest.raises(BadAnswer):
        ask(client)
    assert client.requests_made == ATTEMPTS_BY_KIND["unbelievable"]


@pytest.mark.parametrize("streams", [
    {}, [], {"time": {"data": []}}, [{"type": "time", "data": [0, 1]}, {"type": "watts", "data": [5, None]}],
])  # fmt: skip
def test_streams_come_by_name_or_as_a_list(streams: Any, client: StravaClient, strava: Sandbox) -> None:
    strava.faults({"kind": "json", "value": streams})
    assert client.streams("7").payload == streams


@pytest.mark.promise("F2")
@pytest.mark.parametrize("activity_id", ["", "x", "../athlete", "7/streams", "7?x=1", "1e3"])
def test_an_id_that_is_no_number_is_never_asked_for(
    activity_id: str, client: StravaClient, strava: Sandbox
) -> None:
    for ask in (client.activity, client.streams, client.zones):
        with pytest.raises(ValueError, match="invalid literal"):
            ask(activity_id)
    with pytest.raises((BadAnswer, NotServed)):
        client.gear(f"../{activity_id}/athlete")
    assert all(line[2].startswith("/strava/gear/..%2F") for line in strava.requests())


@pytest.mark.promise("B3")
@pytest.mark.parametrize("fault", [
    {"kind": "status", "status": 500, "text": ""}, {"kind": "status", "status": 503, "text": "<html></html>"},
    {"kind": "reset"},
], ids=["500", "503", "reset"])  # fmt: skip
def test_an_outage_is_tried_again_and_then_told(fault: Fault, client: StravaClient, strava: Sandbox) -> None:
    strava.faults({**fault, "endpoint": LIST, **FOR_EVER})
    with pytest.raises(ProviderUnavailable) as end:
        client.activities()
    assert f"{strava.strava_api_url}/athlete/activities" in str(end.value)
    assert client.requests_made == ATTEMPTS_BY_KIND["fault"]
    strava.faults({**fault, "endpoint": DETAIL})
    assert client.activity(one_activity(strava)).payload, "once is mended by another try"


def test_each_athlete_sees_his_own(strava: Sandbox) -> None:
    """With one application, whose limits they share."""
    other = new_client(account="other")
    other.auth.sign_in_with(Pasted(refresh_token=signed_in(strava, athlete=1)))
    mine = new_client()
    lists = [{row["id"] for row in client.activities().payload} for client in (mine, other)]
    truths = [{row["id"] for row in alive(strava, athlete)} for athlete in (0, 1)]
    assert lists == truths and not lists[0] & lists[1]
    assert mine.limit_status() == other.limit_status()
    assert mine.limit_status()["quarter_hour"]["used"] == 2
    forget_sign_in(other.auth)
