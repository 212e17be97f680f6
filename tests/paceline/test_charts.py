"""Charts of the pages: values become places and sizes."""

from __future__ import annotations

import re
from datetime import date

import pytest

from paceline.explore import library, training
from paceline.explore.app import FOLDER
from paceline.explore.charts import Group, columns, curve, heat, nice


def test_an_axis_ends_with_a_round_number() -> None:
    assert [nice(value) for value in (0, 0.03, 0.9, 1, 51, 101, 7_200)] == [1, 0.03, 1, 1, 60, 150, 8_000]


def test_columns_are_as_high_as_their_values() -> None:
    chart = columns([Group("a", {"x": 10, "y": 0}), Group("b", {"x": 5})], {"x": "ex", "y": "why"}, "about")
    (first, second) = chart.rectangles
    assert first.height == pytest.approx(2 * second.height)
    assert (first.title, second.title) == ("a: 10 ex", "b: 5 ex")
    assert first.x + first.width <= second.x
    assert first.y + first.height == second.y + second.height
    assert columns([], {"x": "ex"}, "about").rectangles == ()


def test_every_kind_of_a_chart_has_a_colour() -> None:
    style = (FOLDER / "static" / "app.css").read_text()
    for kind in (*library.KINDS, *training.KINDS):
        assert re.search(rf"\.{kind}\b[^{{}}]*{{ fill: var", style), kind


def test_a_curve_keeps_its_bands_and_a_heat_map_its_months() -> None:
    line = curve([(0, 100), (60, 200)], [(0, 30, "one"), (30, 60, "two")], 60, "about")
    assert [band.title for band in line.rectangles] == ["one", "two"]
    assert line.rectangles[0].x + line.rectangles[0].width == pytest.approx(line.rectangles[1].x)
    assert line.path.startswith("M") and line.path.count("L") == 1
    months = {date(2023, 12, 1): ("complete", "a"), date(2024, 2, 1): ("unknown", "b")}
    drawn = heat({"rides": months}, "about")
    assert [each.kind for each in drawn.rectangles] == ["complete", "unknown"]
    assert drawn.rectangles[1].x - drawn.rectangles[0].x == pytest.approx(2 * 8.6)
    assert heat({}, "about").rectangles == ()
