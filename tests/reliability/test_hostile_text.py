"""Hostile strings in every text field of every answer: kept sign for sign, or changed by one of two written rules.

The payloads are made from the very schemas that the statements read, so a new field cannot be left out: it is filled
by itself, and the test fails until `KEPT` says where it is stored.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from command_line import is_inert, paceline
from hostile import MEGABYTE, TEXTS, as_stored
from landed import MAY_2024, Zone

from peloton_assets.transform import SQL
from resources.state import State
from resources.table_docs import table_docs
from resources.warehouse import publish

Json = Any
pytestmark = pytest.mark.promise("F1")

SCHEMA = re.compile(r"from_json\(\s*\w+, '(\{.*?\})'\s*\)", re.DOTALL)
# Statement to the text fields it reads, and where each of them is published. Lists are published as lists.
KEPT: dict[str, dict[str, str]] = {
    "staging/ride_listings": {
        "id": "peloton.rides.ride_id",
        **{
            name: f"peloton.rides.{name}"
            for name in (
                "title", "description", "instructor_id", "individual_instructor_ids[]", "fitness_discipline",
                "difficulty_level", "class_type_ids[]", "equipment_ids[]", "series_id", "image_url", "language",
                "origin_locale", "location", "content_provider", "content_availability_level",
            )
        },
        "equipment_tags[].id": "peloton.equipment.equipment_id",
        "equipment_tags[].name": "peloton.equipment.name",
        "equipment_tags[].slug": "peloton.equipment.slug",
        "equipment_tags[].icon_url": "peloton.equipment.icon_url",
        # Only inside of workouts, where instructors of classes that no list shows are found.
        **dict.fromkeys(("instructor.id", "instructor.name", "instructor.image_url"), "landing zone only"),
    },
    "peloton/instructors": {
        name: f"peloton.instructors.{name}"
        for name in ("name", "image_url", "bio", "quote", "fitness_disciplines[]", "individual_instructor_ids[]")
    },
    "peloton/class_types": {
        name: f"peloton.class_types.{name}" for name in ("name", "display_name", "fitness_discipline")
    },
    "peloton/equipment": {name: f"peloton.equipment.{name}" for name in ("name", "slug", "icon_url")},
    "staging/ride_details": {
        "ride.instructor.id": "peloton.instructors.instructor_id",
        "ride.instructor.name": "peloton.instructors.name",
        "ride.instructor.image_url": "peloton.instructors.image_url",
        "class_types[].id": "peloton.class_types.class_type_id",
        "class_types[].name": "peloton.class_types.name",
        "playlist.id": "peloton.playlists.playlist_id",
        "playlist.songs[].id": "peloton.songs.song_id",
        "playlist.songs[].title": "peloton.songs.title",
        "playlist.songs[].album.id": "landing zone only",
        "playlist.songs[].album.name": "peloton.songs.album_name",
        "playlist.songs[].album.image_url": "peloton.songs.image_url",
        "playlist.songs[].artists[].artist_id": "peloton.song_artists.artist_id",
        "playlist.songs[].artists[].artist_name": "peloton.song_artists.artist_name",
        "playlist.songs[].artists[].artist_alias_id": "peloton.song_artists.artist_alias_id",
    },
    "staging/workout_listings": {
        "id": "peloton.workouts.workout_id",
        "peloton_id": "peloton.workouts.class_session_id",
        "ride.id": "peloton.workouts.ride_id",
        **{
            name: f"peloton.workouts.{name}"
            for name in (
                "user_id", "status", "fitness_discipline", "workout_type", "title", "timezone", "device_type",
                "platform",
            )
        },
        # Where there is no better word.
        **dict.fromkeys(("name", "ride.title", "peloton.ride.id", "peloton.ride.title"), "landing zone only"),
    },
    "staging/workout_graphs": {
        "metrics[].slug": "peloton.workout_samples.metric",
        "metrics[].display_unit": "peloton.workout_samples.unit",
        # Names that choose a column, and units of what has none of those names.
        **dict.fromkeys(
            ("summaries[].slug", "summaries[].display_unit", "average_summaries[].slug",
             "average_summaries[].display_unit", "metrics[].zones[].slug", "metrics[].alternatives[].slug",
             "metrics[].alternatives[].display_name", "metrics[].alternatives[].display_unit"),
            "landing zone only",
        ),
    },
}  # fmt: skip
# Tables of names, by the answer and the key under which their rows come. Their ids stand outside of the schemas.
NAMED = {
    "peloton/instructors": ("instructors", "data", "instructor_id"),
    "peloton/class_types": ("metadata_mappings", "class_types", "class_type_id"),
    "peloton/equipment": ("metadata_mappings", "equipment", "equipment_id"),
}
TRIMMED = ("peloton.class_types.name", "peloton.class_types.display_name")  # as docs/tables.md says of both
BLANKS = "".join(sign for sign in map(chr, range(sys.maxunicode)) if unicodedata.category(sign) == "Zs")
NUMBERS = dict.fromkeys(
    ("original_air_time", "scheduled_start_time", "created_at", "start_time", "end_time"), MAY_2024
)


def schemas() -> dict[str, Json]:
    """Every JSON schema of every statement, by folder and file."""
    found = {}
    for path in sorted(SQL.glob("*/*.sql")):
        texts = SCHEMA.findall(path.read_text())
        assert len(texts) == path.read_text().count("from_json("), (
            f"a schema of {path.name} was not understood"
        )
        if texts:
            (text,) = texts
            found[f"{path.parent.name}/{path.stem}"] = json.loads(text)
    return found


def filled(schema: Json, text: Callable[[str], str], path: str = "") -> Json:
    """A payload of this schema; `text` gives the string for each path."""
    if isinstance(schema, dict):
        return {key: filled(kind, text, f"{path}.{key}".lstrip(".")) for key, kind in schema.items()}
    if isinstance(schema, list):
        return [filled(schema[0], text, f"{path}[]")]
    if schema == "VARCHAR":
        return text(path)
    return NUMBERS.get(path, 1)


def text_paths(schema: Json) -> list[str]:
    seen: list[str] = []
    filled(schema, lambda path: seen.append(path) or "")  # type: ignore[func-returns-value]
    return seen


class Spread:
    """Every string of the corpus in every field of one schema: string `n + k` in the k-th field of payload `n`."""

    def __init__(self, name: str, schema: Json) -> None:
        self.name, self.schema = name, schema
        self.paths = text_paths(schema)
        self.keys = {path for path in self.paths if self._is_key(path)}

    def _is_key(self, path: str) -> bool:
        table, _, column = KEPT[self.name].get(path, "").rpartition(".")
        return table in table_docs() and table_docs()[table].key == (column,)

    def text(self, n: int, path: str) -> str:
        """What payload `n` holds at a path. Keys are made different by their end, and from those of other schemas."""
        text = TEXTS[(n + self.paths.index(path)) % len(TEXTS)]
        return f"{text} {self.name} {n}" if path in self.keys else text

    def payload(self, n: int) -> Json:
        return filled(self.schema, lambda path: self.text(n, path))


SPREADS = {name: Spread(name, schema) for name, schema in schemas().items() if name in KEPT}


def name_id(name: str, n: int) -> str:
    """Id of an entry of a table of names."""
    return f"{TEXTS[n]} {name} {n}"


@pytest.fixture(scope="module")
def zone(tmp_path_factory: pytest.TempPathFactory) -> Zone:
    """A landing zone in which every field of every answer held every string, and all that was built from it."""
    zone = Zone(tmp_path_factory.mktemp("hostile"))
    listed, detailed = SPREADS["staging/ride_listings"], SPREADS["staging/ride_details"]
    every = range(len(TEXTS))
    zone.list_page(listed.payload(n) for n in every)
    ride_ids = [as_stored(listed.text(n, "id")) for n in every]  # as they are asked for
    zone.land("ride_details", "2024-05", *[(ride_ids[n], detailed.payload(n)) for n in every])
    for name, (resource, key, _) in NAMED.items():
        entries = [{**SPREADS[name].payload(n), "id": name_id(name, n)} for n in every]
        zone.land(resource, "2024-05", ("0", {key: entries}))
    workouts, graphs = SPREADS["staging/workout_listings"], SPREADS["staging/workout_graphs"]
    zone.land("user_workouts", "2024-05-01", ("member", {"data": [workouts.payload(n) for n in every]}))
    asked = [as_stored(workouts.text(n, "id")) for n in every]
    zone.land("performance_graphs", "2024-05", *[(asked[n], graphs.payload(n)) for n in every])
    zone.build()
    return zone


@pytest.fixture(scope="module")
def warehouse(zone: Zone) -> Path:
    folder = zone.lake.root.parent
    publish(folder / "warehouse.duckdb", zone.lake, State(folder / "state"))
    return folder / "warehouse.duckdb"


def rows(warehouse: Path, table: str) -> list[dict[str, Any]]:
    with duckdb.connect(warehouse, read_only=True) as connection:
        found = connection.execute(f"FROM {table}")
        columns = [column[0] for column in found.description or []]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def test_the_corpus_is_large_and_every_field_has_a_place(figure: Callable[[str], None]) -> None:
    assert len(TEXTS) == len(set(TEXTS)) >= 150
    assert max(map(len, TEXTS)) == MEGABYTE
    found = {name: set(text_paths(schema)) for name, schema in schemas().items()}
    assert {name: paths for name, paths in found.items() if paths} == {
        name: set(places) for name, places in KEPT.items()
    }
    columns = {f"{doc.name}.{column}" for doc in table_docs().values() for column in doc.columns}
    places = [place.removesuffix("[]") for places in KEPT.values() for place in places.values()]
    assert set(places) - columns == {"landing zone only"}
    figure(f"{len(TEXTS)} strings in {len(places)} fields")


def expected_of(name: str, n: int) -> dict[str, Any]:
    """Published columns of payload `n`, by table and column."""
    expected: dict[str, Any] = {}
    for path, place in KEPT[name].items():
        if place == "landing zone only":
            continue
        value: str | None = as_stored(SPREADS[name].text(n, path))
        value = value.strip(BLANKS) if place in TRIMMED else value
        if place == "peloton.workouts.ride_id" and not value.strip("0-"):
            value = None  # an id of zeros is no class: Just Ride and the like
        is_list = place.endswith("[]")
        expected[place.removesuffix("[]")] = [value] if is_list else value
    return expected


def test_every_text_is_published_sign_for_sign(warehouse: Path, figure: Callable[[str], None]) -> None:
    tables = {name: rows(warehouse, name) for name in table_docs() if name.startswith("peloton.")}
    by_key = {
        name: {tuple(row[column] for column in table_docs()[name].key): row for row in found}
        for name, found in tables.items()
    }
    compared = 0
    for name, spread in SPREADS.items():
        for n in range(len(TEXTS)):
            ride_id = as_stored(SPREADS["staging/ride_listings"].text(n, "id"))
            keys: dict[str, tuple[Any, ...]] = {
                "peloton.rides": (ride_id,),
                "peloton.playlists": (ride_id,),
                "peloton.songs": (ride_id, 1),
                "peloton.song_artists": (ride_id, 1, 1),
            }
            if name == "staging/workout_graphs":
                workout_id = as_stored(SPREADS["staging/workout_listings"].text(n, "id"))
                keys["peloton.workout_samples"] = (workout_id, as_stored(spread.text(n, "metrics[].slug")), 1)
            if name in NAMED:
                keys[name.replace("/", ".")] = (as_stored(name_id(name, n)),)
            for path in spread.keys:
                table = KEPT[name][path].rpartition(".")[0]
                keys[table] = (as_stored(spread.text(n, path)),)
            for place, value in expected_of(name, n).items():
                table, _, column = place.rpartition(".")
                assert by_key[table][keys[table]][column] == value, (place, n)
                compared += 1
    figure(f"{compared:,} of {compared:,} stored values sign for sign")


def test_no_string_was_taken_for_an_order(warehouse: Path, zone: Zone) -> None:
    found = rows(warehouse, "duckdb_tables() WHERE NOT internal")
    assert {f"{row['schema_name']}.{row['table_name']}" for row in found} == {
        name for name in table_docs() if name.startswith(("peloton.", "ops."))
    }
    counts = {name: len(rows(warehouse, name)) for name in table_docs() if name.startswith("peloton.")}
    n = len(TEXTS)
    assert counts.pop("peloton.tracks") <= n
    assert counts.pop("peloton.ride_plays") == n
    assert counts.pop("peloton.track_terms") > 0
    placeholders = len(rows(warehouse, "peloton.rides WHERE is_placeholder"))
    assert 0.9 * n < placeholders <= n, "those of workouts, but for ids that are none"
    counts["peloton.rides"] -= placeholders
    assert counts == {
        "peloton.workouts": n, "peloton.workout_summaries": n, "peloton.workout_samples": 2 * n,
        "peloton.rides": n, "peloton.playlists": n, "peloton.songs": n, "peloton.song_artists": n,
        "peloton.instructors": 2 * n, "peloton.class_types": 2 * n, "peloton.equipment": 2 * n,
    }  # fmt: skip
    folders = {path.name for path in zone.lake.root.parent.iterdir()}
    assert folders == {"landing", "lake", "state", "warehouse.duckdb"}


SHOWN = ("title, description FROM peloton.rides", "title, artist_names, album_name FROM peloton.songs")


def test_what_the_commands_print_is_inert(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables have a line a row, and JSON says exactly what is stored, in signs that no terminal obeys."""
    monkeypatch.setenv("PACELINE_DATA_DIR", str(warehouse.parent))
    for columns in SHOWN:
        query = f"SELECT left(COLUMNS(*)::VARCHAR, 200) FROM (SELECT {columns})"
        stored = rows(warehouse, f"({query})")
        shown = paceline("sql", query, "--rows", "999")
        told = paceline("sql", query, "--rows", "999", "--json")
        assert (shown.code, told.code) == (0, 0)
        assert is_inert(shown.out) and is_inert(told.out)
        assert json.loads(told.out) == stored
        assert len(shown.out.splitlines()) == len(stored) + 5, "borders, head and count"


def test_an_error_that_repeats_a_stored_text_is_inert(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PACELINE_DATA_DIR", str(warehouse.parent))
    for sign in ("\x1b", "\x9b", "\x07", "\u202e"):
        is_in = f"FROM peloton.rides WHERE contains(title, chr({ord(sign)}))"
        assert rows(warehouse, is_in.removeprefix("FROM "))
        refused = paceline("sql", f"SELECT title::INTEGER {is_in}")
        assert refused.code == 2
        assert "Could not convert string" in refused.err and is_inert(refused.err)
