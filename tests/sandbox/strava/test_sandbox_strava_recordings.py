"""The stand-in against recorded real answers: the same keys and JSON types, none of the content.

An answer is flattened to paths such as `laps.[].activity.id`; each has the set of types seen there. Ours must
not have a path that no recording has, and must have all that recordings of its kind always have.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from strava_asker import Asker

from sandbox.strava.export_columns import HEADERS

Types = dict[str, set[str]]

ADDED_BY_THE_FACTS = re.compile(
    r"id_str$|device_name$|private_note$|max_watts$|weighted_average_watts$|pace_zone$|\.average_watts$|^weight$|^bikes\.|perceived_exertion$"
)
NEW_LISTS = (
    "athlete_activities/NangoHQ__1",
    "athlete_activities/dblock__page01",
    "athlete_activities/dblock__page02",
)
OLD_RIDES = "athlete_activities/thomaschampagne__1"
NEW_DETAILS = ("activity_detail/NangoHQ__1", "activity_detail/Oofles__1", "activity_detail/dblock__1")
OLD_RIDE = "activity_detail/thomaschampagne__1"


def json_type(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "list", dict: "object"}
    return names.get(type(value), "null")


def flatten(value: Any, path: str, types: Types) -> Types:
    types.setdefault(path, set()).add(json_type(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            flatten(inner, f"{path}.{key}".strip("."), types)
    elif isinstance(value, list):
        for inner in value:
            flatten(inner, f"{path}.[]".strip("."), types)
    return types


def shape(values: list[Any]) -> Types:
    types: Types = {}
    for value in values:
        flatten(value, "", types)
    return types


def load(recorded: Path, name: str) -> Any:
    return json.loads((recorded / f"{name}.json").read_text())


def assert_within(ours: Types, theirs: Types) -> None:
    for place, types in ours.items():
        if ADDED_BY_THE_FACTS.search(place):
            continue
        assert place in theirs, f"{place} was never recorded"
        assert types <= theirs[place] | {"null"}, place


def test_the_list_has_the_recorded_shape(asker: Asker, recorded: Path) -> None:
    rows = asker.walk()
    newest = [row for name in NEW_LISTS for row in load(recorded, name)]
    rides = load(recorded, OLD_RIDES)
    assert_within(shape(rows), shape([*newest, *rides]))
    always = set.intersection(*(set(row) for row in newest)) - {"workout_type"}
    assert all(always <= set(row) for row in rows)
    manual = load(recorded, NEW_LISTS[0])[0]
    ours = next(row for row in rows if row["manual"] and "workout_type" in row and row["type"] == "Run")
    assert ours.keys() == manual.keys()


def test_integers_are_integers_where_sums_would_suffer(asker: Asker) -> None:
    for row in asker.page(per_page=200):
        assert all(type(row[key]) is int for key in ("id", "moving_time", "elapsed_time", "kudos_count"))
        assert type(row["distance"]) is type(row["utc_offset"]) is float
        assert row["total_elevation_gain"] == 0 or type(row["total_elevation_gain"]) is float


@pytest.mark.parametrize("kind", ["manual", "recorded"])
def test_a_detail_has_the_recorded_shape(asker: Asker, recorded: Path, kind: str) -> None:
    rows = [row for row in asker.walk() if row["manual"] is (kind == "manual")][:40]
    details = [asker.ask(f"activities/{row['id']}").json for row in rows]
    theirs = [load(recorded, name) for name in (*NEW_DETAILS, OLD_RIDE)]
    lists = [row for name in (*NEW_LISTS, OLD_RIDES) for row in load(recorded, name)]
    assert_within(shape(details), shape([*theirs, *lists]))
    example = theirs[1] if kind == "manual" else theirs[2]
    runs = [detail for detail in details if detail["type"] == "Run"]
    optional = {
        "workout_type",
        "gear",
        "embed_token",
        "device_name",
        "gear_id",
        "upload_id_str",
        "suffer_score",
    }
    for detail in runs:
        missing = example.keys() - detail.keys() - optional
        assert all(re.search("heartrate|elev_|cadence", key) for key in missing), missing


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("athlete", ["athlete/NangoHQ__1", "athlete/dblock__1"]),
        ("athlete/zones", ["athlete_zones/NangoHQ__1"]),
        ("athletes/{me}/stats", ["athlete_stats/dblock__1"]),
        ("gear/g9000050", ["gear/dblock__1"]),
        ("gear/b9000000", ["gear/dblock__1", "gear/strava-swagger__1"]),
        ("activities/{run}/laps", ["activity_laps/dblock__1"]),
        ("activities/{run}/zones", ["activity_zones/dblock__1"]),
        ("activities/{run}/streams?key_by_type=true", ["activity_streams/dblock__1"]),
    ],
)
def test_an_answer_has_the_recorded_shape(asker: Asker, recorded: Path, path: str, files: list[str]) -> None:
    run = next(row for row in asker.walk() if row["sport_type"] == "Run" and row["has_heartrate"])
    reply = asker.ask(path.format(me=asker.athlete_id, run=run["id"]))
    assert reply.status == 200
    theirs = [load(recorded, name) for name in files]
    assert_within(shape([reply.json]), shape(theirs))


def test_errors_have_the_recorded_bodies(own: Asker, recorded: Path) -> None:
    own_token = own.refresh_token
    manual = next(row["id"] for row in own.sandbox.strava_truth() if row["manual"])

    def is_like(reply: Any, name: str) -> None:
        real = load(recorded, f"errors/{name}")
        assert (reply.status, reply.json) == (real["status"], real["body"])

    is_like(own.streams(manual), "roznet__404_streams")
    is_like(own.refresh("dead"), "dreeveapp__400_refresh_token_invalid")
    wrong_client = own.token(client_id="1", grant_type="refresh_token", refresh_token=own_token)
    is_like(wrong_client, "dblock__400_oauth_client")
    wrong_secret = own.token(client_secret="1", grant_type="refresh_token", refresh_token=own_token)
    is_like(wrong_secret, "dblock__401_application_invalid")
    is_like(own.ask("athlete", headers={}), "craibo__401_access_token_invalid")
    own.sandbox.set_strava_scopes(drop=["activity:read_all"])
    is_like(own.page_reply(), "dreeveapp__401_scope_missing")
    own.sandbox.settings(strava_inactive=True)
    is_like(own.page_reply(), "dreeveapp__403_application_inactive")
    own.sandbox.settings(strava_overall_per_window=1)
    own.page_reply()
    is_like(own.page_reply(), "stravalib__429_overall")


def test_token_answers_have_the_recorded_fields(own: Asker, recorded: Path) -> None:
    assert own.refresh().json.keys() - {"scope"} == load(recorded, "oauth_token/dblock__2").keys()


def test_events_have_the_documented_form(own: Asker, recorded: Path) -> None:
    row = own.page()[0]
    for name, updates in (("create", {}), ("delete", {}), ("update", {"title": "Fake title"})):
        event = own.sandbox.strava_event(row["id"], name, **updates)
        real = load(recorded, f"webhook_events/documented__{'update_title' if updates else name}")
        assert event.keys() == real.keys()
        assert (event["aspect_type"], event["updates"]) == (real["aspect_type"], real["updates"])


def test_the_english_header_of_the_export_is_the_recorded_one(recorded: Path) -> None:
    with (recorded / "bulk_export" / "martin-ueding__1.csv").open(newline="") as file:
        assert next(csv.reader(file)) == HEADERS["en"]
