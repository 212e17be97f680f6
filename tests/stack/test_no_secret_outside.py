"""A backfill through the real daemon: no secret in what `ps` shows, in pages and GraphQL, in logs and files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests
from secret_scan import found_in, leaks, sought
from stack import ASSETS, Stack

pytestmark = [pytest.mark.stack, pytest.mark.tier("N"), pytest.mark.promise("D4")]

BEGINNINGS = ("v1.sandbox-", "eyJhbGciOiJub25l")  # of every token of the sandbox
PAGES = ("/", "/runs", "/assets/peloton/rides", "/locations", "/config", "/server_info")
EVENTS = """{ runsOrError { ... on Runs { results { runId runConfigYaml tags { key value }
    eventConnection(limit: 5000) { events { __typename ... on MessageEvent { message }
        ... on ErrorEvent { error { message stack } } } } } } } }"""
CONFIG = "{ instance { info runLauncher { name } daemonHealth { allDaemonStatuses { daemonType } } } }"


def test_no_secret_leaves_the_token_store(stack: Stack, env: dict[str, str]) -> None:
    backfill = stack.launch_backfill(ASSETS, ["2021-03-01"])
    seen, shown = set(), set()

    def is_over() -> bool:
        seen.update(stack.processes("dagster"))
        shown.update(pid for start in BEGINNINGS for pid in stack.processes(start))
        return stack.backfill_status(backfill).startswith(("COMPLETED", "FAILED", "CANCELED"))

    stack.until(is_over, 240, "the backfill to end")
    assert stack.backfill_status(backfill) == "COMPLETED_SUCCESS"
    assert len(seen) > 3, "daemon, webserver, code server and a run"
    assert shown == set(), "a token in a command line"
    folder = Path(env["PACELINE_DATA_DIR"])
    account = json.loads((folder / "state" / "tokens" / "peloton.json").read_text())["accounts"]["default"]
    secrets = {account["access_token"], account["refresh_token"], env["PELOTON_REFRESH_TOKEN"]}
    forms = sought(secrets) | {start.encode() for start in BEGINNINGS}
    told = json.dumps([stack.graphql(EVENTS), stack.graphql(CONFIG)])
    assert "STEP_SUCCESS" in told or "ExecutionStepSuccessEvent" in told
    assert not found_in(told.encode(), forms)
    for page in PAGES:
        assert not found_in(requests.get(stack.url + page, timeout=60).content, forms), page
    assert leaks(folder, secrets, BEGINNINGS) == set()
