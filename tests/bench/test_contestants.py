"""The comparison of a bench with the sandbox's truth: it must see what a contestant lost or doubled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.against_dlt import sync
from bench.contestants import Difference, Dlt, Paceline, Window, compare, environment
from bench.processes import PEER_PYTHON
from sandbox.client import Sandbox

Stored = tuple[list[str], list[str]]
NONE = Difference(0, 0)


@pytest.fixture
def truth(shared_peloton: Sandbox) -> list[dict[str, Any]]:
    return shared_peloton.classes()


def true_rows(truth: list[dict[str, Any]]) -> Stored:
    """What somebody stored who made no mistake."""
    listed = [one for one in truth if one["listed"]]
    plays = [one["id"] for one in listed if one["details_status"] == 200 for _ in range(one["songs"])]
    return [one["id"] for one in listed], plays


def test_what_is_equal_has_no_difference(truth: list[dict[str, Any]]) -> None:
    rides, plays = true_rows(truth)
    assert rides and plays
    assert compare((rides, plays), truth) == NONE


def test_lost_and_doubled_rows_are_counted(truth: list[dict[str, Any]]) -> None:
    rides, plays = true_rows(truth)
    assert compare((rides[3:], plays[2:]), truth) == Difference(5, 0)
    assert compare(([*rides, rides[0]], [*plays, *plays[:4]]), truth) == Difference(0, 5)
    assert compare(([*rides[1:], "never heard of"], plays), truth) == Difference(1, 1)
    assert compare(([], []), truth) == Difference(len(rides) + len(plays), 0)


def test_a_window_looks_at_its_month_only(truth: list[dict[str, Any]]) -> None:
    window = Window(2020, 12)
    first, end = window.seconds
    inside = [one for one in truth if first <= one["original_air_time"] < end]
    assert 0 < len(inside) < len(truth)
    rides, plays = true_rows(truth)
    assert compare((rides, plays), truth, window) == NONE
    assert compare(true_rows(inside), truth, window) == NONE
    lost = inside[0]["id"]
    songs = plays.count(lost)
    without = ([id_ for id_ in rides if id_ != lost], [id_ for id_ in plays if id_ != lost])
    assert compare(without, truth, window) == Difference(1 + songs, 0)


def test_december_ends_where_january_begins() -> None:
    assert Window(2020, 12).seconds[1] == Window(2021, 1).seconds[0]


@pytest.mark.tier("N")
@pytest.mark.parametrize("contestant", [Paceline, Dlt])
def test_each_contestant_loads_what_there_is(
    peloton: Sandbox, tmp_path: Path, contestant: type[Paceline] | type[Dlt]
) -> None:
    if contestant is Dlt and not PEER_PYTHON.exists():
        pytest.skip("the peers are installed by make bench only")
    one = contestant(environment(peloton, 900))
    assert sync(one, peloton, tmp_path).difference == NONE
    peloton.publish(2)
    assert sync(one, peloton, tmp_path).difference == NONE
