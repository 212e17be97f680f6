"""`paceline worker`, where runs go, and that the files of the deployment fit to the code and to each other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._core.instance.config import dagster_instance_config
from typer.testing import CliRunner

from iracing_assets.definitions import defs as iracing
from paceline.celery_launcher import BUILDING_STEPS
from paceline.cli import app
from peloton_assets.definitions import defs as peloton
from resources.errors import UsageProblem
from resources.settings import CHECKOUT
from strava_assets.definitions import defs as strava

DEPLOY = CHECKOUT / "deploy"


def test_every_step_that_publishes_goes_to_the_builder() -> None:
    graphs = [each.resolve_asset_graph() for each in (peloton, iracing, strava)]
    publishing = {
        key
        for graph in graphs
        for key in graph.get_all_asset_keys()
        if graph.get(key).group_name == "published"
    }
    assert {"__".join(key.path) for key in publishing} == BUILDING_STEPS


def test_a_worker_without_a_queue_says_what_is_missing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    ended = CliRunner().invoke(app, ["worker"])
    assert isinstance(ended.exception, UsageProblem)
    assert "CELERY_BROKER_URL is not set" in str(ended.exception)
    assert not (data_dir / "state" / "dagster").exists()


def test_dagster_understands_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in example().items():
        monkeypatch.setenv(name, value or "x")
    (tmp_path / "dagster.yaml").write_text((DEPLOY / "dagster.yaml").read_text())
    config, _ = dagster_instance_config(str(tmp_path))
    alone = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text())
    assert config["retention"] == alone["retention"]
    assert (
        config["concurrency"]["pools"]["default_limit"] == alone["concurrency"]["pools"]["default_limit"] == 1
    )


def test_every_variable_of_the_deployment_is_in_its_example() -> None:
    given = {*example(), *compose()["services"]["worker"]["environment"]}
    asked = {
        name
        for file in ("dagster.yaml", "workspace.yaml", "values.yaml")
        for name in re.findall(r"^\s*env: (\w+)$", (DEPLOY / file).read_text(), re.MULTILINE)
    }
    assert asked
    assert asked <= given


def test_containers_are_reachable_from_this_machine_only_and_hold_no_secret() -> None:
    services = compose()["services"]
    assert all(port.startswith("127.0.0.1:") for each in services.values() for port in each.get("ports", []))
    for name, service in services.items():
        assert not re.search(r"PASSWORD|SECRET|TOKEN", str(service.get("environment", ""))), name
    secret = re.compile("PASSWORD|SECRET|TOKEN|KEY")
    assert not {name: value for name, value in example().items() if secret.search(name) and value}
    assert (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()[1] == "*", (
        "nothing goes in by chance"
    )


def test_each_provider_has_its_code_location() -> None:
    workspace = yaml.safe_load((DEPLOY / "workspace.yaml").read_text())["load_from"]
    named = {entry["grpc_server"]["location_name"] for entry in workspace}
    values = yaml.safe_load((DEPLOY / "values.yaml").read_text())
    assert named == {"peloton", "iracing", "strava"} <= {*compose()["services"]}
    assert named == {each["name"] for each in values["dagster-user-deployments"]["deployments"]}


def test_charts_and_compose_ask_for_what_the_profile_says() -> None:
    values = yaml.safe_load((DEPLOY / "values.yaml").read_text())
    profile = yaml.safe_load((DEPLOY / "dagster.yaml").read_text())
    runs, pools = profile["concurrency"]["runs"], profile["concurrency"]["pools"]
    assert values["concurrency"]["runs"]["maxConcurrentRuns"] == runs["max_concurrent_runs"]
    assert values["concurrency"]["pools"] == {
        "defaultLimit": pools["default_limit"],
        "granularity": pools["granularity"],
        "opGranularityRunBuffer": pools["op_granularity_run_buffer"],
    }
    launcher = values["runLauncher"]["config"]["customRunLauncher"]
    assert {name: launcher[name] for name in ("module", "class")} == {
        name: profile["run_launcher"][name] for name in ("module", "class")
    }
    workers = sum(each["spec"]["replicas"] for each in values["extraManifests"])
    assert workers == runs["max_concurrent_runs"]


def example() -> dict[str, str]:
    """The variables of deploy/.env.example, and what they are there."""
    lines = (DEPLOY / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded
