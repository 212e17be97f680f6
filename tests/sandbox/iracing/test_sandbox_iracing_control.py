"""Control actions change the truth, and every document follows; faults hit what they name."""

from __future__ import annotations

from http.client import RemoteDisconnected
from typing import Any

import pytest
from racer import Racer

from sandbox.client import SandboxError


def seasons(racer: Racer) -> dict[int, dict[str, Any]]:
    return {season["season_id"]: season for season in racer.document("series/seasons")}


def test_an_edited_week_is_edited_everywhere(own: Racer) -> None:
    id_, season = next(iter(seasons(own).items()))
    track = {"track_id": 3, "track_name": "Elsewhere", "category": "road", "category_id": 2}
    named = [
        {
            "repeating": False,
            "session_minutes": 5,
            "session_times": ["2026-11-20T10:01:00Z"],
            "super_session": True,
        }
    ]
    changed = own.sandbox.edit_season(id_, {"track": track, "race_time_descriptors": named}, week=2)
    assert changed["race_week_num"] == 2
    weeks = seasons(own)[id_]["schedules"]
    assert (weeks[2]["track"], weeks[2]["race_time_descriptors"]) == (track, named)
    assert weeks[1]["track"] == season["schedules"][1]["track"]
    schedule = own.document("series/season_schedule", season_id=id_)["schedules"]
    assert schedule[2]["track"] == track
    guide = own.document("season/race_guide", **{"from": "2026-11-20T10:00:00Z"})["sessions"]
    assert (id_, "2026-11-20T10:01:00Z", True) in [
        (row["season_id"], row["start_time"], row["super_session"]) for row in guide
    ]
    history = own.document("series/past_seasons", series_id=season["series_id"])["series"]["seasons"]
    assert {3} <= {
        week["track"]["track_id"] for s in history if s["season_id"] == id_ for week in s["race_weeks"]
    }


def test_an_edited_season_keeps_its_weeks(own: Racer) -> None:
    id_, season = next(iter(seasons(own).items()))
    own.sandbox.edit_season(id_, {"drops": 99, "car_types.0.car_type": "other"})
    after = seasons(own)[id_]
    assert (after["drops"], after["car_types"][0]["car_type"]) == (99, "other")
    assert len(after["schedules"]) == len(season["schedules"])


def test_a_season_that_ends_stays_in_history(own: Racer) -> None:
    id_, season = next(iter(seasons(own).items()))
    own.sandbox.end_season(id_)
    assert id_ not in seasons(own)
    assert season["series_id"] not in {row["series_id"] for row in own.document("series/get")}
    history = own.document("series/past_seasons", series_id=season["series_id"])["series"]
    assert (history["active"], history["seasons"][0]["season_id"]) == (False, id_)


def test_a_season_is_added_of_any_kind(own: Racer) -> None:
    before = seasons(own)
    series_id = next(iter(before.values()))["series_id"]
    new = own.sandbox.add_season(series_id, "endurance", "2026-12-01")
    after = seasons(own)
    assert after.keys() - before.keys() == {new["season_id"]}
    assert after[new["season_id"]]["series_id"] == series_id
    assert after[new["season_id"]]["schedules"][0]["start_date"] == "2026-12-01"
    assert own.sandbox.add_season()["schedules"][0]["start_date"] == "2026-11-17"
    with pytest.raises(SandboxError, match="no such kind"):
        own.sandbox.add_season(series_id, "monthly")


def test_a_hidden_series_is_absent_from_its_list_alone(own: Racer) -> None:
    hidden = next(iter(seasons(own).values()))["series_id"]
    own.sandbox.hide_series(hidden)
    assert hidden not in {row["series_id"] for row in own.document("series/get")}
    assert hidden in {season["series_id"] for season in seasons(own).values()}
    own.sandbox.hide_series(hidden, hidden=False)
    assert hidden in {row["series_id"] for row in own.document("series/get")}


def test_a_quarter_rolls_over(own: Racer) -> None:
    before = seasons(own)
    told = own.sandbox.roll_over()
    after = seasons(own)
    new = set(told["new_season_ids"])
    assert new == after.keys() - before.keys()
    assert {(after[id_]["season_year"], after[id_]["season_quarter"]) for id_ in new} == {(2027, 1)}
    assert {before[id_]["series_id"] for id_ in before.keys() - after.keys()} >= {
        after[id_]["series_id"] for id_ in new
    }
    assert any("tour" in season["schedule_description"].lower() for season in before.values())
    assert len(own.document("season/list", season_year=2027, season_quarter=1)["seasons"]) == len(new)


def test_mistakes_are_explained(own: Racer) -> None:
    with pytest.raises(SandboxError, match="no such season"):
        own.sandbox.edit_season(1, {"drops": 1})
    with pytest.raises(SandboxError, match="leads nowhere"):
        own.sandbox.edit_season(next(iter(seasons(own))), {"weather.skies.low": 1}, week=0)
    with pytest.raises(SandboxError, match="has no week 77"):
        own.sandbox.edit_season(next(iter(seasons(own))), {"drops": 1}, week=77)


# ------------------------------------------------------------------ faults


def test_a_fault_hits_one_documents_download(own: Racer) -> None:
    own.sandbox.faults(
        {
            "kind": "field",
            "endpoint": "iracing_storage",
            "id": "iracing_car_get",
            "path": "0.car_name",
            "op": "delete",
        }
    )
    assert "car_name" in own.document("carclass/get")[0] or own.document("track/get")
    assert "car_name" not in own.document("car/get")[0]
    assert "car_name" in own.document("car/get")[0]


def test_a_token_answer_is_lost_but_the_token_spent(own: Racer) -> None:
    own.sandbox.faults({"kind": "lost_token_answer", "endpoint": "iracing_token"})
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        own.refresh()
    assert own.refresh().json["error"] == "invalid_grant"


@pytest.mark.parametrize("fault", [{"kind": "expire_iracing_tokens"}, {"kind": "expire_tokens"}])
def test_tokens_die_by_a_fault(own: Racer, fault: dict[str, str]) -> None:
    own.sandbox.faults({**fault, "endpoint": "iracing_series_get"})
    assert own.ask("car/get").status == 200
    assert own.ask("series/get").status == 401


def test_links_die_by_a_fault(own: Racer) -> None:
    own.sandbox.faults({"kind": "expire_links", "endpoint": "iracing_storage", "id": "iracing_car_get"})
    assert own.fetch(own.ask("car/get").json["link"]).status == 403
    assert own.fetch(own.ask("car/get").json["link"]).status == 200


def test_faults_without_an_endpoint_hit_data_and_downloads_and_no_sign_in(own: Racer) -> None:
    own.sandbox.faults({"kind": "status", "status": 504, "times": 0})
    assert (own.ask("car/get").status, own.token().status) == (504, 200)
    own.sandbox.faults()
    link = own.ask("car/get").json["link"]
    own.sandbox.faults({"kind": "damage", "at_byte": 3})
    assert own.fetch(link).body[3] == 255


def test_faults_of_peloton_do_not_break_iracing(own: Racer) -> None:
    own.sandbox.faults({"kind": "shift", "endpoint": "iracing_car_get", "publish": 1})
    before = len(own.sandbox.classes())
    assert own.ask("car/get").status == 200
    assert len(own.sandbox.classes()) == before + 1
