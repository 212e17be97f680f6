"""`paceline sync peloton` with options and without a window, and how its runs look in Dagster."""

from __future__ import annotations

from math import ceil

import dagster as dg
import pytest
from chain import DELAY_S, LATEST_START, LIMIT, REFRESHED, Chain, listed_classes

pytestmark = pytest.mark.tier("N")


def test_disciplines_walk_their_own_lists_and_no_others(chains: dict[str, Chain]) -> None:
    options = chains["options"]
    assert set(options.done["limited"].categories) == {"yoga", "strength"}
    assert options.home.ask(
        "SELECT count(*) FROM peloton.rides WHERE NOT list_has_any(categories, ['yoga', 'strength'])"
    ) == [(0,)]


def test_a_limit_takes_the_newest_and_refresh_asks_for_them_again(chains: dict[str, Chain]) -> None:
    options = chains["options"]
    known = listed_classes(options.sandbox)
    limited, refreshed = options.done["limited"], options.done["refreshed"]
    wanted = [
        ride
        for ride, row in sorted(known.items(), key=lambda item: -item[1]["original_air_time"])
        if row["month"].startswith("2025") and {"yoga", "strength"} & set(row["categories"])
        and not (row["is_warm_up"] or row["is_cool_down"])
    ]  # fmt: skip
    assert sorted(limited.details) == sorted(wanted[:LIMIT])
    assert sorted(refreshed.details) == sorted(wanted[:REFRESHED])
    [(incomplete,)] = options.home.state(
        "SELECT count(*) FROM coverage WHERE resource LIKE 'ride_details:%' AND reason LIKE '%left out by the limit%'"
    )
    assert incomplete > 0, "a limit must not look like completeness"


def test_a_delay_is_a_rate_that_is_never_exceeded(chains: dict[str, Chain]) -> None:
    moments = chains["options"].done["limited"].api
    most = ceil(1 / DELAY_S)
    assert len(moments) > LIMIT
    for start in moments:
        assert sum(start <= moment < start + 1 for moment in moments) <= most


def test_without_a_window_the_second_run_touches_unsettled_months_only(chains: dict[str, Chain]) -> None:
    whole = chains["whole"]
    first, second = whole.done["first"], whole.done["second"]
    truth = [row["id"] for row in listed_classes(whole.sandbox).values() if row["month"] >= LATEST_START]
    assert sorted(first.details) == sorted(truth)
    assert second.details == []
    assert len(second.api) <= 2 < len(first.categories) + len(first.details)
    [(months,)] = whole.home.state("SELECT count(DISTINCT month) FROM coverage WHERE state = 'complete'")
    assert months == len(
        dg.MonthlyPartitionsDefinition(f"{LATEST_START}-01", end_offset=1).get_partition_keys()
    )


def test_the_runs_are_in_dagster_with_each_month(
    chains: dict[str, Chain], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = chains["whole"]
    monkeypatch.setenv("DAGSTER_HOME", str(whole.home.path / "state" / "dagster"))
    with dg.DagsterInstance.get() as instance:
        runs = {run.run_id: run for run in instance.get_runs()}
        months = instance.get_materialized_partitions(dg.AssetKey(["peloton", "songs"]))
        listed = instance.get_materialized_partitions(dg.AssetKey(["peloton", "ride_list"]))
    for asked in whole.done.values():
        run = runs.pop(asked.ended.facts["run_id"])
        assert (run.job_name, run.status) == ("peloton_library", dg.DagsterRunStatus.SUCCESS)
    assert not runs
    every = set(dg.MonthlyPartitionsDefinition(f"{LATEST_START}-01", end_offset=1).get_partition_keys())
    assert months == listed == every
