"""Dates, numbers and sports as the languages of an export write them; what could mean two things is not guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from strava_assets.export_language import WORDS, Language, languages, moment_of, number_of, sport_of

pytestmark = pytest.mark.promise("B8")

LANGUAGES = {language.code: language for language in languages()}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_month_is_read_by_its_name_and_by_its_first_letters_where_those_are_enough(
    language: str,
) -> None:
    known = LANGUAGES[language]
    names = json.loads(WORDS.read_text())["languages"][language]["months"]
    for month, name in enumerate(names, 1):
        shortest = next(
            name[:size]
            for size in range(3, len(name) + 1)
            if sum(n.startswith(name[:size]) for n in names) == 1
        )
        for word in (name, shortest, f"{shortest}."):
            text = f"{word} 3, 2022, 15:53:35" if language == "en" else f"3 {word} 2022, 15:53:35"
            assert moment_of(text, known) == datetime(2022, month, 3, 15, 53, 35, tzinfo=UTC), text


@pytest.mark.parametrize(
    ("language", "text", "read"),
    [
        ("en", "May 29, 2022, 12:00:00\u202fAM", "2022-05-29T00:00:00"),
        ("en", "May 29, 2022, 12:00:00 PM", "2022-05-29T12:00:00"),
        ("en", "29 May 2022, 15:53:35", "2022-05-29T15:53:35"),
        ("en", "2022-05-29 15:53:35", "2022-05-29T15:53:35"),
        ("de", "3. März 2022 um 15:53:35", "2022-03-03T15:53:35"),
        ("fr", "27 juil. 2026 à 5:53:35", "2026-07-27T05:53:35"),
        ("nl", "6 mrt. 2024 14:23:15", "2024-03-06T14:23:15"),
        ("es", "1 jun 2025, 8:00:00 p. m.", "2025-06-01T20:00:00"),
        ("pt", "8 de set. de 2026, 06:47:55", "2026-09-08T06:47:55"),
        ("it", "29/02/2024, 15:53:35", "2024-02-29T15:53:35"),
    ],
)
def test_dates_as_they_are_written(language: str, text: str, read: str) -> None:
    assert moment_of(text, LANGUAGES[language]) == datetime.fromisoformat(read).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "5/6/2022, 15:53:35"),  # the sixth of May or the fifth of June
        ("en", "May 29, 2022"),
        ("en", "Feb 30, 2022, 1:00:00 AM"),
        ("en", "May 29, 2022, 13:00:00 PM"),
        ("en", "May 29, 22, 3:53:35 PM"),
        ("en", "Mai 29, 2022, 3:53:35 PM"),
        ("fr", "3 jui 2022, 15:53:35"),  # juin or juillet
        ("fr", "3 ma 2022, 15:53:35"),
        ("de", "29.13.2022, 15:53:35"),
        ("de", "29.05.2022, 25:53:35"),
        ("de", "gestern"),
        ("de", ""),
    ],
)
def test_dates_that_could_be_read_in_two_ways_or_none_are_not_guessed(language: str, text: str) -> None:
    assert moment_of(text, LANGUAGES[language]) is None


@pytest.mark.parametrize(
    ("language", "text", "raw", "value"),
    [
        ("de", "9,55", False, 9.55),
        ("de", "1.234,5", False, 1234.5),
        ("de", "1.500", False, None),  # a metre and a half, or fifteen hundred
        ("de", "1.500", True, 1.5),
        ("de", "3322.949951171875", True, 3322.949951171875),
        ("fr", "1\u202f234,5", False, 1234.5),
        ("en", "1,234.5", True, 1234.5),
        ("en", "12,5", True, None),
        ("en", "-3", True, -3.0),
        ("en", "nan", True, None),
        ("en", "1e999", True, None),
        ("en", "12 km", True, None),
        ("en", "١٢", True, 12.0),
    ],
)
def test_numbers_as_a_language_writes_them(language: str, text: str, raw: bool, value: float | None) -> None:
    assert number_of(text, LANGUAGES[language], raw) == value


def test_sports_have_the_names_of_the_api_and_unknown_ones_keep_their_text() -> None:
    told = {
        ("en", "E-Bike Ride"): "EBikeRide",
        ("en", "Stair-Stepper"): "StairStepper",
        ("de", "Radfahrt"): "Ride",
        ("de", "Training"): "Workout",
        ("de", "Weight Training"): "WeightTraining",
        ("fr", "Course à pied"): "Run",
        ("nl", "Hardloopsessie"): "Run",
        ("pt", "Pedalada"): "Ride",
        ("es", "Caminata"): "Walk",
        ("it", "Nuoto"): "Swim",
        ("en", "Underwater Hockey"): "Underwater Hockey",
    }
    assert {key: sport_of(key[1], LANGUAGES[key[0]]) for key in told} == told


def test_no_word_has_two_meanings_within_a_language() -> None:
    for code, words in json.loads(WORDS.read_text())["languages"].items():
        language: Language = LANGUAGES[code]
        assert len(language.columns) == sum(len(names) for names in words["columns"].values()), code
        assert len(language.sports) == sum(len(names) for names in words["types"].values()), code
