"""Hostile strings in every text field of every iRacing document: kept sign for sign, or changed by a written rule.

The payloads are made from the very schemas that the statements read, so a new field cannot be left out: it is filled
by itself, and the test fails until `KEPT` says where it is stored. See `test_hostile_text`, which is this for Peloton.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest
from command_line import is_inert
from equal import USER_TABLES
from hostile import TEXTS, as_stored
from landed import Told
from racing_in_process import RacingInProcess, build
from test_hostile_text import filled, text_paths

from iracing_assets.schedule_watch import ScheduleChange, worded
from iracing_assets.transform import SQL
from iracing_assets.workspace import Workspace
from resources.table_docs import table_docs

Json = Any
pytestmark = pytest.mark.promise("F1")

SCHEMA = re.compile(r"from_json\(.*?, '([\[{].*?[\]}])'\s*\)", re.DOTALL)
SEEN_AT = datetime(2026, 11, 20, tzinfo=UTC)
ALONE, TRIMMED, IMAGE, NOWHERE = (
    "as it is",
    "without blanks, null where it says nothing",
    "address",
    "raw only",
)
LOGO = "img/logos/series/"
# Statement and place of the schema in it: the kind of thing, and where each of its texts is published, by which rule.
KEPT: dict[tuple[str, int], tuple[str, dict[str, tuple[str, str]]]] = {
    ("car_classes", 0): ("car_class", {
        "name": ("car_classes.name", TRIMMED), "short_name": ("car_classes.short_name", TRIMMED),
    }),
    ("cars", 0): ("car_assets", {
        "detail_copy": ("cars.about_html", TRIMMED), "folder": ("", NOWHERE), "large_image": ("", NOWHERE),
    }),
    ("cars", 1): ("car", {
        "car_name": ("cars.car_name", TRIMMED), "car_name_abbreviated": ("cars.car_name_abbreviated", TRIMMED),
        "categories[]": ("cars.categories", ALONE), "car_types[].car_type": ("cars.car_types", ALONE),
        "first_sale": ("", NOWHERE), "logo": ("cars.logo_url", IMAGE), "folder": ("", NOWHERE),
        "small_image": ("", NOWHERE),
    }),
    ("past_weeks", 0): ("past_week", {
        "[].track.track_name": ("past_weeks.track_name", TRIMMED),
        "[].track.config_name": ("past_weeks.config_name", TRIMMED),
    }),
    ("seasons", 0): ("season", {
        "season_name": ("seasons.season_name", TRIMMED), "season_short_name": ("seasons.season_short_name", TRIMMED),
        "start_date": ("", NOWHERE), "schedule_description": ("seasons.schedule_description", TRIMMED),
    }),
    ("seasons", 1): ("past_season", {
        "season_name": ("seasons.season_name", TRIMMED), "season_short_name": ("seasons.season_short_name", TRIMMED),
    }),
    ("seasons", 2): ("listed_season", {
        "series_name": ("seasons.series_name", TRIMMED), "season_name": ("seasons.season_name", TRIMMED),
    }),
    ("series", 0): ("series", {
        name: (f"series.{name}", TRIMMED)
        for name in ("series_name", "series_short_name", "category", "search_filters", "forum_url")
    }),
    ("series", 1): ("past_series", {
        **{
            name: (f"series.{name}", TRIMMED)
            for name in ("series_name", "series_short_name", "category", "search_filters")
        },
        "logo": ("series.logo_url", LOGO),
    }),
    ("series", 2): ("series_assets", {
        "logo": ("series.logo_url", LOGO), "series_copy": ("series.about_html", TRIMMED),
    }),
    ("tracks", 0): ("track_assets", {
        "detail_copy": ("tracks.about_html", TRIMMED), "track_map": ("", NOWHERE),
        **{
            f"track_map_layers.{name}": ("", NOWHERE)
            for name in ("background", "inactive", "active", "pitroad", "start-finish", "turns")
        },
    }),
    ("tracks", 1): ("track", {
        "track_name": ("tracks.track_name", TRIMMED), "config_name": ("tracks.config_name", TRIMMED),
        "category": ("tracks.category", TRIMMED), "location": ("tracks.location", TRIMMED),
        "time_zone": ("tracks.timezone", TRIMMED), "first_sale": ("", NOWHERE),
    }),
    ("weeks", 0): ("week", {
        "season_name": ("seasons.season_name", TRIMMED), "series_name": ("seasons.series_name", TRIMMED),
        "schedule_name": ("events.schedule_name", TRIMMED), "start_type": ("events.start_type", TRIMMED),
        "restart_type": ("events.restart_type", TRIMMED),
        # Words of which one is chosen, names that join to others, moments that are read or refused.
        **dict.fromkeys(
            ("start_date", "week_end_time", "category", "track.track_name", "track.config_name", "track.category",
             "race_time_descriptors[].start_date", "race_time_descriptors[].first_session_time",
             "race_time_descriptors[].session_times[]", "weather.simulated_start_time"),
            ("", NOWHERE),
        ),
    }),
}  # fmt: skip
NUMBERS_ONLY = {("events", 0)}
KINDS = {kind: place for place, (kind, _) in KEPT.items()}
BLANKS = "".join(sign for sign in map(chr, range(sys.maxunicode)) if unicodedata.category(sign) == "Zs")


def schemas() -> dict[tuple[str, int], Json]:
    """Every JSON schema of every statement."""
    found = {}
    for path in sorted(SQL.glob("*/*.sql")):
        texts = SCHEMA.findall(path.read_text())
        assert len(texts) == path.read_text().count("from_json("), (
            f"a schema of {path.name} was not understood"
        )
        found |= {(path.stem, place): json.loads(text) for place, text in enumerate(texts)}
    return found


SCHEMAS = schemas()
PATHS = {place: text_paths(schema) for place, schema in SCHEMAS.items()}


def text_of(place: tuple[str, int], n: int, path: str) -> str:
    """String `n + k` in the k-th field of thing `n`."""
    return TEXTS[(n + PATHS[place].index(path)) % len(TEXTS)]


def payload(kind: str, n: int) -> Json:
    place = KINDS[kind]
    return filled(SCHEMAS[place], lambda path: text_of(place, n, path))


def id_of(kind: str, n: int) -> int:
    """Things of different kinds have different ids, so that none of them says what another leaves out."""
    return 10_000 * (1 + sorted(KINDS).index(kind)) + n


EVERY = range(len(TEXTS))


def documents() -> dict[str, list[Json]]:
    """All documents, by their folder in the landing zone."""

    def things(kind: str, key: str, **more: Json) -> list[Json]:
        return [{**payload(kind, n), **more, key: id_of(kind, n)} for n in EVERY]

    def by_id(kind: str, key: str) -> Json:
        return {str(row[key]): row for row in things(kind, key)}

    week = {"race_week_num": 0, "start_date": "2026-11-17", "category": None}
    past = [
        {**row, "race_weeks": [{**payload("past_week", n)[0], "race_week_num": 0}]}
        for n, row in enumerate(things("past_season", "season_id"))
    ]
    shown = lambda kind, key: [{key: id_of(kind, n)} for n in EVERY]  # noqa: E731
    return {
        "carclass_get": [things("car_class", "car_class_id")],
        "car_get": [things("car", "car_id") + shown("car_assets", "car_id")],
        "car_assets": [by_id("car_assets", "car_id")],
        "track_get": [things("track", "track_id") + shown("track_assets", "track_id")],
        "track_assets": [by_id("track_assets", "track_id")],
        "series_get": [things("series", "series_id") + shown("series_assets", "series_id")],
        "series_assets": [by_id("series_assets", "series_id")],
        "series_stats_series": [things("past_series", "series_id", seasons=[])],
        "series_past_seasons": [{"success": True, "series": {"series_id": 1, "seasons": past}}],
        "season_list": [{"seasons": things("listed_season", "season_id")}],
        "series_seasons": [things("season", "season_id", schedules=[])],
        "series_season_schedule": [
            {"success": True, "season_id": row["season_id"], "schedules": [row]}
            for row in things("week", "season_id", **week)
        ],
    }


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A data folder in which every field of every document held every string."""
    work = RacingInProcess(series=1).workspace(tmp_path_factory.mktemp("hostile") / "data")
    for resource, payloads in documents().items():
        with work.landing.writer("iracing", resource, "2026-11") as writer:
            for number, each in enumerate(payloads):
                writer.write(Told(json.dumps(each), SEEN_AT), str(number))
    work.merge()
    build(work)
    return work


def test_every_field_has_a_place(figure: Callable[[str], None]) -> None:
    assert PATHS.keys() == KEPT.keys() | NUMBERS_ONLY
    for place, paths in PATHS.items():
        assert set(paths) == set(KEPT[place][1] if place in KEPT else ()), place
    columns = {f"{doc.name}.{column}" for doc in table_docs().values() for column in doc.columns}
    named = [
        f"iracing.{column}"
        for _, places in KEPT.values()
        for column, rule in places.values()
        if rule != NOWHERE
    ]
    assert set(named) <= columns
    figure(f"{len(TEXTS)} strings in {sum(map(len, PATHS.values()))} fields of iRacing")


def expected(text: str, rule: str) -> Any:
    text = as_stored(text)
    if rule == ALONE:
        return [text]
    told = text.strip(BLANKS)
    if told.lower() in ("", "n/a", "null"):
        return None
    if rule == TRIMMED:
        return told
    told = (LOGO if rule == LOGO else "") + told
    return told if told.startswith("http") else f"https://images-static.iracing.com/{told.lstrip('/')}"


def test_every_text_is_published_sign_for_sign(work: Workspace, figure: Callable[[str], None]) -> None:
    compared = 0
    with duckdb.connect(work.settings.warehouse_file, read_only=True) as connection:
        for place, (kind, places) in KEPT.items():
            for path, (column, rule) in places.items():
                if rule == NOWHERE:
                    continue
                table, _, name = column.partition(".")
                key = table_docs()[f"iracing.{table}"].key[0]
                stored = dict(connection.execute(f"SELECT {key}, {name} FROM iracing.{table}").fetchall())
                owner = "past_season" if kind == "past_week" else kind
                for n in EVERY:
                    assert stored[id_of(owner, n)] == expected(text_of(place, n, path), rule), (kind, path, n)
                    compared += 1
    figure(f"{compared:,} of {compared:,} stored values of iRacing sign for sign")


def test_no_string_was_taken_for_an_order(work: Workspace) -> None:
    with duckdb.connect(work.settings.warehouse_file, read_only=True) as connection:
        tables = {table for (table,) in connection.execute(USER_TABLES).fetchall()}
        assert (
            {table for table in table_docs() if table.startswith("iracing.")} <= tables <= set(table_docs())
        )
        counts = dict(
            connection.execute(
                "SELECT table_name, estimated_size FROM duckdb_tables() WHERE schema_name = 'iracing'"
            ).fetchall()
        )
        starts = connection.execute(
            "SELECT count(*) FROM iracing.race_times('0001-01-01'::DATE, '9999-12-31'::DATE)"
        ).fetchall()[0][0]
    n = len(TEXTS)
    assert (counts["events"], counts["car_classes"], counts["cars"], counts["tracks"]) == (n, n, 2 * n, 2 * n)
    assert (counts["seasons"], counts["past_weeks"]) == (4 * n, n)
    assert counts["series"] >= 3 * n
    assert starts == counts["time_slots"], "no text was taken for a pattern"
    assert {path.name for path in work.settings.data_dir.iterdir()} == {
        "landing",
        "lake",
        "state",
        "warehouse.duckdb",
    }
    assert {path.name for path in (work.landing.root / "iracing").iterdir()} == set(documents())


def test_a_change_of_anything_is_one_line_that_a_terminal_only_shows() -> None:
    for n, text in enumerate(TEXTS):
        old, new = TEXTS[n - 1], TEXTS[n - 2]
        line = worded(ScheduleChange(SEEN_AT, 1, text, 0, date(2026, 11, 17), "track", old, new))
        assert is_inert(line) and "\n" not in line, n
