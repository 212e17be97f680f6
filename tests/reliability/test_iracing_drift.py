"""iRacing's documents change their shape: the raw answer is kept, no other row suffers, the change is told once.

And a later version that knows the new shape makes of the same raw answers what was always meant.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from equal import content
from mutations import BRAND_NEW, Mutation, draw_mutation
from racing_in_process import CATALOGUE, RacingInProcess, Row, build, crawl, landed, rows

from iracing_assets import transform
from iracing_assets.documents import BY_ID, CURRENT, KNOWN_FIELDS
from iracing_assets.rebuild import rebuild_all
from iracing_assets.workspace import Workspace
from resources.drift import known_fields
from resources.lake import Lake
from resources.warehouse import publish

pytestmark = pytest.mark.promise("B6")

RESOURCES = (*CATALOGUE, CURRENT)
# Table to its key, and the resources that its rows are made of.
TABLES = {
    "iracing.series": ("series_id", ("series_get", "series_assets", CURRENT)),
    "iracing.cars": ("car_id", ("car_get", "car_assets")),
    "iracing.car_classes": ("car_class_id", ("carclass_get",)),
    "iracing.tracks": ("track_id", ("track_get", "track_assets")),
    "iracing.seasons": ("season_id", (CURRENT,)),
    "iracing.events": ("season_id", (CURRENT,)),
    "iracing.event_car_restrictions": ("season_id", (CURRENT,)),
    "iracing.time_slots": ("season_id", (CURRENT,)),
}


def key_of(resource: str) -> str:
    return {"carclass_get": "car_class_id", CURRENT: "season_id"}.get(
        resource, f"{resource.partition('_')[0]}_id"
    )


@dataclass
class Drifting:
    """Mutations, as faults; ids of the things that they hit, and of those whose own id was hit."""

    faults: list[Row] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    hit: dict[str, set[int]] = field(default_factory=dict)
    lost: dict[str, set[int]] = field(default_factory=dict)

    def add(self, resource: str, mutation: Mutation, thing: int, at: str) -> None:
        where = {"endpoint": "iracing_storage", "id": f"iracing_{resource}"}
        self.faults.append(mutation.fault(**where))
        self.kinds[mutation.kind] += 1
        self.hit.setdefault(resource, set()).add(thing)
        if mutation.path == f"{at}.{key_of(resource)}":
            self.lost.setdefault(resource, set()).add(thing)


def drift_of(known: Workspace, draw: random.Random, count: int) -> Drifting:
    """So many mutations of each resource, within half of its things."""
    drift = Drifting()
    for resource in RESOURCES:
        payload = landed(known, resource)[0]["payload"]
        places = list(payload) if resource in BY_ID else list(range(len(payload)))
        chosen = draw.sample(places, max(1, len(places) // 2))
        for _ in range(count):
            place = draw.choice(chosen)
            thing, at = payload[place], str(place)
            if resource == CURRENT and draw.random() < 0.7:
                week = draw.randrange(len(thing["schedules"]))
                mutation = draw_mutation(draw, f"{at}.schedules.{week}", thing["schedules"][week])
            else:
                mutation = draw_mutation(draw, at, thing)
            drift.add(resource, mutation, thing[key_of(resource)], at)
    series_hit = {
        season["series_id"]
        for season in landed(known, CURRENT)[0]["payload"]
        if season["season_id"] in drift.hit[CURRENT]
    }
    drift.hit["series_get"] |= series_hit  # a series is also known from its schedules
    return drift


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    work = RacingInProcess(series=24).workspace(tmp_path_factory.mktemp("undisturbed") / "data")
    crawl(work)
    build(work)
    return work


def known_drift(work: Workspace) -> set[tuple[str, str, str]]:
    found = work.state.rows("SELECT resource, path, kind FROM drift")
    return {(row["resource"], row["path"], row["kind"]) for row in found}


@pytest.mark.tier("N")
def test_documents_of_another_shape_harm_nobody_else(
    undisturbed: Workspace,
    tmp_path: Path,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    for round_ in range(size(P=1, N=4, R=10)):
        racing = RacingInProcess(series=24)
        work = racing.workspace(tmp_path / str(round_), "first")
        drift = drift_of(undisturbed, draw, 100)
        racing.faults(*drift.faults)
        crawl(work)
        build(work)
        require_raw_answers(work, racing)
        untouched = require_other_rows(work.lake, undisturbed.lake, drift)
        told = require_told_once(work, racing)
        before = content(work.settings.warehouse_file, without=())
        rebuild_all(work.lake, work.landing, work.state)
        publish(work.settings.warehouse_file, work.lake, work.state)
        after = content(work.settings.warehouse_file, without=())
        assert {name for name in before if before[name] != after[name]} == set()
        figure(
            f"{drift.kinds.total()} changes in {len(drift.kinds)} kinds of {len(RESOURCES)} documents of iRacing:"
            f" {untouched} other rows as they were, {told} news told once, rebuilt equal"
        )


def require_raw_answers(work: Workspace, racing: RacingInProcess) -> None:
    """Each document is landed as it came, and comes again while the faults are in force."""
    client = racing.workspace(work.settings.data_dir).client
    for resource in CATALOGUE:  # the seasons move by themselves
        (line,) = landed(work, resource)
        address = resource.replace("_", "/")
        assert line["payload"] == client.get(address, lambda _: None).payload, resource
    assert len(landed(work, CURRENT)) == 1


def require_other_rows(lake: Lake, as_before: Lake, drift: Drifting) -> int:
    compared = 0
    for table, (key, resources) in TABLES.items():
        hit = set[int]().union(
            *(drift.hit[resource] for resource in resources if resource_of(table, resource))
        )
        lost = set[int]().union(*(drift.lost.get(resource, set()) for resource in resources))
        expected, found = (
            [
                {name: value for name, value in row.items() if name != "first_seen_at"}
                for row in rows(each, table)
            ]
            for each in (as_before, lake)
        )
        others = [row for row in expected if row[key] not in hit]
        assert others, table
        assert [row for row in others if row not in found] == [], table
        if table in ("iracing.cars", "iracing.tracks", "iracing.car_classes", "iracing.seasons"):
            assert {row[key] for row in found} >= {row[key] for row in expected} - lost, table
        compared += len(others)
    return compared


def resource_of(table: str, resource: str) -> bool:
    """Whether the ids that were hit in a resource are those of a table's key."""
    return key_of(resource) == TABLES[table][0]


def new_names(path: str, value: Any) -> set[str]:
    """Where a document has the field that nobody knew."""
    if isinstance(value, dict):
        found = {f"{path}.{name}".lstrip(".") for name in value if name == BRAND_NEW}
        return found.union(*(new_names(f"{path}.{name}".lstrip("."), inner) for name, inner in value.items()))
    return (
        set[str]().union(*(new_names(path, inner) for inner in value)) if isinstance(value, list) else set()
    )


def require_told_once(work: Workspace, racing: RacingInProcess) -> int:
    told = known_drift(work)
    for resource in RESOURCES:
        containers = {path.rpartition(".")[0] for path in known_fields(KNOWN_FIELDS, resource)}
        payload = landed(work, resource)[0]["payload"]
        things = list(payload.values()) if resource in BY_ID else payload
        for path in new_names("", things):
            if path.rpartition(".")[0] in containers:
                assert (resource, path, "unknown") in told, path
    again = racing.workspace(work.settings.data_dir, "second")
    crawl(again)
    build(again)
    assert known_drift(again) == told != set()
    assert again.state.rows("SELECT path FROM drift WHERE run_id = 'second'") == []
    return len(told)


# ------------------------------------------------------------------ a later version

LATER = {
    '"race_lap_limit": "INTEGER"': '"race_lap_limit": "INTEGER", "laps_of_race": "INTEGER"',
    "week.race_lap_limit AS race_lap_limit": "coalesce(week.race_lap_limit, week.laps_of_race) AS race_lap_limit",
}


def test_a_later_version_makes_of_the_raw_answers_what_was_meant(
    undisturbed: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    racing = RacingInProcess(series=24)
    work = racing.workspace(tmp_path / "data")
    renamed = {
        "kind": "field",
        "path": "*.schedules.*.race_lap_limit",
        "op": "rename",
        "value": "laps_of_race",
    }
    racing.faults({**renamed, "times": 0, "endpoint": "iracing_storage", "id": "iracing_series_seasons"})
    crawl(work)
    build(work)
    assert {row["race_lap_limit"] for row in rows(work.lake, "iracing.events")} == {None}
    assert (CURRENT, "schedules.laps_of_race", "unknown") in known_drift(work)
    later = shutil.copytree(transform.SQL, tmp_path / "later version")
    weeks = later / "staging" / "weeks.sql"
    text = weeks.read_text()
    for old, new in LATER.items():
        assert old in text
        text = text.replace(old, new)
    weeks.write_text(text)
    monkeypatch.setattr(transform, "SQL", later)
    racing.asked()
    rebuild_all(work.lake, work.landing, work.state)
    healed, meant = (
        {
            (row["season_id"], row["race_week_num"]): row["race_lap_limit"]
            for row in rows(each.lake, "iracing.events")
        }
        for each in (work, undisturbed)
    )
    assert healed == meant and len(set(meant.values())) > 5
    assert json.dumps(racing.asked()) == "{}"
    figure(f"a renamed field of {len(healed)} race weeks: healed by a later version, 0 requests")
