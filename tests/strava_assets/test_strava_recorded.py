"""Every recorded answer of a kind that is read becomes rows: ids exact, local times not shifted, nothing lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from strava_in_process import build, rows

from resources import strava
from resources.settings import load_settings
from strava_assets.listing import moment_of
from strava_assets.transform import SOURCE
from strava_assets.workspace import Workspace

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "recorded" / "strava"
Json = Any
# Folder of the recordings to the folder of the landing zone and the shape that the client wants.
READ = {
    "athlete_activities": "activities", "activity_detail": "activity_details", "activity_zones": "activity_zones",
    "activity_streams": "activity_streams", "gear": "gear", "athlete": "athletes",
}  # fmt: skip
NOT_READ = {
    "activity_comments", "activity_kudos", "activity_laps", "athlete_stats", "athlete_zones", "bulk_export", "errors",
    "oauth_token", "rate_limit_headers", "webhook_events", "webhook_subscriptions",
}  # fmt: skip
EXAMPLES = "strava-swagger"  # of the documents: fields there contradict each other
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    text: str
    fetched_at: datetime
    url: str = "file"
    status: int = 200


def answers(folder: str) -> Iterator[tuple[str, Json]]:
    """File name and answer of every recording of a kind."""
    for path in sorted((RECORDED / folder).glob("*.json")):
        yield path.stem, json.loads(path.read_text())


@pytest.fixture(scope="module")
def recorded() -> dict[str, list[tuple[str, Json]]]:
    if not RECORDED.is_dir():
        pytest.skip(f"no recorded answers at {RECORDED}")
    return {folder: list(answers(folder)) for folder in READ}


def land(work: Workspace, resource: str, month: str, *items: tuple[str, Json]) -> None:
    with work.landing.writer(SOURCE, resource, month) as writer:
        for place, (item, payload) in enumerate(items):
            writer.write(Told(json.dumps(payload), BEGAN + timedelta(seconds=place)), item)


def as_list_rows(recorded: dict[str, list[tuple[str, Json]]]) -> dict[str, Json]:
    """Every recorded activity by id: of lists, and of details that no list shows; the fullest sighting of each."""
    found: dict[str, Json] = {}
    for _, page in recorded["athlete_activities"]:
        found |= {str(row["id"]): row for row in page}
    for _, detail in recorded["activity_detail"]:
        found.setdefault(str(detail["id"]), detail)
    return found


@pytest.fixture(scope="module")
def work(
    recorded: dict[str, list[tuple[str, Json]]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    """All recordings in one data folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PACELINE_DATA_DIR", str(tmp_path_factory.mktemp("recorded") / "data"))
        work = Workspace(load_settings())
    listed = as_list_rows(recorded)
    for activity_id, row in listed.items():
        moment = moment_of(row)
        land(work, "activities", f"{moment or BEGAN:%Y-%m}", (activity_id, row))
    ids = [activity_id for activity_id, row in listed.items() if moment_of(row)]
    for _, detail in recorded["activity_detail"]:
        land(work, "activity_details", (detail["start_date"] or f"{BEGAN}")[:7], (str(detail["id"]), detail))
    for folder in (
        "activity_streams",
        "activity_zones",
    ):  # which tell no id: given to one activity after the other
        for place, (_, answer) in enumerate(recorded[folder]):
            land(work, READ[folder], f"{moment_of(listed[ids[place]]):%Y-%m}", (ids[place], answer))
    for folder in ("gear", "athlete"):
        land(work, READ[folder], "2026-11", *[(str(answer["id"]), answer) for _, answer in recorded[folder]])
    work.merge()
    build(work)
    yield work


def test_every_recorded_kind_is_read_or_known_not_to_be(recorded: dict[str, list[tuple[str, Json]]]) -> None:
    del recorded
    assert {path.name for path in RECORDED.iterdir() if path.is_dir()} == set(READ) | NOT_READ


def test_every_recorded_answer_has_the_shape_that_the_client_wants(
    recorded: dict[str, list[tuple[str, Json]]], figure: Callable[[str], None]
) -> None:
    shapes: dict[str, Callable[[Json], str | None]] = {
        "athlete_activities": strava._wrong_list,
        "activity_detail": lambda told: strava._wrong_activity(told, str(told["id"])),
        "activity_zones": strava._wrong_list,
        "activity_streams": strava._wrong_streams,
        "gear": strava._wrong_object,
        "athlete": strava._wrong_object,
    }
    wrong = {
        f"{folder}/{name}": shapes[folder](answer)
        for folder, told in recorded.items()
        for name, answer in told
        if shapes[folder](answer) is not None and EXAMPLES not in name
    }
    assert wrong == {}
    figure(f"{sum(map(len, recorded.values()))} recorded answers of Strava parsed")


def test_every_recorded_activity_is_a_row_with_its_id_and_times(
    work: Workspace, recorded: dict[str, list[tuple[str, Json]]], figure: Callable[[str], None]
) -> None:
    found = {str(row["activity_id"]): row for row in rows(work, "activities")}
    placed = {key: row for key, row in as_list_rows(recorded).items() if moment_of(row)}
    assert found.keys() == placed.keys() and len(found) > 100
    for activity_id, told in placed.items():
        row = found[activity_id]
        assert row["start_date"] == moment_of(told)
        assert f"{row['start_date_local']:%Y-%m-%dT%H:%M:%SZ}" == told["start_date_local"], "not shifted"
        assert (row["name"], row["elapsed_time_s"], row["distance_m"]) == (
            told["name"], told["elapsed_time"], told["distance"],
        )  # fmt: skip
        assert row["sport_type"] == (told.get("sport_type") or told["type"])
        assert row["athlete_id"] == told["athlete"]["id"]
        assert row["timezone"] and f"{row['timezone']}" in told["timezone"]
        assert [row["start_lat"], row["start_lng"]] == (told.get("start_latlng") or [None, None])
        assert row["is_manual"] == told["manual"]
        if not (told["upload_id"] or 0) > 2**63:  # as in an example of the documents
            assert row["upload_id"] == told["upload_id"]
        if told.get("utc_offset") is not None and EXAMPLES not in activity_id:
            assert row["utc_offset_s"] == told["utc_offset"]
    assert sum(int(activity_id) > 2**31 for activity_id in found) > 30
    figure(f"{len(found)} recorded activities: ids exact, local times as recorded")


def test_recorded_details_series_and_zones_become_rows(
    work: Workspace, recorded: dict[str, list[tuple[str, Json]]]
) -> None:
    laps = Counter(str(row["activity_id"]) for row in rows(work, "activity_laps"))
    expected = {str(told["id"]): len(told.get("laps") or []) for _, told in recorded["activity_detail"]}
    assert laps == {key: count for key, count in expected.items() if count} and laps
    samples = Counter(row["stream_type"] for row in rows(work, "activity_streams"))
    told: Counter[str] = Counter()
    for _, answer in recorded["activity_streams"]:
        named = answer if isinstance(answer, dict) else {one["type"]: one for one in answer}
        for name, series in named.items():
            values = sum(value is not None for value in series["data"])
            told.update({"lat": values, "lng": values} if name == "latlng" else {name: values})
    assert samples == told and samples["lat"] > 70
    buckets = sum(
        len(zone["distribution_buckets"]) for _, answer in recorded["activity_zones"] for zone in answer
    )
    assert len(rows(work, "activity_zones")) == buckets > 5


def test_recorded_gear_and_athletes_are_rows(
    work: Workspace, recorded: dict[str, list[tuple[str, Json]]]
) -> None:
    assert {row["gear_id"] for row in rows(work, "gear")} == {told["id"] for _, told in recorded["gear"]}
    assert {row["athlete_id"] for row in rows(work, "athletes")} == {
        told["id"] for _, told in recorded["athlete"]
    }
