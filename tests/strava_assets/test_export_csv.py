"""activities.csv: repeated names, languages, dates, numbers, and rows that are no use."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from strava_exports import RECORDED, WIDTH, Heard, header, recorded_header, row, run, table

from resources.errors import UsageProblem
from strava_assets.export_csv import read_rows
from strava_assets.export_language import (
    WORDS,
    languages,
    understand,
)

LANGUAGES = {language.code: language for language in languages()}
DATES = {
    "en": "May 29, 2022, 3:53:35 PM",
    "de": "29.05.2022, 15:53:35",
    "fr": "29 mai 2022, 15:53:35",
    "nl": "29 mei 2022, 15:53:35",
    "es": "29 may 2022, 15:53:35",
    "pt": "29 de mai. de 2022, 15:53:35",
    "it": "29 mag 2022, 15:53:35",
}


def rows_of(text: str) -> tuple[list[dict[str, Any]], Heard]:
    heard = Heard()
    return list(read_rows(io.StringIO(text, newline=""), heard)), heard


def test_recorded_export_is_read_with_the_second_of_each_repeated_column() -> None:
    recorded_header()
    text = "".join(path.read_text(encoding="utf-8-sig") for path in RECORDED.glob("*.csv"))
    activities, heard = rows_of(text)
    assert heard == []
    assert activities == [
        {
            "id": 12999999999,
            "start_date": "2022-05-29T15:53:35Z",
            "name": "Fake run",
            "filename": "activities/12888888888.fit.gz",
            "sport_type": "Run",
            "type_told": "Run",
            "commute": False,
            "flagged": False,
            "elapsed_time": 1428,
            "moving_time": 1411,
            "distance": 3322.949951171875,
            "total_elevation_gain": 61.878849029541016,
            "elev_low": 357.20001220703125,
            "elev_high": 376.70001220703125,
            "average_speed": 2.355031967163086,
            "max_speed": 3.2149860858917236,
            "average_cadence": 71.25904846191406,
            "max_cadence": 80.0,
            "calories": 262.0,
        }
    ]


def test_every_number_and_text_comes_from_its_own_column() -> None:
    cells = {
        "Activity ID": "7",
        "Activity Date": DATES["en"],
        "Activity Name": "Überfahrt, mit Komma 🌊\nund Zeile",
        "Activity Description": "long",
        "Activity Type": "Virtual Ride",
        "Activity Private Note": "mine",
        "Activity Gear": "Old bike",
        ("Elapsed Time", 0): "1",
        "Elapsed Time": "3600.0",
        "Moving Time": "3500.4",
        ("Distance", 0): "30.00",
        "Distance": "30000.5",
        ("Max Heart Rate", 0): "1",
        "Max Heart Rate": "180.0",
        "Average Heart Rate": "150.5",
        ("Relative Effort", 0): "1",
        "Relative Effort": "88.0",
        ("Commute", 0): "true",
        "Max Speed": "15.5",
        "Average Speed": "8.5",
        "Elevation Gain": "300.0",
        "Elevation Low": "-4.0",
        "Elevation High": "99.0",
        "Max Cadence": "110.0",
        "Average Cadence": "85.5",
        "Max Watts": "900.0",
        "Average Watts": "210.5",
        "Weighted Average Power": "220.0",
        "Calories": "700.0",
        "Average Temperature": "-3.0",
        "Perceived Exertion": "6.0",
        "Athlete Weight": "70.5",
        "Flagged": "1.0",
    }
    activities, heard = rows_of(table([row(cells)]))
    assert heard == []
    assert activities == [
        {
            "id": 7,
            "start_date": "2022-05-29T15:53:35Z",
            "name": "Überfahrt, mit Komma 🌊\nund Zeile",
            "description": "long",
            "sport_type": "VirtualRide",
            "type_told": "Virtual Ride",
            "private_note": "mine",
            "gear_name": "Old bike",
            "elapsed_time": 3600,
            "moving_time": 3500,
            "distance": 30000.5,
            "max_heartrate": 180.0,
            "average_heartrate": 150.5,
            "suffer_score": 88.0,
            "commute": True,
            "flagged": True,
            "max_speed": 15.5,
            "average_speed": 8.5,
            "total_elevation_gain": 300.0,
            "elev_low": -4.0,
            "elev_high": 99.0,
            "max_cadence": 110.0,
            "average_cadence": 85.5,
            "max_watts": 900.0,
            "average_watts": 210.5,
            "weighted_average_watts": 220.0,
            "calories": 700.0,
            "average_temp": -3.0,
            "perceived_exertion": 6.0,
            "athlete_weight_kg": 70.5,
        }
    ]


def test_english_header_of_the_words_is_the_recorded_one() -> None:
    recorded = recorded_header()
    assert len(recorded) == WIDTH
    for english, places in json.loads(WORDS.read_text())["places"].items():
        assert [place for place, name in enumerate(recorded) if name == english] == places


@pytest.mark.parametrize("language", sorted(DATES))
def test_each_language_is_known_by_its_header_and_gives_the_same_activity(language: str) -> None:
    cells = {
        "Activity ID": "12999999999",
        "Activity Date": DATES[language],
        ("Distance", 0): "3.32" if language == "en" else "3,32",
        "Distance": "3322.5",
        "Average Watts": "210.0",
        "Average Speed": "2.125",
        "Filename": "activities/1.gpx",
    }
    activities, _ = rows_of(table([row(cells)], language))
    assert understand(header(language)).language.code == language
    assert activities == [
        {
            "id": 12999999999,
            "start_date": "2022-05-29T15:53:35Z",
            "filename": "activities/1.gpx",
            "distance": 3322.5,
            "average_watts": 210.0,
            "average_speed": 2.125,
        }
    ]


def test_a_name_that_nobody_knows_is_read_by_its_place_where_places_are_proven() -> None:
    names = header("de")
    names[33] = "Watt im Schnitt"
    assert understand(names).places["Average Watts"] == [33]
    names[15] = "Andere Zeit als vorn"  # a repeated name does not repeat: no place is proven any more
    understood = understand(names)
    assert "Average Watts" in understood.missing and "Average Watts" not in understood.places
    moved = [*header("de")[:33], "neu", *header("de")[33:]]
    moved[34] = "Watt im Schnitt"
    assert "Average Watts" in understand(moved).missing


def test_columns_may_stand_in_another_order_when_all_names_are_known() -> None:
    text = "Filename,Activity Date,Moving Time,Activity ID\nactivities/1.gpx,29 May 2022 15:53:35,60.0,5\n"
    activities, heard = rows_of(text)
    assert activities[0]["id"] == 5 and activities[0]["moving_time"] == 60
    assert heard[0][0] == "activities.csv" and "Elapsed Time" in heard[0][1]


def test_a_single_column_of_distances_has_no_unit_and_is_left_out() -> None:
    activities, heard = rows_of('Activity ID,Activity Date,Distance\n5,"May 29, 2022, 3:53:35 PM",5.0\n')
    assert "distance" not in activities[0]
    assert any("unit" in reason for _, reason in heard)


@pytest.mark.parametrize(
    "first_line", ["", "Kennung,Wann,Was", "Activity ID;Activity Date;Distance", "活动,日期"]
)
def test_a_header_in_no_known_language_is_refused_with_its_names(first_line: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        rows_of(first_line + "\n1,2,3\n")
    assert "language" in str(refused.value)
    if first_line:
        assert first_line.split(",")[0] in str(refused.value)


def test_rows_that_cannot_be_read_for_certain_are_told_and_the_others_are_read() -> None:
    lines = table(
        [
            run(1),
            run(2, **{"Activity Date": "some day"}),
            run(3)[:-1],
            run(1),
            run(5, **{"Max Speed": "fast", "Flagged": "perhaps"}),
            ["x", *run(6)[1:]],
        ]
    )
    activities, heard = rows_of(lines + "\n")
    assert [activity["id"] for activity in activities] == [1, 5]
    assert "max_speed" not in activities[1] and "flagged" not in activities[1]
    reasons = [reason for _, reason in heard]
    assert [
        any(word in reason for word in ("Activity Date", "cells", "twice", "Max Speed", "Activity ID"))
        for reason in reasons
    ] == [True] * 5
    assert "Flagged, Max Speed" in reasons[3]


@pytest.mark.parametrize("tail", ['"never closed,,', '"' + "x" * 200_000 + '"'])
def test_a_table_that_breaks_off_is_refused_after_what_was_read(tail: str) -> None:
    rows = read_rows(io.StringIO(table([run(1)]) + tail, newline=""), Heard())
    assert next(rows)["id"] == 1
    with pytest.raises(UsageProblem, match=r"activities\.csv is damaged"):
        next(rows)


def test_a_table_of_other_bytes_than_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "activities.csv"
    path.write_bytes(table([run(1)]).encode() + b"\xff\xfe,1,2\n")
    with path.open(encoding="utf-8-sig", newline="") as lines, pytest.raises(UsageProblem, match="UTF-8"):
        list(read_rows(lines, Heard()))
