"""Commands on two hosts that share state, limits and object storage, without a daemon in between."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest
from equal import content
from hosts import Hosts
from servers import postgres_folder

from sandbox.client import Sandbox

pytestmark = [
    pytest.mark.tier("N"),
    pytest.mark.skipif(not postgres_folder(), reason="PostgreSQL is not installed: apt-get install postgresql"),
    pytest.mark.skipif(not shutil.which("redis-server"), reason="Redis is not installed: apt-get install redis-server"),
]  # fmt: skip


@pytest.fixture
def hosts(shared: dict[str, str], tmp_path: Path) -> Hosts:
    """Not started: nothing but commands."""
    return Hosts(tmp_path, shared, ())


def done(hosts: Hosts, host: str, *arguments: str) -> dict[str, Any]:
    """What a command told that came to its end."""
    command = hosts.paceline(host, *arguments, "--json")
    out, err = command.communicate()
    assert command.returncode == 0, (err, failures(hosts.shared))
    told: dict[str, Any] = json.loads(out)
    return told


def asked(provider: Sandbox, part: str) -> int:
    return sum(1 for _, _, path, *_ in provider.requests() if part in path)


def items_asked(provider: Sandbox) -> set[str]:
    """What was asked of Strava activity by activity."""
    return {path for _, _, path, *_ in provider.requests() if re.search(r"/activities/\d", path)}


def failures(shared: dict[str, str]) -> list[str]:
    """Why steps failed, as Dagster's storage has it: a command tells only that one did."""
    with psycopg.connect(shared["STATE_URL"].replace("hosts_state", "hosts_dagster")) as connection:
        rows = connection.execute("SELECT event FROM event_logs WHERE dagster_event_type = 'STEP_FAILURE'")
        return [event for (event,) in rows.fetchall()]


def test_one_of_two_hosts_asks_iracing_and_both_have_it(
    hosts: Hosts, provider: Sandbox, shared: dict[str, str]
) -> None:
    provider.reset()
    both = {host: hosts.paceline(host, "sync", "iracing", "--json") for host in ("left", "right")}
    said = {host: command.communicate() for host, command in both.items()}
    for host, command in both.items():
        refused = "Another sync of iRacing is running" in said[host][1]
        assert command.returncode == 0 or refused, (said[host], failures(shared))
    assert 0 in {command.returncode for command in both.values()}
    first = asked(provider, "/data/")
    for host in both:
        done(hosts, host, "sync", "iracing")
    tables = [
        {name: table for name, table in content(hosts.data_dir(host) / "warehouse.duckdb").items()
         if name.startswith("iracing.")}
        for host in both
    ]  # fmt: skip
    assert tables[0] == tables[1]
    assert tables[0]["iracing.events"][0] > 50
    assert asked(provider, "/data/") <= 3 * first, "each later sync costs no more than one alone"
    assert not [status for _, _, _, status, _ in provider.requests() if status == 429]


def test_what_one_host_has_of_strava_the_other_does_not_ask_again(hosts: Hosts, provider: Sandbox) -> None:
    provider.reset()
    first = done(hosts, "left", "sync", "strava", "--limit", "20")
    assert first["new"] == 40
    details = items_asked(provider)
    assert len(details) == 20
    provider.reset()
    second = done(hosts, "right", "sync", "strava", "--limit", "20")
    assert second["new"] == 0
    assert items_asked(provider).isdisjoint(details)
    assert content(hosts.data_dir("right") / "warehouse.duckdb")["strava.activities"][0] == 40
    assert not [status for _, _, _, status, _ in provider.requests() if status == 429]
    status = done(hosts, "left", "status")
    assert any(run["source"] == "strava" for run in status["runs"])


def test_what_is_forgotten_on_one_host_is_gone_from_the_other(hosts: Hosts, provider: Sandbox) -> None:
    done(hosts, "left", "sync", "strava", "--limit", "5")
    done(hosts, "right", "sync", "strava", "--limit", "1")
    athlete = str(provider.strava_credentials["athletes"][0]["athlete_id"])
    command = hosts.paceline("left", "forget", "strava", "--athlete", athlete, "--yes", "--json")
    out, err = command.communicate()
    assert command.returncode == 0, err
    assert json.loads(out)["erased"] > 40
    done(hosts, "right", "rebuild", "--source", "strava")
    assert content(hosts.data_dir("right") / "warehouse.duckdb")["strava.activities"][0] == 0
    kept = [path for path in hosts.data_dir("right").glob("landing/strava/act*/*/*.zst") if path.exists()]
    assert not kept
