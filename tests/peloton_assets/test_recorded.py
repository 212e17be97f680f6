"""Every recorded real answer goes through landing and transform; no song, artist or class is lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from landed import Zone
from observing import by_id, month_of_time, rows

from peloton_assets.drift import find_drift
from resources.landing import read_lines

RIDES_IN_LIST = ("lc512k__1.json", "mvielkind__1.json", "tascott__1.json", "tascott__2.json")


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def list_rows(recorded: Path) -> list[Any]:
    found = []
    for path in sorted((recorded / "ride_archived").glob("*.json")):
        payload = load(path)
        found += payload.get("data", [payload])
    return found


def test_every_recorded_file_lands_and_reads_back(recorded: Path, tmp_path: Path) -> None:
    zone = Zone(tmp_path)
    files = sorted(recorded.glob("*/*.json"))
    assert len(files) > 40
    for path in files:
        sealed = zone.land(path.parent.name, "recorded", (path.stem, load(path)))
        assert [json.loads(line)["payload"] for line in read_lines(sealed)] == [load(path)], path.name


def test_every_listed_class_is_kept(recorded: Path, tmp_path: Path) -> None:
    assert {path.name for path in (recorded / "ride_archived").glob("*.json")} >= set(RIDES_IN_LIST)
    zone = Zone(tmp_path)
    raw = list_rows(recorded)
    zone.list_page(raw)
    zone.build()
    stored = by_id(zone.lake, "peloton.rides")
    assert stored.keys() == {row["id"] for row in raw}
    for row in raw:
        mine = stored[row["id"]]
        assert mine["title"] == row["title"]
        assert mine["duration_s"] == row["duration"]
        assert mine["instructor_id"] == row["instructor_id"]
        assert mine["original_air_time"].timestamp() == row["original_air_time"]
        assert mine["class_type_ids"] == row["class_type_ids"]


def test_every_song_and_artist_is_kept(recorded: Path, tmp_path: Path) -> None:
    zone = Zone(tmp_path)
    answers = [load(path) for path in sorted((recorded / "ride_details").glob("*.json"))]
    assert answers
    for answer in answers:
        zone.list_page([answer["ride"]])
        zone.details(answer["ride"], answer)
    zone.build()
    songs = {(row["ride_id"], row["song_id"]): row for row in rows(zone.lake, "peloton.songs")}
    artists = {
        (row["ride_id"], row["playlist_order"], row["artist_order"]): (row["artist_id"], row["artist_name"])
        for row in rows(zone.lake, "peloton.song_artists")
    }
    expected_artists = 0
    for answer in answers:
        for order, song in enumerate(
            sorted(answer["playlist"]["songs"], key=lambda s: s["start_time_offset"]), 1
        ):
            mine = songs[answer["ride"]["id"], song["id"]]
            assert (mine["title"], mine["start_offset_s"]) == (song["title"], song["start_time_offset"])
            assert mine["album_name"] == song["album"]["name"]
            assert mine["artist_names"] == [artist["artist_name"] for artist in song["artists"]]
            for place, artist in enumerate(song["artists"], 1):
                expected_artists += 1
                assert artists[answer["ride"]["id"], order, place] == (
                    artist["artist_id"],
                    artist["artist_name"],
                )
    assert len(artists) == expected_artists
    assert len(songs) == sum(len(answer["playlist"]["songs"]) for answer in answers)


def test_instructors_class_types_and_equipment_of_all_sources_are_kept(
    recorded: Path, tmp_path: Path
) -> None:
    zone = Zone(tmp_path)
    page = load(recorded / "ride_archived" / "mvielkind__1.json")
    instructors = load(recorded / "instructor" / "mickfeech__1.json")
    names = load(recorded / "ride_metadata_mappings" / "markbyrne__1.json")
    zone.land("ride_archived", "2026-11-01", ("all", page))
    zone.land("instructors", "2026-11", ("0", instructors))
    zone.land("metadata_mappings", "2026-11", ("all", names))
    zone.build()
    told = {row["id"]: row["name"] for row in instructors["data"]}
    told |= {row["id"]: told.get(row["id"], row["name"]) for row in page["instructors"]}
    stored = {row["instructor_id"]: row["name"] for row in rows(zone.lake, "peloton.instructors")}
    assert stored == told
    types = {row["class_type_id"] for row in rows(zone.lake, "peloton.class_types")}
    assert types == {row["id"] for row in page["class_types"] + names["class_types"]}
    equipment = {row["equipment_id"] for row in rows(zone.lake, "peloton.equipment")}
    assert equipment >= {row["id"] for row in names["equipment"]}


def test_recordings_hold_no_field_that_we_call_drift(recorded: Path) -> None:
    for path in sorted((recorded / "ride_details").glob("*.json")):
        assert find_drift("ride_details", load(path)) == set(), path.name
    assert find_drift("ride_archived", {"data": list_rows(recorded)}) == set()
    page = load(recorded / "ride_archived" / "mvielkind__1.json")
    assert find_drift("instructors", load(recorded / "instructor" / "mickfeech__1.json")) == set()
    assert find_drift("instructors", {"data": page["instructors"]}) == set()
    assert (
        find_drift("metadata_mappings", load(recorded / "ride_metadata_mappings" / "markbyrne__1.json"))
        == set()
    )
    assert find_drift("metadata_mappings", {"class_types": page["class_types"]}) == set()


def test_classes_of_a_recorded_page_lie_in_their_months(recorded: Path, tmp_path: Path) -> None:
    zone = Zone(tmp_path)
    raw = list_rows(recorded)
    zone.list_page(raw)
    zone.build()
    assert set(zone.lake.months("peloton.rides")) == {month_of_time(row["original_air_time"]) for row in raw}
