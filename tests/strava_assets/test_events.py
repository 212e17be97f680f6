"""Webhook events: received as they come, believed only as far as a question to the API says so too."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import paceline
from strava_in_process import StravaInProcess, build, items, keep_event, known, landed, listed, rows

from paceline.webhook import MOST_BYTES, serve
from resources.errors import StorageProblem
from resources.landing import Landing, read_lines
from strava_assets import events
from strava_assets.athletes import connections
from strava_assets.events import open_events, wrong_event
from strava_assets.workspace import Workspace

WORD = "our-own-word"
Json = Any


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A receiver that lands into `tmp_path`."""
    with serve(Landing(tmp_path / "landing"), WORD, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def ask(port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Json]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def kept(folder: Path) -> list[Json]:
    files = Landing(folder / "landing").sealed("strava", "events")
    return [json.loads(line)["payload"] for path in files for line in read_lines(path)]


def an_event(**fields: Json) -> Json:
    return {
        "aspect_type": "update", "event_time": 1_790_000_000, "object_id": 20_000_000_001, "object_type": "activity",
        "owner_id": 90_000_001, "subscription_id": 1, "updates": {"title": "x"}, **fields,
    }  # fmt: skip


def test_the_challenge_is_answered_to_who_knows_the_word(port: int) -> None:
    query = "hub.mode=subscribe&hub.challenge=15f7d1a9"
    assert ask(port, "GET", f"/any?{query}&hub.verify_token={WORD}") == (200, {"hub.challenge": "15f7d1a9"})
    for wrong in (
        f"{query}&hub.verify_token=another",
        query,
        f"{query}&hub.verify_token={WORD}x",
        f"hub.mode=subscribe&hub.verify_token={WORD}",
        f"hub.challenge=1&hub.verify_token={WORD}",
        "%ff%fe=%00",
    ):
        status, body = ask(port, "GET", f"/any?{wrong}")
        assert status == 403 and WORD not in json.dumps(body) and "15f7d1a9" not in json.dumps(body)


@pytest.mark.promise("F6")
def test_nonsense_is_refused_and_not_kept(port: int, tmp_path: Path) -> None:
    wrong = [
        b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff\xfe", b"[" * 9_000, b'{"object_type": "activity"}', b"{}",
        *(
            json.dumps(an_event(**fields)).encode()
            for fields in (
                {"object_type": "segment"}, {"aspect_type": "explode"}, {"object_id": "../x"}, {"object_id": None},
                {"owner_id": -1}, {"owner_id": "²"}, {"object_id": "٣"}, {"object_id": 10**30}, {"owner_id": 1.5},
                {"object_id": True}, {"object_id": [1]}, {"owner_id": "1\n"},
            )
        ),
    ]  # fmt: skip
    assert {ask(port, "POST", "/", body)[0] for body in wrong} == {400}
    too_long = json.dumps(an_event(updates={"title": "x" * MOST_BYTES})).encode()
    assert ask(port, "POST", "/", too_long)[0] == 400
    assert ask(port, "POST", "/", b"{}", **{"Content-Length": "many"})[0] == 400
    assert kept(tmp_path) == []


def test_every_event_is_kept_however_many_come_at_once(port: int, tmp_path: Path) -> None:
    sent = [an_event(object_id=number, event_time=1) for number in range(1, 101)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda event: ask(port, "POST", "/", json.dumps(event).encode()), sent))
    assert answers == [(200, {})] * len(sent)
    assert sorted(kept(tmp_path), key=lambda event: event["object_id"]) == sent


def test_what_cannot_be_kept_is_asked_for_again(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Json) -> None:
        raise StorageProblem("The disk is full", "Make room.")

    monkeypatch.setattr("paceline.webhook.land_event", full)
    assert ask(port, "POST", "/", json.dumps(an_event()).encode())[0] == 503


def test_events_as_documented_are_events() -> None:
    folder = Path(__file__).resolve().parents[3] / "shared" / "recorded" / "strava" / "webhook_events"
    if not folder.is_dir():
        pytest.skip(f"no recorded events at {folder}")
    found = [
        json.loads(path.read_text()) for path in sorted(folder.glob("*.json")) if "query" not in path.name
    ]
    assert len(found) == 4 and [wrong_event(event) for event in found] == [None] * 4


def test_the_command_wants_a_word(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del data_dir
    monkeypatch.delenv("STRAVA_VERIFY_TOKEN", raising=False)
    ended = paceline("webhook", "strava")
    assert ended.code == 2 and "STRAVA_VERIFY_TOKEN is not set" in ended.err
    assert paceline("webhook", "peloton").code == 2


# ------------------------------------------------------------------ looked after


def told(work: Workspace, strava: StravaInProcess, activity_id: int, aspect: str, **updates: Json) -> None:
    keep_event(work, strava.act("event", id=activity_id, aspect_type=aspect, updates=updates))


@pytest.fixture
def ids(strava: StravaInProcess) -> list[int]:
    return sorted(strava.truth())


def test_a_deletion_arrives_with_one_question_and_leaves_a_tombstone(
    synced: Workspace, strava: StravaInProcess, ids: list[int]
) -> None:
    strava.act("delete", ids=[ids[0]])
    told(synced, strava, ids[0], "delete")
    facts, counts = listed(synced, max_pages=1)
    assert facts.events == 1 and known(synced) == {*ids} - {ids[0]} and counts.requests == 2
    build(synced)
    (row,) = [row for row in rows(synced, "activities") if row["activity_id"] == ids[0]]
    assert row["deleted_at"] is not None and row["name"] is None and row["start_date"] is not None
    assert open_events(synced) == [] == landed(synced, "events"), "no title stays behind"


def test_a_deletion_that_the_api_does_not_know_of_is_not_believed(
    synced: Workspace, strava: StravaInProcess, ids: list[int]
) -> None:
    told(synced, strava, ids[0], "delete")
    listed(synced)
    assert known(synced) == {*ids}


@pytest.mark.tier("N")
def test_edits_and_privacy_of_old_activities_arrive_and_cost_nothing_more(
    synced: Workspace, strava: StravaInProcess, ids: list[int]
) -> None:
    public = next(one for one in ids if strava.truth()[one]["visibility"] == "everyone")
    strava.act("private", id=public)
    strava.act("edit", id=ids[1], fields={"name": "another name", "description": "another text"})
    for _ in range(2):  # and repeated
        told(synced, strava, public, "update", private="true")
        told(synced, strava, ids[1], "update", title="another name")
    facts, counts = listed(synced)
    assert (facts.events, facts.new, facts.updated) == (4, 0, 0) and counts.requests == 3
    strava.asked()
    items(synced)
    assert strava.asked().keys() <= {"strava_zones"}, "details came with the question"
    build(synced)
    found = {row["activity_id"]: row for row in rows(synced, "activities")}
    assert (found[public]["is_private"], found[public]["visibility"]) == (True, "only_me")
    assert (found[ids[1]]["name"], found[ids[1]]["description"]) == ("another name", "another text")
    assert listed(synced, full=True)[0].updated == 0, "the list says the same"


@pytest.mark.tier("N")
def test_a_new_activity_is_there_once_whichever_tells_first(
    synced: Workspace, strava: StravaInProcess, ids: list[int]
) -> None:
    (new,) = strava.act("upload")
    told(synced, strava, new["id"], "create")
    listed(synced)
    told(synced, strava, new["id"], "create")
    listed(synced)
    assert known(synced) == {*ids, new["id"]}
    build(synced)
    assert [row["activity_id"] for row in rows(synced, "activities")].count(new["id"]) == 1


def test_an_event_before_its_activity_can_be_read_forgets_nothing(
    synced: Workspace, strava: StravaInProcess, ids: list[int]
) -> None:
    keep_event(synced, an_event(object_id=1, owner_id=int(strava.athlete_ids[0]), aspect_type="create"))
    listed(synced)
    assert known(synced) == {*ids} and landed(synced, "removals") == [] == open_events(synced)


@pytest.mark.parametrize("payload", ["[]", "null", '{"id": 1}'])
def test_an_answer_that_is_not_to_be_believed_stops_no_sync(
    payload: str, synced: Workspace, strava: StravaInProcess, ids: list[int]
) -> None:
    (new,) = strava.act("upload")
    told(synced, strava, ids[0], "update", title="x")
    strava.faults({"kind": "body", "endpoint": "strava_activity", "text": payload, "times": 0})
    facts, counts = listed(synced)
    assert known(synced) == {*ids, new["id"]} and counts.errors == 1 and facts.new == 1


def test_events_of_others_are_left_to_them_and_not_for_ever(
    synced: Workspace, strava: StravaInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_event(synced, an_event(owner_id=5))
    assert listed(synced)[0].events == 0 and len(open_events(synced)) == 1
    later = events.now() + timedelta(days=8)
    monkeypatch.setattr(events, "now", lambda: later)
    listed(synced)
    assert open_events(synced) == []


def test_a_goodbye_erases_athlete_and_token_and_asks_for_nothing_more(data_dir: Path) -> None:
    strava = StravaInProcess(4, athletes=2)
    first, second = strava.workspace(data_dir), strava.workspace(data_dir, athlete=1)
    for work in (first, second):
        listed(work)
    build(first)
    strava.asked()
    keep_event(first, strava.act("event", athlete=1))
    assert listed(first)[0].events == 0, "it is about another"
    strava.asked()
    facts, _ = listed(second)
    assert facts.events == 1 and strava.asked() == {}
    build(second)
    assert {str(row["athlete_id"]) for row in rows(first, "activities")} == {strava.athlete_ids[0]}
    assert [each.account for each in connections(first.settings)] == ["default"]
    assert landed(first, "events") == []
