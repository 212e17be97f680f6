"""Several hosts share a backfill and the limits of the providers, one of them dies, and the tables are those of one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import engine
import pytest
from equal import Content, content
from hosts import BUILDER, LIBRARY_OPTIONS, WORKERS, Hosts
from servers import postgres_folder
from signing_in import FAST_PER_SECOND, sign_in

from peloton_assets.scope import Scope
from resources.state import State
from sandbox.client import Sandbox

pytestmark = [
    pytest.mark.tier("N"),
    pytest.mark.stack,
    pytest.mark.skipif(
        not postgres_folder(), reason="PostgreSQL is not installed: apt-get install postgresql"
    ),
    pytest.mark.skipif(
        not shutil.which("redis-server"), reason="Redis is not installed: apt-get install redis-server"
    ),
]

LIBRARY = (
    "ride_list", "ride_details", "rides", "playlists", "songs", "song_artists", "instructors", "class_types",
    "equipment", "tracks", "track_terms", "ride_plays",
)  # fmt: skip
ASSETS = [*(["peloton", name] for name in LIBRARY), ["warehouse"]]
PARTITIONS = [f"{year}-{month:02}-01" for year in (2019, 2020, 2021) for month in range(1, 13)]
DONE_IN_S = 900


def refusals(provider: Sandbox) -> int:
    return sum(1 for _, _, _, status, _ in provider.requests() if status == 429)


def details_asked(provider: Sandbox) -> int:
    return int(provider.counters()["by_endpoint"]["details"])


def worker_of_a_crawl(hosts: Hosts) -> str:
    """A worker whose run asks the provider right now: its landing zone has an open segment."""
    for name in WORKERS:
        if name in hosts.processes and any(
            hosts.data_dir(name).glob("landing/peloton/ride_details/*/*.part")
        ):
            return name
    return ""


@pytest.mark.promise("A5")
def test_three_years_by_three_workers_of_which_one_dies(
    hosts: Hosts, provider: Sandbox, shared: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    figure: Callable[[str], None],
) -> None:  # fmt: skip
    provider.reset()
    backfill = hosts.launch_backfill(ASSETS, PARTITIONS)
    victim = hosts.until(
        lambda: worker_of_a_crawl(hosts) if details_asked(provider) > 60 else "", DONE_IN_S, "a crawl"
    )
    hosts.kill(victim)
    ended = hosts.until(lambda: hosts.backfill_end(backfill), DONE_IN_S, "the backfill")
    assert ended == "COMPLETED_SUCCESS"

    runs = [run for run in hosts.runs() if run["tags"].get("dagster/backfill") == backfill]
    failed = [run for run in runs if run["status"] == "FAILURE"]
    assert len(failed) == 1, "the run of the worker that died, and no other"
    ranges = {run["tags"].get("dagster/asset_partition_range_start") for run in runs} - {None}
    assert ranges == {f"{year}-{month}-01" for year in (2019, 2020, 2021) for month in ("01", "07")}
    at_work = {name for name in WORKERS if any(hosts.data_dir(name).glob("landing/peloton/*/*/*"))}
    assert at_work >= {*WORKERS} - {victim}
    state = State(shared["STATE_URL"])
    wanted = {partition[:7] for partition in PARTITIONS}
    assert set(state.complete_months("peloton", "ride_list")) >= wanted
    assert set(state.complete_months("peloton", "ride_details:power-zone")) >= wanted
    assert refusals(provider) == 0
    again = sum(times - 1 for times in provider.counters()["details_by_id"].values())
    lost = sum(1 for path in hosts.data_dir(victim).rglob("*.part") for _ in path.read_bytes().splitlines())
    assert again <= lost + 16, "what the dead worker had not stored yet, and what was under way"

    requests = len(provider.requests())
    one_host = by_one_host(tmp_path, monkeypatch)
    several = library(hosts.data_dir(BUILDER) / "warehouse.duckdb")
    assert several == one_host
    assert several["peloton.rides"][0] > 400
    figure(
        f"36 months in {len(ranges)} runs by {len(WORKERS)} workers, one killed: {requests} requests, 0 refusals,"
        f" {again} asked again, all {len(one_host)} tables equal to those of one host"
    )


def by_one_host(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Content:
    """The tables that one host makes, undisturbed, of the same library at a provider without a limit."""
    with Sandbox(**LIBRARY_OPTIONS, rate=0) as provider:
        sign_in(provider, monkeypatch)
        monkeypatch.setenv("PACELINE_DATA_DIR", str(folder / "data"))
        monkeypatch.setenv("PELOTON_REQUESTS_PER_SECOND", str(FAST_PER_SECOND))
        engine.sync(Scope(tuple(partition[:7] for partition in PARTITIONS)))
    return library(folder / "data" / "warehouse.duckdb")


def library(warehouse: Path) -> Content:
    """The tables of the class library."""
    return {table: found for table, found in content(warehouse).items() if table.startswith("peloton.")}
