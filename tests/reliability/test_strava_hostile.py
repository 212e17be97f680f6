"""Hostile strings in every text field of Strava's answers, and answers of other shapes: stored, and never fatal.

The payloads are made from the very schemas that the statements read, so a new field cannot be left out: it is filled by
itself, and the test fails until `KEPT` says where it is stored.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from command_line import is_inert, paceline
from hostile import TEXTS, as_stored
from mutations import draw_mutation
from strava_in_process import StravaInProcess, activities, build, items, known, listed, rows

from resources.settings import load_settings
from resources.table_docs import table_docs
from strava_assets.transform import SOURCE, SQL
from strava_assets.workspace import Workspace

Json = Any
MOMENT = datetime(2026, 11, 1, 10, tzinfo=UTC)
SCHEMA = re.compile(r"'([\[{]\s*[\"\[{][^']*)'")  # each literal that is one
ELSEWHERE = "not stored: times, or a word where there is no better one"
ACTIVITY = "strava.activities"
# Statement to its schemas in their order: text fields, and where each is published.
KEPT: dict[str, list[dict[str, str]]] = {
    "activities": [
        {
            **{
                name: f"{ACTIVITY}.{name}"
                for name in ("name", "sport_type", "gear_id", "device_name", "visibility", "external_id")
            },
            "timezone": f"{ACTIVITY}.timezone",
            "map.summary_polyline": f"{ACTIVITY}.summary_polyline",
            **dict.fromkeys(("type", "start_date", "start_date_local"), ELSEWHERE),
        },
        {"description": f"{ACTIVITY}.description", "device_name": ELSEWHERE},
        {
            "gear_name": f"{ACTIVITY}.gear_name",
            **dict.fromkeys(("name", "sport_type", "start_date", "description", "filename"), ELSEWHERE),
        },
    ],
    "activity_laps": [{"[].name": "strava.activity_laps.name", "[].start_date": ELSEWHERE}],
    "activity_zones": [{"[].type": "strava.activity_zones.zone_type"}],
    "athletes": [
        {
            "username": "strava.athletes.username", "firstname": "strava.athletes.first_name",
            "lastname": "strava.athletes.last_name", "sex": "strava.athletes.sex",
            "measurement_preference": "strava.athletes.measurement_preference", "created_at": ELSEWHERE,
        },
    ],
    "gear": [
        {
            name: f"strava.gear.{name}"
            for name in ("name", "nickname", "brand_name", "model_name", "description")
        },
    ],
}  # fmt: skip
EMPTY_IS_NONE = ("nickname", "brand_name", "model_name", "description", "timezone", "summary_polyline")


def schemas(name: str) -> list[Json]:
    """The JSON schemas of a statement, in their order."""
    return [json.loads(found) for found in SCHEMA.findall((SQL / "strava" / f"{name}.sql").read_text())]


def text_paths(schema: Json, path: str = "") -> Iterator[str]:
    if isinstance(schema, dict):
        for key, kind in schema.items():
            yield from text_paths(kind, f"{path}.{key}".lstrip("."))
    elif isinstance(schema, list):
        yield from text_paths(schema[0], f"{path}[]")
    elif schema == "VARCHAR":
        yield path


def test_every_text_field_has_a_place() -> None:
    statements = {path.stem: schemas(path.stem) for path in (SQL / "strava").glob("*.sql")}
    found = {
        name: [set(text_paths(schema)) for schema in told]
        for name, told in statements.items()
        if any(set(text_paths(schema)) for schema in told) and name != "activity_streams"
    }
    assert found == {name: [set(each) for each in told] for name, told in KEPT.items()}
    columns = {f"{doc.name}.{column}" for doc in table_docs().values() for column in doc.columns}
    places = {place for told in KEPT.values() for each in told for place in each.values()}
    assert places - columns == {ELSEWHERE}


@dataclass(frozen=True)
class Told:
    text: str
    fetched_at: datetime = MOMENT
    url: str = "https://provider.invalid/"
    status: int = 200


def text(n: int, place: int) -> str:
    return TEXTS[(n + place) % len(TEXTS)]


def payloads(n: int) -> dict[str, tuple[str, Json]]:
    """Resource to item and answer: string `n + k` in the k-th field."""
    activity_id = 20_000_000_000 + n
    start = {"start_date": f"{MOMENT:%Y-%m-%dT%H:%M:%SZ}", "start_date_local": f"{MOMENT:%Y-%m-%dT%H:%M:%SZ}"}
    activity = {
        "id": activity_id, "athlete": {"id": 5}, **start, "type": text(n, 0), "sport_type": text(n, 1),
        "name": text(n, 2), "gear_id": text(n, 3), "device_name": text(n, 4), "visibility": text(n, 5),
        "external_id": text(n, 6), "timezone": text(n, 7), "map": {"id": text(n, 8), "summary_polyline": text(n, 9)},
        text(n, 10): text(n, 11),
    }  # fmt: skip
    detail = {"id": activity_id, "description": text(n, 12), "laps": [{"lap_index": 1, "name": text(n, 13)}]}
    zone = [{"type": text(n, 14), "distribution_buckets": [{"min": 0, "max": -1, "time": 1}]}]
    series = {text(n, 15): {"data": [1.5]}, "time": {"data": [0]}}
    gear = {name: text(n, 16 + place) for place, name in enumerate(("name", *EMPTY_IS_NONE[:4]))}
    athlete = {
        name: text(n, 21 + place)
        for place, name in enumerate(("username", "firstname", "lastname", "sex", "measurement_preference"))
    }
    export = {"name": text(n, 2), **start, "gear_name": text(n, 26)}
    return {
        "activities": (str(activity_id), activity),
        "activity_details": (str(activity_id), detail),
        "activity_zones": (str(activity_id), zone),
        "activity_streams": (str(activity_id), series),
        "gear": (f"b{n}", gear),
        "athletes": (str(n), athlete),
        "export_activities": (str(activity_id), export),
    }


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A data folder in which every field of every answer held every string, and all that was built from it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PACELINE_DATA_DIR", str(tmp_path_factory.mktemp("hostile") / "data"))
        work = Workspace(load_settings())
    every = [payloads(n) for n in range(len(TEXTS))]
    for resource in every[0]:
        with work.landing.writer(SOURCE, resource, f"{MOMENT:%Y-%m}") as writer:
            writer.write_all([(Told(json.dumps(one[resource][1])), one[resource][0]) for one in every])
    work.merge()
    build(work)
    return work


@pytest.mark.promise("F1")
def test_every_text_is_stored_sign_for_sign(work: Workspace, figure: Callable[[str], None]) -> None:
    def stored(value: str, column: str = "") -> str | None:
        return as_stored(value) or (None if column in EMPTY_IS_NONE else "")

    tables = {
        name: {row[key]: row for row in rows(work, name)}
        for name, key in (("activities", "activity_id"), ("gear", "gear_id"), ("athletes", "athlete_id"))
    }
    laps = {row["activity_id"]: row["name"] for row in rows(work, "activity_laps")}
    zones = {row["activity_id"]: row["zone_type"] for row in rows(work, "activity_zones")}
    compared = 0
    for n in range(len(TEXTS)):
        told = payloads(n)
        activity_id, activity = int(told["activities"][0]), told["activities"][1]
        expected = {
            **{name: stored(activity[name]) for name in ("sport_type", "name", "gear_id", "device_name", "visibility")},
            "external_id": stored(activity["external_id"]),
            "timezone": stored(activity["timezone"], "timezone"),
            "summary_polyline": stored(activity["map"]["summary_polyline"], "summary_polyline"),
            "description": stored(told["activity_details"][1]["description"]),
            "gear_name": stored(told["export_activities"][1]["gear_name"]),
        }  # fmt: skip
        row = tables["activities"][activity_id]
        assert {name: row[name] for name in expected} == expected, n
        assert laps[activity_id] == stored(text(n, 13)) and zones[activity_id] == stored(text(n, 14))
        gear = {name: stored(value, name) for name, value in told["gear"][1].items()}
        gear["name"] = stored(told["gear"][1]["name"])
        assert {name: tables["gear"][f"b{n}"][name] for name in gear} == gear
        renamed = {"firstname": "first_name", "lastname": "last_name"}
        athlete = {renamed.get(name, name): stored(value) for name, value in told["athletes"][1].items()}
        assert {name: tables["athletes"][n][name] for name in athlete} == athlete
        compared += len(expected) + 2 + len(gear) + len(athlete)
    series: dict[int, set[str]] = {}
    for row in rows(work, "activity_streams"):
        series.setdefault(row["activity_id"], set()).add(row["stream_type"])
    assert all(
        "time" in series[20_000_000_000 + n]
        and (text(n, 15) in ("latlng", "moving") or as_stored(text(n, 15)) in series[20_000_000_000 + n])
        for n in range(len(TEXTS))
    )
    figure(
        f"{len(TEXTS)} strings in every text field of Strava's answers: {compared:,} of {compared:,} sign for sign"
    )


@pytest.mark.promise("F1")
def test_no_string_was_taken_for_an_order_and_what_is_printed_is_inert(
    work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = work.settings.data_dir
    with duckdb.connect(work.settings.warehouse_file, read_only=True) as connection:
        found = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall()
    assert {name for (name,) in found if name.startswith("strava.")} == {
        name for name in table_docs() if name.startswith("strava.")
    }
    assert {path.name for path in folder.iterdir()} == {"landing", "lake", "state", "warehouse.duckdb"}
    monkeypatch.setenv("PACELINE_DATA_DIR", str(folder))
    shown = paceline(
        "sql", "SELECT left(name, 200), left(sport_type, 200) FROM strava.activities", "--rows", "999"
    )
    assert shown.code == 0 and is_inert(shown.out) and len(shown.out.splitlines()) == len(TEXTS) + 5


# ------------------------------------------------------------------ other shapes


@pytest.mark.promise("B6")
@pytest.mark.tier("N")
def test_answers_that_change_their_shape_spoil_no_other_row(
    tmp_path: Path, draw: random.Random, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    """One change of one place of one kind of answer at a time; all else is stored, and a right answer heals it."""
    strava = StravaInProcess(6)
    probe = strava.workspace(tmp_path / "probe").client
    ids = sorted(strava.truth())
    recorded = next(one for one in reversed(ids) if strava.truth()[one]["has_heartrate"])
    samples = {
        "strava_activities": ("0", probe.activities().payload[0]),
        "strava_activity": ("", probe.activity(str(recorded)).payload),
        "strava_zones": ("0", probe.zones(str(recorded)).payload[0]),
        "strava_athlete": ("", probe.athlete().payload),
    }
    wanted, fatal = size(P=4, N=100), []
    for number in range(wanted):
        endpoint = draw.choice(list(samples))
        at, sample = samples[endpoint]
        mutation = draw_mutation(draw, at or "x", sample if at else {"x": sample}["x"])
        path = mutation.path if at else mutation.path.removeprefix("x.")
        fault = {**mutation.fault(endpoint=endpoint), "path": path}
        folder = tmp_path / str(number)
        strava.faults(fault)
        work = strava.workspace(folder)
        try:
            listed(work)
            items(work)
            build(work)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what the test is about)
            fatal.append((fault, repr(error)))
            continue
        missing = {*ids} - {*activities(work)}
        if len(missing) > 1:
            fatal.append((fault, f"missing {missing}"))
        strava.faults()
        healed = strava.workspace(folder)
        listed(healed, full=True)
        build(healed)
        if known(healed) < {*ids}:
            fatal.append((fault, "was not healed"))
    assert fatal == []
    figure(f"{wanted} changed shapes of Strava's answers: no other row lost, healed by the next right answer")
