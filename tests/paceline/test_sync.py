"""`paceline sync peloton` of a month: what it asks, what it stores, what it says."""

from __future__ import annotations

from typing import Any

from chain import Chain, listed_classes

MONTH = "2024-03"  # of WINDOW in conftest.py
SUMMARY = [
    "fetched",
    "created",
    "updated",
    "skipped",
    "errors",
    "requests",
    "seconds",
    "outcome",
    "resume_at",
]
TABLES_OF_NAMES = 2  # one page of instructors, one answer with class types and equipment
PAGE_ROWS = 100
LAYOUT = {"state", "landing", "lake", "warehouse.duckdb"}


def test_every_sync_ends_well_and_prints_the_agreed_summary(chains: dict[str, Chain]) -> None:
    for chain in chains.values():
        for name, asked in chain.done.items():
            assert asked.ended.code == 0, (name, asked.ended.err)
            facts = asked.ended.facts
            assert list(facts)[: len(SUMMARY)] == SUMMARY
            assert (facts["outcome"], facts["resume_at"]) == (
                "dry run" if name == "planned" else "done",
                None,
            )
            assert facts["requests"] == len(asked.api), f"{name} says another number than the sandbox counted"


def test_a_first_load_asks_hardly_more_than_the_minimum(chains: dict[str, Chain]) -> None:
    month = chains["month"]
    listed = sorted(
        listed_classes(month.sandbox).values(), key=lambda row: row["original_air_time"], reverse=True
    )
    places = [place for place, row in enumerate(listed) if row["month"] == MONTH]
    pages = places[-1] // PAGE_ROWS - places[0] // PAGE_ROWS + 1
    first = month.done["first"]
    assert sorted(first.details) == sorted(row["id"] for row in listed if row["month"] == MONTH)
    assert len(first.api) <= 1.05 * (pages + len(places)) + 12 + TABLES_OF_NAMES
    assert len(first.categories) <= 12 + pages + 1, "the last page is the one that proves the end"


def test_the_second_run_asks_for_list_pages_only(chains: dict[str, Chain]) -> None:
    first, second = chains["month"].done["first"], chains["month"].done["second"]
    assert second.details == []
    assert len(second.api) == len(second.categories) <= len(first.categories)
    facts = second.ended.facts
    assert facts["fetched"] == facts["skipped"] > 0
    assert (facts["created"], facts["updated"], facts["errors"]) == (0, 0, 0)


def test_a_dry_run_says_what_the_sync_then_does_and_writes_nothing(chains: dict[str, Chain]) -> None:
    month = chains["month"]
    planned, first = month.done["planned"], month.done["first"].ended.facts
    assert month.folders["planned"] == {"state"}, "tokens, the spent limit and the lock, nothing else"
    assert month.folders["first"] == LAYOUT
    assert planned.details == []
    assert planned.ended.facts["created"] == first["created"]
    assert planned.ended.facts["fetched"] == first["details"] + first["errors"]


def test_classes_are_stored_as_they_are(chains: dict[str, Chain]) -> None:
    month = chains["month"]
    truth = {ride: row for ride, row in listed_classes(month.sandbox).items() if row["month"] == MONTH}
    stored = month.home.ask(
        "SELECT ride_id, title, fitness_discipline, duration_s, epoch(original_air_time)::BIGINT, is_warm_up,"
        f" is_cool_down, instructor_id FROM peloton.rides WHERE air_month = '{MONTH}-01'"
    )
    fields = (
        "id",
        "title",
        "fitness_discipline",
        "duration",
        "original_air_time",
        "is_warm_up",
        "is_cool_down",
    )
    expected = [
        (*(row[name] for name in fields), month.sandbox.truth(ride)["instructor_id"])
        for ride, row in truth.items()
    ]
    assert sorted(stored) == sorted(expected)
    [(missing,)] = month.home.ask(
        "SELECT count(*) FROM peloton.rides ANTI JOIN peloton.instructors USING (instructor_id)"
        f" WHERE instructor_id IS NOT NULL AND air_month = '{MONTH}-01'"
    )
    assert missing == 0


def test_songs_are_stored_as_they_are(chains: dict[str, Chain]) -> None:
    month = chains["month"]
    stored: dict[str, list[Any]] = {}
    for ride, *song in month.home.ask(
        "SELECT ride_id, song_id, title, artist_names, album_name, start_offset_s FROM peloton.songs"
        " ORDER BY ride_id, playlist_order"
    ):
        stored.setdefault(ride, []).append(song)
    of_month = [row for row in listed_classes(month.sandbox).values() if row["month"] == MONTH]
    served = {row["id"] for row in of_month if row["details_status"] == 200}
    assert {ride for (ride,) in month.home.ask("SELECT ride_id FROM peloton.playlists")} == served
    for ride in served:
        expected = [
            [song["song_id"], song["title"], [artist["name"] for artist in song["artists"]], song["album"],
             song["start_time_offset"]]
            for song in month.sandbox.truth(ride)["playlist"]
        ]  # fmt: skip
        assert stored.get(ride, []) == expected
    [(songs, credits_)] = month.home.ask(
        "SELECT sum(len(artist_names)), (SELECT count(*) FROM peloton.song_artists) FROM peloton.songs"
    )
    assert songs == credits_ > 0


def test_a_data_folder_holds_what_is_documented(chains: dict[str, Chain]) -> None:
    path = chains["month"].home.path
    assert {item.name for item in path.iterdir()} == LAYOUT
    assert (path / "state").stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o777 for file in (path / "state" / "tokens").glob("*.json")] == [0o600]
