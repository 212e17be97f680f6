"""The monitor of Dagster learns from our launcher which runs are dead."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher.base import WorkerStatus

from paceline.dagster_home import prepare_home
from resources.settings import load_settings


@dg.job
def nothing() -> None:
    """A job to make runs of."""


@pytest.fixture
def instance(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """As `paceline up` configures it."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    prepare_home(load_settings())
    with dg.DagsterInstance.get() as instance:
        yield instance


def health(instance: dg.DagsterInstance, process: int | None) -> WorkerStatus:
    """What is said of a run whose first event named this process."""
    run = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED)
    if process is not None:
        instance.report_engine_event("started", run, EngineEventData.in_process(process))
    return instance.run_launcher.check_run_worker_health(run).status


def test_only_a_run_whose_process_is_gone_is_dead(instance: dg.DagsterInstance) -> None:
    assert instance.run_launcher.supports_check_run_worker_health
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert health(instance, process.pid) is WorkerStatus.RUNNING
        process.kill()
        assert process.stdin
        process.stdin.close()
        process.wait()
        assert health(instance, process.pid) is WorkerStatus.FAILED
    assert health(instance, None) is WorkerStatus.RUNNING, "it has not said yet which process it is"
