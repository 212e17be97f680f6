"""Answers that change their shape: the raw answer is kept, no other row suffers, the change is told once.

And a later version that knows the new shape makes of the same raw answers what was always meant.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from engine import build
from equal import content
from mutations import BRAND_NEW, Mutation, draw_mutation
from observing import Row, by_id, quiet, rows
from signing_in import FAST_PER_SECOND, new_workspace, sign_in, stay_signed_in

from peloton_assets import transform
from peloton_assets.details import sync_details
from peloton_assets.drift import known_fields
from peloton_assets.listing import sync_list
from peloton_assets.pending import rebuild_all
from peloton_assets.references import sync_references
from peloton_assets.scope import Scope
from peloton_assets.workspace import Workspace
from resources.landing import read_lines
from resources.warehouse import publish
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("B6")

CLASSES, LAST_DAY = 270, "2019-03-31"
DETAILED = 120
SCOPE = Scope(("2019-01", "2019-02", "2019-03"), classes="all", limit=DETAILED)
WHEN_WE_LOOKED = {"first_listed_at", "last_listed_at", "details_fetched_at", "fetched_at", "removed_at"}
RESOURCES = ("ride_archived", "ride_details", "instructors", "metadata_mappings")


@pytest.fixture(scope="module")
def peloton() -> Iterator[Sandbox]:
    """Three months with many classes. No test here changes them."""
    with Sandbox(rate=0, classes=CLASSES, until=LAST_DAY) as sandbox:
        stay_signed_in(sandbox)
        yield sandbox


def sync(work: Workspace) -> int:
    """List, details, tables of names, the warehouse; the number of news among their fields."""
    with work.crawling():
        listed = sync_list(work, SCOPE, quiet)
        detailed = sync_details(work, SCOPE, quiet)
        sync_references(work, refresh=True)
    build(work)
    return listed.new_drift + detailed.new_drift


@pytest.fixture(scope="module")
def undisturbed(peloton: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The same sync of answers as they always were."""
    with pytest.MonkeyPatch.context() as patch:
        sign_in(peloton, patch)
        patch.setenv("PACELINE_DATA_DIR", str(tmp_path_factory.mktemp("undisturbed")))
        patch.setenv("PELOTON_REQUESTS_PER_SECOND", str(FAST_PER_SECOND))
        work = new_workspace("undisturbed")
        sync(work)
        yield work


def answers(work: Workspace, resource: str) -> list[Row]:
    """What is landed: url and payload of each answer."""
    return [
        json.loads(line) for path in work.landing.sealed("peloton", resource) for line in read_lines(path)
    ]


@dataclass
class Drifting:
    """Mutations of the answers, and the rows that they hit."""

    mutations: dict[str, list[Mutation]] = field(default_factory=dict)
    faults: list[dict[str, Any]] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    lost_ids: set[str] = field(default_factory=set)  # whose own id was changed
    detailed: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def add(self, resource: str, mutation: Mutation, **where: Any) -> None:
        self.mutations.setdefault(resource, []).append(mutation)
        self.faults.append(mutation.fault(**where))


def drift_of(known: Workspace, draw: random.Random, count: int) -> Drifting:
    """So many mutations of each resource, each of another row where there are enough."""
    drift = Drifting()
    pages = {
        answer["payload"]["page"]: answer["payload"]["data"] for answer in answers(known, "ride_archived")
    }
    listed = [(page, place) for page, data in pages.items() for place in range(len(data))]
    for page, place in draw.sample(listed, count):
        row, at = pages[page][place], f"data.{place}"
        mutation = draw_mutation(draw, at, row)
        drift.add("ride_archived", mutation, endpoint="archived", path_contains=f"page={page}&")
        drift.listed.add(row["id"])
        if mutation.path == f"{at}.id":
            drift.lost_ids.add(row["id"])
    for answer in draw.sample(answers(known, "ride_details"), count):
        payload, ride = answer["payload"], answer["item"]
        part = draw.choice(
            [name for name, value in payload.items() if value and isinstance(value, dict | list)]
        )
        mutation = draw_mutation(draw, part, payload[part])
        if mutation.path == "ride.id":
            continue  # then it is not the answer to what was asked
        drift.add("ride_details", mutation, endpoint="details", id=ride)
        drift.detailed.add(ride)
    for resource, endpoint, tables in (
        ("instructors", "instructor", ("data",)),
        ("metadata_mappings", "mappings", ("class_types", "equipment")),
    ):
        payload = answers(known, resource)[0]["payload"]
        entries = [(table, place) for table in tables for place in range(len(payload[table]))]
        hit = draw.sample(entries, len(entries) // 2)
        for _ in range(count):
            table, place = draw.choice(hit)
            drift.add(
                resource, draw_mutation(draw, f"{table}.{place}", payload[table][place]), endpoint=endpoint
            )
            drift.names.add(payload[table][place]["id"])
    return drift


def plain(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in WHEN_WE_LOOKED}


def known_drift(work: Workspace) -> set[tuple[str, str, str, str]]:
    return {
        (row["resource"], row["path"], row["kind"], row["detail"])
        for row in work.state.rows("SELECT resource, path, kind, detail FROM drift")
    }


def test_answers_of_another_shape_harm_nobody_else(
    undisturbed: Workspace,
    work: Workspace,
    peloton: Sandbox,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for round_ in range(size(P=1, N=4, R=10)):
        monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / f"round {round_}"))
        drifting = new_workspace(f"round {round_}")
        drift = drift_of(undisturbed, draw, 100)
        peloton.faults(*drift.faults)
        sync(drifting)
        kept = require_raw_answers(drifting, peloton)
        require_other_rows(drifting, undisturbed, drift)
        told = require_told_once(drifting)
        before = content(drifting.settings.warehouse_file)
        rebuild_all(drifting.lake, drifting.landing, drifting.state)
        publish(drifting.settings.warehouse_file, drifting.lake, drifting.state)
        assert content(drifting.settings.warehouse_file) == before
        kinds = Counter(mutation.kind for each in drift.mutations.values() for mutation in each)
        figure(
            ", ".join(f"{len(drift.mutations[name])} of {name}" for name in RESOURCES)
            + f" in {len(kinds)} kinds: {kept} raw answers kept, {told} news each told once, rebuilt equal"
        )


def require_raw_answers(work: Workspace, peloton: Sandbox) -> int:
    """Each answer is landed as it came, and comes again as long as the faults are in force."""
    session = requests.Session()
    session.headers.update(
        {"Authorization": f"Bearer {peloton.greeting['access_token']}", "Peloton-Platform": "web"}
    )
    landed = [answer for resource in RESOURCES for answer in answers(work, resource)]
    for answer in landed:
        assert answer["payload"] == session.get(answer["url"], timeout=10).json(), answer["url"]
    assert len(landed) > DETAILED
    return len(landed)


def require_other_rows(work: Workspace, undisturbed: Workspace, drift: Drifting) -> None:
    """Rows that no mutation hit are as they were, and a row that was hit is still there unless its id was."""
    rides, expected = (by_id(each.lake, "peloton.rides") for each in (work, undisturbed))
    assert rides.keys() >= expected.keys() - drift.lost_ids
    detailed, as_before = (by_id(each.lake, transform.DETAILS) for each in (work, undisturbed))
    untouched = [
        ride
        for ride in expected.keys() - drift.listed - drift.detailed
        if (ride in detailed) == (ride in as_before)
    ]
    assert len(untouched) > len(expected) // 3
    for ride in untouched:
        assert plain(rides[ride]) == plain(expected[ride])
    both = detailed.keys() & as_before.keys() - drift.detailed
    assert len(both) > (DETAILED - len(drift.detailed)) // 2
    for ride in both:
        assert plain(detailed[ride]) == plain(as_before[ride])
    names, names_before = (
        {(row["kind"], row["id"]): row["entry"] for row in rows(each.lake, transform.REFERENCES)}
        for each in (work, undisturbed)
    )
    for (kind, name), entry in names_before.items():
        assert name in drift.names or names[kind, name] == entry


def new_names(path: str, value: Any) -> Iterator[str]:
    """Where an answer has the field that nobody knew."""
    if isinstance(value, dict):
        for name, inner in value.items():
            where = f"{path}.{name}" if path else name
            if name == BRAND_NEW:
                yield where
            yield from new_names(where, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from new_names(path, inner)


def require_told_once(work: Workspace) -> int:
    """Whatever is new in the parts that we read is told, and by the next sync no more."""
    told = known_drift(work)
    for resource in RESOURCES:
        read_into = {path.rpartition(".")[0] for path in known_fields(resource)}
        for answer in answers(work, resource):
            for path in new_names("", answer["payload"]):
                if path.rpartition(".")[0] in read_into:
                    assert any(news[:3] == (resource, path, "unknown") for news in told), path
    work.run_id = "again"
    with work.crawling():
        assert sync_list(work, SCOPE, quiet).new_drift == 0
    sync_references(work, refresh=True)
    assert known_drift(work) == told != set()
    return len(told)


# ------------------------------------------------------------------ a later version

RENAMED = {
    "kind": "field",
    "path": "data.*.duration",
    "op": "rename",
    "value": "seconds_of_class",
    "times": 0,
}
LATER = {
    '"duration": "BIGINT"': '"duration": "BIGINT", "seconds_of_class": "BIGINT"',
    "ride.duration AS duration_s": "coalesce(ride.duration, ride.seconds_of_class) AS duration_s",
}


def test_a_later_version_makes_of_the_raw_answers_what_was_meant(
    undisturbed: Workspace,
    work: Workspace,
    peloton: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    figure: Callable[[str], None],
) -> None:
    peloton.faults({**RENAMED, "endpoint": "archived"})
    with work.crawling():
        sync_list(work, SCOPE, quiet)
    build(work)
    durations = {ride: row["duration_s"] for ride, row in by_id(work.lake, "peloton.rides").items()}
    assert set(durations.values()) == {None}
    assert ("ride_archived", "data.seconds_of_class", "unknown", "number") in known_drift(work)

    later = shutil.copytree(transform.SQL, tmp_path / "later version")
    listings = later / "staging" / "ride_listings.sql"
    text = listings.read_text()
    for old, new in LATER.items():
        assert old in text
        text = text.replace(old, new)
    listings.write_text(text)
    monkeypatch.setattr(transform, "SQL", later)
    peloton.reset()
    rebuild_all(work.lake, work.landing, work.state)
    healed = {ride: row["duration_s"] for ride, row in by_id(work.lake, "peloton.rides").items()}
    assert healed == {
        ride: row["duration_s"] for ride, row in by_id(undisturbed.lake, "peloton.rides").items()
    }
    assert peloton.counters()["total"] == 0
    figure(
        f"a renamed field in {len(healed)} rows: healed by a later version from the raw answers, 0 requests"
    )
