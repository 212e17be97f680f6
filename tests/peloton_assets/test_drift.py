"""Noticing fields that the provider added or retyped."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from landed import invented

from peloton_assets.drift import find_drift, known_fields
from sandbox.json_edit import edit_json

pytestmark = pytest.mark.promise("B6")

LISTED, DETAILED = invented(60)
PAGE = {"data": LISTED, "total": 60, "page": 0, "count": 60, "instructors": [], "class_types": []}


def changed(payload: Any, path: str, operation: str, value: Any = None) -> Any:
    other = copy.deepcopy(payload)
    edit_json(other, path, operation, value)
    return other


def test_known_answers_are_no_news() -> None:
    assert find_drift("ride_archived", PAGE) == set()
    assert {news for answer in DETAILED for news in find_drift("ride_details", answer)} == set()


@pytest.mark.parametrize(
    ("path", "value", "news"),
    [
        ("brand_new", [1], ("brand_new", "unknown", "array")),
        ("data.7.brand_new", "x", ("data.brand_new", "unknown", "string")),
        ("data.7.brand_new", None, ("data.brand_new", "unknown", "null")),
        ("data.7.duration", "1800", ("data.duration", "retyped", "string")),
        ("data.7.title", {"en": "x"}, ("data.title", "retyped", "object")),
        ("data.7.is_explicit", 1, ("data.is_explicit", "retyped", "number")),
        ("data.7.availability.until", 5, ("data.availability.until", "unknown", "number")),
        ("data", {"0": LISTED[0]}, ("data", "retyped", "object")),
        ("total", True, ("total", "retyped", "boolean")),
    ],
)
def test_news_of_a_list_page(path: str, value: Any, news: tuple[str, str, str]) -> None:
    assert find_drift("ride_archived", changed(PAGE, path, "set", value)) == {news}


@pytest.mark.parametrize("path", ["data.7.duration", "data.7.title", "data.7.availability", "data", "total"])
def test_null_and_absence_are_no_news(path: str) -> None:
    """Any field of this provider may be null or missing."""
    assert find_drift("ride_archived", changed(PAGE, path, "set", None)) == set()
    assert find_drift("ride_archived", changed(PAGE, path, "delete")) == set()


def test_the_same_news_in_many_rows_is_one() -> None:
    assert find_drift("ride_archived", changed(PAGE, "data.*.genres", "set", [])) == {
        ("data.genres", "unknown", "array")
    }


def test_songs_are_looked_into() -> None:
    answer = next(answer for answer in DETAILED if (answer.get("playlist") or {}).get("songs"))
    renamed = changed(answer, "playlist.songs.0.moods", "set", [{"name": "x"}])
    assert find_drift("ride_details", renamed) == {("playlist.songs.moods", "unknown", "array")}
    retyped = changed(answer, "playlist.songs.0.artists.0.artist_name", "set", 7)
    assert find_drift("ride_details", retyped) == {
        ("playlist.songs.artists.artist_name", "retyped", "number")
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "ride", "id", "x.y", ""]), inner)
    ),
    max_leaves=10,
)


@given(JSON, st.sampled_from(["ride_archived", "ride_details"]))
def test_any_json_can_be_looked_at(payload: Any, resource: str) -> None:
    for path, kind, detail in find_drift(resource, payload):
        assert kind in ("unknown", "retyped") and detail in (
            "object", "array", "string", "boolean", "number", "null",
        )  # fmt: skip
        assert isinstance(path, str)


def test_what_is_known_is_spelt_as_types_of_json() -> None:
    for resource in ("ride_archived", "ride_details"):
        kinds = set().union(*known_fields(resource).values())
        assert kinds <= {"object", "array", "string", "boolean", "number"}
        assert json.dumps(sorted(known_fields(resource)))
