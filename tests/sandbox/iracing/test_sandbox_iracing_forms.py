"""The forms of an answer, the rules of links, and the refusals."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from racer import Racer

INLINE = ("constants/categories", "constants/divisions", "constants/event_types")


def test_most_documents_are_behind_a_link(racer: Racer) -> None:
    reply = racer.ask("series/get")
    assert reply.json.keys() == {"link", "expires"}
    link = urlsplit(reply.json["link"])
    assert link.path.startswith("/iracing-storage/series/get/")
    query = parse_qs(link.query)
    assert query["X-Amz-Expires"] == ["120"]
    assert query["X-Amz-Signature"]
    ahead_s = (datetime.fromisoformat(reply.json["expires"]) - datetime.now(UTC)).total_seconds()
    assert 600 < ahead_s <= 720, "the document's clock is not the link's"
    stored = racer.fetch(reply.json["link"])
    assert (stored.status, stored.headers["content-type"]) == (200, "application/json")
    assert "x-ratelimit-limit" not in stored.headers


@pytest.mark.parametrize("path", INLINE)
def test_constants_are_inline(racer: Racer, path: str) -> None:
    rows = racer.ask(path).json
    assert rows
    assert all(row.keys() == {"label", "value"} for row in rows)


def whole(racer: Racer, chunk_info: dict[str, Any], size: int) -> list[Any]:
    rows = racer.rows(chunk_info)
    assert len(rows) == chunk_info["rows"] > size == chunk_info["chunk_size"]
    assert len(chunk_info["chunk_file_names"]) == chunk_info["num_chunks"] == -(-len(rows) // size)
    assert all("X-Amz-Signature" in name for name in chunk_info["chunk_file_names"])
    return rows


def test_a_search_is_inline_with_chunks(racer: Racer) -> None:
    answer = racer.ask("results/search_series", season_year=2026, season_quarter=4).json
    assert answer["type"] == "search_series_results"
    rows = whole(racer, answer["data"]["chunk_info"], 500)
    assert len({row["subsession_id"] for row in rows}) == len(rows)
    assert "N/A" in {row["track"]["config_name"] for row in rows}


def test_no_rows_are_no_chunks(racer: Racer) -> None:
    answer = racer.ask("results/search_series", season_year=1999, season_quarter=1).json
    assert answer["data"]["chunk_info"] is None


def test_standings_are_linked_with_chunks_at_the_top_and_a_csv(racer: Racer) -> None:
    season = racer.document("series/seasons")[0]
    query = {"season_id": season["season_id"], "car_class_id": season["car_class_ids"][0]}
    answer = racer.document("stats/season_driver_standings", **query)
    rows = whole(racer, answer["chunk_info"], 500)
    stored = racer.fetch(answer["csv_url"])
    assert stored.headers["content-type"] == "text/csv"
    table = list(csv.DictReader(io.StringIO(stored.body.decode())))
    assert [int(row["cust_id"]) for row in table] == [row["cust_id"] for row in rows]


def test_world_records_are_linked_with_chunks_inside_data(racer: Racer) -> None:
    answer = racer.document("stats/world_records", car_id=1, track_id=1)
    assert answer["type"] == "stats_world_records"
    assert -1 in {row["race_lap_time"] for row in whole(racer, answer["data"]["chunk_info"], 2_000)}


def test_a_roster_has_a_data_address(racer: Racer) -> None:
    answer = racer.ask("league/roster", league_id=5).json
    assert len(racer.fetch(answer["data_url"]).json["roster"]) == answer["data"]["roster_count"]


def test_driver_statistics_are_a_csv_behind_a_link(racer: Racer) -> None:
    stored = racer.fetch(racer.ask("driver_stats_by_category/road").json["link"])
    assert stored.headers["content-type"] == "text/csv"
    table = list(csv.reader(io.StringIO(stored.body.decode())))
    assert {len(row) for row in table} == {len(table[0])}
    assert table[1][0] == "Invented, Driver 0"


# ------------------------------------------------------------------ links


def test_a_link_taken_twice_gives_the_same_bytes(racer: Racer) -> None:
    link = racer.ask("series/seasons").json["link"]
    first = racer.fetch(link)
    racer.document("series/seasons")
    assert racer.fetch(link).body == first.body


def test_storage_refuses_a_token(racer: Racer) -> None:
    refused = racer.fetch(racer.ask("car/get").json["link"], Authorization=f"Bearer {racer.access_token}")
    assert (refused.status, refused.headers["content-type"]) == (400, "application/xml")
    assert b"<Code>InvalidArgument</Code>" in refused.body


def test_a_link_dies(own: Racer) -> None:
    link = own.ask("car/get").json["link"]
    own.sandbox.settings(clock_skew_seconds=119)
    assert own.fetch(link).status == 200
    own.sandbox.settings(clock_skew_seconds=121)
    refused = own.fetch(link)
    assert refused.status == 403
    assert b"<Message>Request has expired</Message>" in refused.body
    own.sandbox.settings(link_seconds=10)
    again = own.ask("car/get").json["link"]
    assert parse_qs(urlsplit(again).query)["X-Amz-Expires"] == ["10"]
    own.sandbox.expire_links()
    assert own.fetch(again).status == 403
    assert own.fetch(own.ask("car/get").json["link"]).status == 200


def test_a_signature_opens_only_its_own_document(racer: Racer) -> None:
    cars, tracks = (urlsplit(racer.ask(path).json["link"]) for path in ("car/get", "track/get"))
    assert racer.fetch(cars._replace(query=tracks.query).geturl()).status == 403
    assert racer.fetch(cars._replace(query="").geturl()).status == 403


def test_the_content_type_of_stored_json_can_be_any(own: Racer) -> None:
    own.sandbox.settings(storage_content_type="binary/octet-stream")
    stored = own.fetch(own.ask("car/get").json["link"])
    assert stored.headers["content-type"] == "binary/octet-stream"
    assert stored.json


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("path", "query", "status", "error"),
    [
        ("series/season_schedule", {}, 400, "Bad Request"),
        ("series/season_schedule", {"season_id": "many"}, 400, "Bad Request"),
        ("series/season_schedule", {"season_id": 999_999_999}, 404, "Not Found"),
        ("series/past_seasons", {"series_id": 999_999}, 404, "Not Found"),
        ("season/list", {"season_year": 2026}, 400, "Bad Request"),
        ("results/search_series", {}, 400, "Bad Request"),
        ("season/race_guide", {"from": "tonight"}, 400, "Bad Request"),
        ("series/nothing", {}, 404, "Not Found"),
        ("nothing", {}, 404, "Not Found"),
    ],
)
def test_what_cannot_be_answered_is_refused_as_json(
    racer: Racer, path: str, query: dict[str, Any], status: int, error: str
) -> None:
    reply = racer.ask(path, **query)
    assert (reply.status, reply.json) == (status, {"error": error})
    assert reply.headers["x-ratelimit-limit"]


def test_maintenance_is_a_503_without_a_time(own: Racer) -> None:
    own.sandbox.settings(maintenance=True)
    reply = own.ask("car/get")
    assert (reply.status, reply.json["error"]) == (503, "Site Maintenance")
    assert reply.json["note"]
    assert "retry-after" not in reply.headers
    own.sandbox.settings(maintenance=False)
    assert own.ask("car/get").status == 200


def test_everything_is_counted_by_its_own_name(own: Racer) -> None:
    own.sandbox.reset()
    own.document("series/get")
    counted = own.sandbox.counters()["by_endpoint"]
    assert (counted["iracing_series_get"], counted["iracing_storage"], counted["iracing_token"]) == (1, 1, 0)
