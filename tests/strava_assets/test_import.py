"""Two doors, one row: what the bulk export brings and what the API tells of the same activity, in either order."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from command_line import paceline
from strava_in_process import StravaInProcess, activities, build, items, listed, rows

from strava_assets.transform import SOURCE
from strava_assets.workspace import Workspace

Row = dict[str, Any]


@pytest.fixture
def strava() -> StravaInProcess:
    """Few, since an export packs a file for each."""
    return StravaInProcess(8)


@pytest.fixture
def export(strava: StravaInProcess, tmp_path: Path) -> tuple[Path, list[Row]]:
    return write(strava, tmp_path)


def write(strava: StravaInProcess, folder: Path, **options: Any) -> tuple[Path, list[Row]]:
    """The stand-in's export as a file, and what is in it."""
    made = strava.act("export", every=20, **options)
    path = folder / f"export{len(list(folder.glob('*.zip')))}.zip"
    path.write_bytes(base64.b64decode(made["zip"]))
    return path, made["activities"]


def brought(path: Path) -> Row:
    ended = paceline("import", SOURCE, str(path), "--json")
    assert ended.code == 0, ended.err
    found: Row = json.loads(ended.out)
    return found


def from_api(work: Workspace) -> None:
    listed(work, full=True)
    items(work)
    build(work)


def told(work: Workspace) -> dict[str, list[Row]]:
    """All rows, without when somebody looked."""
    moments = {"last_changed_at", "details_fetched_at", "fetched_at"}
    return {
        table: [
            {name: value for name, value in row.items() if name not in moments} for row in rows(work, table)
        ]
        for table in ("activities", "activity_streams", "activity_laps", "gear")
    }


def test_the_export_alone_gives_rows_of_its_own(
    export: tuple[Path, list[Row]], strava: StravaInProcess, work: Workspace
) -> None:
    path, expected = export
    assert brought(path) == {"new": len(expected), "known": 0, "problems": []}
    found = activities(work)
    assert found.keys() == {row["id"] for row in expected} and len(found) > len(strava.truth())
    for row in expected:
        mine = found[row["id"]]
        assert (mine["source"], int(mine["start_date"].timestamp())) == ("export", row["start"])
        assert mine["athlete_id"] is None
        if truth := strava.truth().get(row["id"]):
            assert (mine["name"], mine["sport_type"]) == (truth["name"], truth["sport_type"])
            assert mine["elapsed_time_s"] == truth["elapsed_time"]
            assert mine["distance_m"] == pytest.approx(truth["distance"], abs=10)
    series = rows(work, "activity_streams")
    assert {row["source"] for row in series} == {"export"}
    assert {row["activity_id"] for row in series} == {row["id"] for row in expected if row["filename"]}


def test_whichever_door_comes_first_there_is_one_row_of_each(
    export: tuple[Path, list[Row]],
    strava: StravaInProcess,
    work: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, expected = export
    brought(path)
    from_api(work)
    other = strava.workspace(tmp_path / "other")
    from_api(other)
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / "other"))
    brought(path)
    assert told(work) == told(other)
    ids = [row["activity_id"] for row in rows(work, "activities")]
    assert len(ids) == len(set(ids)) == len({row["id"] for row in expected} | set(strava.truth()))
    source = {row["activity_id"]: row["source"] for row in rows(work, "activities")}
    assert {key for key, door in source.items() if door == "api"} == set(strava.truth())
    with_series = {(row["activity_id"], row["source"]) for row in rows(work, "activity_streams")}
    assert with_series <= set(source.items()), "the API's series where it has any"
    names = {row["activity_id"]: row["gear_name"] for row in rows(work, "activities")}
    assert any(names[key] for key in strava.truth()), "what only the export tells is added"


@pytest.mark.tier("N")
def test_the_same_export_again_changes_nothing(export: tuple[Path, list[Row]], work: Workspace) -> None:
    path, expected = export
    brought(path)
    before = {table: rows(work, table) for table in ("activities", "activity_streams")}
    assert brought(path) == {"new": 0, "known": len(expected), "problems": []}
    assert build(work) == {} and {table: rows(work, table) for table in before} == before


@pytest.mark.parametrize("dates", ["words", "numbers"])
@pytest.mark.tier("N")
def test_a_german_export_says_the_same(
    dates: str, export: tuple[Path, list[Row]], strava: StravaInProcess, work: Workspace, tmp_path: Path
) -> None:
    path, _ = export
    brought(path)
    english = {row["activity_id"]: row for row in told(work)["activities"]}
    german, expected = write(strava, tmp_path, language="de", dates=dates)
    assert brought(german)["problems"] == []
    found = {row["activity_id"]: row for row in told(work)["activities"]}
    assert found == english and found.keys() == {row["id"] for row in expected}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b"plain text"])
def test_what_is_no_export_is_refused_in_a_sentence(content: bytes, tmp_path: Path, work: Workspace) -> None:
    (tmp_path / "no.zip").write_bytes(content)
    ended = paceline("import", SOURCE, str(tmp_path / "no.zip"))
    assert ended.code == 2 and ended.err.count("\n") <= 3 and activities(work) == {}
