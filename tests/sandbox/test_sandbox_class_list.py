"""The class list: who may ask, its pages and their trap, order, filters, side tables."""

from __future__ import annotations

import datetime
import json
from typing import Any

from probe import Probe

Rows = list[dict[str, Any]]

EARLIEST_AIR_S = 600


def test_it_needs_a_token_and_the_platform_header(probe: Probe) -> None:
    without_token = probe.get("/api/v2/ride/archived", headers={"Peloton-Platform": "web"})
    assert without_token.status == 401
    assert set(without_token.json) == {"status", "error_code", "subcode", "message", "details"}

    without_platform = probe.get(
        "/api/v2/ride/archived", headers={"Authorization": f"Bearer {probe.access_token}"}
    )
    assert (without_platform.status, without_platform.json["error_code"]) == (400, 2120)


def test_twenty_rows_unless_asked_otherwise(probe: Probe) -> None:
    page = probe.archived()
    assert (page["count"], len(page["data"]), page["page"]) == (20, 20, 0)
    assert "limit" not in page


def test_page_count_follows_the_limit_asked_for_but_rows_stop_at_a_hundred(probe: Probe) -> None:
    page = probe.archived(limit=1000)
    assert page["count"] == len(page["data"]) == 100
    assert page["page_count"] == -(-page["total"] // 1000)
    assert page["page_count"] * 100 < page["total"], "whoever believes page_count loses classes"


def test_pages_of_a_hundred_hold_every_listed_class_once(probe: Probe, rows: Rows, truth: Rows) -> None:
    listed = {row["id"] for row in truth if row["listed"]}
    assert len(rows) == len(listed) == probe.archived()["total"] >= 3_000
    assert {row["id"] for row in rows} == listed


def test_a_page_past_the_end_is_empty(probe: Probe) -> None:
    page = probe.archived(limit=100, page=9_999)
    assert (page["data"], page["count"], page["show_next"], page["show_previous"]) == ([], 0, False, True)


def test_newest_first_by_scheduled_start_while_air_times_are_out_of_order(probe: Probe) -> None:
    rows = probe.walk(sort_by="original_air_time", desc="true")
    starts = [row["scheduled_start_time"] for row in rows]
    assert starts == sorted(starts, reverse=True)
    assert probe.archived()["sort_by"] == ["-scheduled_start_time"]

    air = [row["original_air_time"] for row in rows]
    assert air != sorted(air, reverse=True)
    early = [start - aired for start, aired in zip(starts, air, strict=True)]
    assert min(early) == 0
    assert 0 < max(early) <= EARLIEST_AIR_S
    assert any(seconds % 60 for seconds in early), "odd seconds"


def test_some_classes_air_in_the_month_before_their_scheduled_start(truth: Rows) -> None:
    crossing = [
        row
        for row in truth
        if row["scheduled_start_time"] % 86_400 == 0
        and row["original_air_time"] < row["scheduled_start_time"]
    ]
    assert crossing


def test_a_category_is_a_lower_case_slug(probe: Probe, truth: Rows) -> None:
    for slug in ("cycling", "bootcamp", "outdoor", "pilates", "caesar"):
        wanted = {row["id"] for row in truth if row["listed"] and slug in row["categories"]}
        assert {row["id"] for row in probe.walk(browse_category=slug)} == wanted != set()
    for nonsense in ("Cycling", "circuit", "no-such-thing"):
        page = probe.archived(browse_category=nonsense)
        assert (page["data"], page["total"]) == ([], 0)


def test_pilates_is_listed_under_strength_too(probe: Probe) -> None:
    pilates = {row["id"] for row in probe.walk(browse_category="pilates")}
    assert pilates <= {row["id"] for row in probe.walk(browse_category="strength")}


def test_filters_by_duration_class_type_and_instructor(probe: Probe) -> None:
    assert {row["duration"] for row in probe.walk(duration=[300, 900])} == {300, 900}

    type_id = "665395ff3abf4081bf315686227d1a51"
    plain, as_array = (probe.walk(class_type_id=value) for value in (type_id, json.dumps([type_id])))
    assert plain == as_array != []
    assert all(row["class_type_ids"] == [type_id] for row in plain)

    teacher = probe.archived()["instructors"][0]["id"]
    assert {row["instructor_id"] for row in probe.walk(instructor_id=teacher)} == {teacher}


def test_a_parameter_that_is_no_number_is_refused(probe: Probe) -> None:
    queries: list[dict[str, Any]] = [{"limit": "many"}, {"page": "-1"}, {"limit": "0"}]
    for query in queries:
        assert probe.get("/api/v2/ride/archived", **query).status == 400


def test_side_tables_hold_this_page_s_instructors_and_all_class_types(probe: Probe) -> None:
    page = probe.archived(limit=5)
    teachers = {row.get("instructor_id") for row in page["data"]} - {None}
    assert teachers <= {row["id"] for row in page["instructors"]}
    assert len(page["instructors"]) < 15
    assert page["ride_types"] == page["class_types"]
    assert 50 <= len(page["class_types"]) <= 80
    assert page["browse_categories"]
    assert page["fitness_disciplines"]


def test_an_account_that_hides_explicit_classes_sees_fewer(private: Probe) -> None:
    before = private.archived()
    private.sandbox.settings(hide_explicit_rides=True)
    after = private.archived()
    assert (before["hide_explicit_rides"], after["hide_explicit_rides"]) == (False, True)
    assert after["total"] < before["total"]
    assert not any(row["is_explicit"] for row in private.walk())


def test_classes_grow_over_the_years_and_every_month_has_some(truth: Rows) -> None:
    months: dict[str, int] = {}
    for row in truth:
        month = datetime.datetime.fromtimestamp(row["scheduled_start_time"], datetime.UTC).strftime("%Y-%m")
        months[month] = months.get(month, 0) + 1
    names = sorted(months)
    assert (names[0], names[-1], len(names)) == ("2019-01", "2026-11", 95)
    assert min(months.values()) >= 20
    assert months["2026-10"] > 1.5 * months["2019-02"]
