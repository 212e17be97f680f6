"""Launchpads: each job's opens with a configuration that is valid as it stands, and every field says what it means."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from signing_in import fresh_refresh_token

from sandbox.client import Sandbox

LOCATIONS = ("peloton", "iracing", "strava")


def defs(location: str) -> dg.Definitions:
    found: dg.Definitions = import_module(f"{location}_assets.definitions").defs
    return found


def jobs(location: str) -> list[dg.JobDefinition]:
    every = defs(location).get_repository_def().get_all_jobs()
    return [job for job in every if not job.name.startswith("__")]


@pytest.mark.parametrize("location", LOCATIONS)
def test_every_job_explains_itself_and_its_fields(location: str) -> None:
    for job in jobs(location):
        assert (job.description or "").endswith("."), job.name
        for name, field in fields(job):
            assert field.description, f"{job.name}: {name}"
            assert not field.is_required, f"{job.name}: {name} has no default"


def fields(job: dg.JobDefinition) -> list[tuple[str, Any]]:
    """The options of the steps of a job."""
    found = []
    for node in job.nodes:
        config = node.definition.config_schema.config_type if node.definition.config_schema else None
        found += [(f"{node.name}.{name}", field) for name, field in getattr(config, "fields", {}).items()]
    return found


@pytest.mark.parametrize("location", LOCATIONS)
def test_what_a_launchpad_opens_with_is_valid(location: str) -> None:
    for job in jobs(location):
        assert dg.validate_run_config(job, {}), job.name


@pytest.mark.parametrize(
    ("job", "step"), [("peloton_tables", "rides"), ("peloton_workout_list", "workout_list")]
)
def test_a_run_without_a_month_says_where_to_choose_one(
    job: str, step: str, shared_peloton: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in shared_peloton.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PELOTON_REFRESH_TOKEN", fresh_refresh_token(shared_peloton))
    with dg.DagsterInstance.ephemeral() as instance:
        ended = (
            defs("peloton").resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False)
        )
    assert not ended.success
    failure = next(
        event for event in ended.all_events if event.is_step_failure and step in str(event.step_key)
    )
    told = failure.step_failure_data.user_failure_data
    assert told is not None
    assert "field Partition of the launchpad" in told.description
