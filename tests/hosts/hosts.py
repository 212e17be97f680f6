"""Several hosts on one machine: each process has a data folder of its own, and shares what hosts share.

PostgreSQL holds Dagster's storage and the state, Redis the queue and the limits, an S3 server landing zone and lake.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import requests
from servers import free_port

from resources.settings import CHECKOUT

LOCATIONS = ("peloton", "iracing", "strava")
WORKERS, BUILDER = ("one", "two", "three"), "builder"
LIBRARY_OPTIONS = {"classes": 500, "until": "2021-12-31"}
READY_WITHIN_S = 180
STOP_WITHIN_S = 30
T = TypeVar("T")


class Hosts:
    """Webserver, daemon and a code location for each provider on a first host, every worker on one of its own."""

    def __init__(self, root: Path, shared: dict[str, str], workers: tuple[str, ...]) -> None:
        self.root = root
        self.shared = {**shared, "PACELINE_DAGSTER_YAML": str(CHECKOUT / "deploy" / "dagster.yaml")}
        self.workers = workers
        self.url = f"http://127.0.0.1:{free_port()}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def env(self, host: str) -> dict[str, str]:
        """The environment of a process on a host."""
        return {**os.environ, **self.shared, "PACELINE_DATA_DIR": str(self.data_dir(host))}

    def data_dir(self, host: str) -> Path:
        """What only this host sees."""
        return self.root / host / "data"

    def start(self, name: str, host: str, *arguments: str) -> None:
        """A Python module as a process, in a group of its own."""
        (self.root / host).mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env=self.env(host) | {"DAGSTER_HOME": str(self.root / host)},
                cwd=self.root / host,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_worker(self, name: str) -> None:
        """A worker; the one called builder publishes."""
        self.start(
            name, name, "paceline", "worker", "--name", name, *(["--builder"] if name == BUILDER else [])
        )

    def log(self, name: str) -> Path:
        return self.root / f"{name}.log"

    def __enter__(self) -> Self:
        front = self.root / "front"
        front.mkdir(parents=True)
        (front / "dagster.yaml").write_bytes((CHECKOUT / "deploy" / "dagster.yaml").read_bytes())
        ports = {name: free_port() for name in LOCATIONS}
        (front / "workspace.yaml").write_text(
            "load_from:\n"
            + "".join(
                f"  - grpc_server: {{host: 127.0.0.1, port: {port}, location_name: {name}}}\n"
                for name, port in ports.items()
            )
        )
        for name, port in ports.items():
            module = f"{name}_assets.definitions"
            self.start(
                name, "front", "dagster", "code-server", "start", "-m", module, "-a", "defs",
                "--location-name", name, "-h", "127.0.0.1", "-p", str(port),
            )  # fmt: skip
        for name in self.workers:
            self.start_worker(name)
        workspace = str(front / "workspace.yaml")
        port = self.url.rpartition(":")[2]
        self.start("webserver", "front", "dagster_webserver", "-w", workspace, "-h", "127.0.0.1", "-p", port)
        self.start("daemon", "front", "dagster._daemon", "run", "-w", workspace)
        try:
            self.until(self._is_ready, READY_WITHIN_S, "all code locations")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End every process."""
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def kill(self, name: str) -> None:
        """As when the host loses its power: the worker and the run that it has in hand."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes.pop(name).wait()

    def paceline(self, host: str, *arguments: str) -> subprocess.Popen[str]:
        """A command on a host."""
        (self.root / host).mkdir(parents=True, exist_ok=True)
        return subprocess.Popen(
            [sys.executable, "-m", "paceline", *arguments], env=self.env(host), cwd=self.root / host,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def graphql(self, query: str, **variables: Any) -> Any:
        """The `data` of an answer; an error in it fails the test."""
        asked = {"query": query, "variables": variables}
        answer = requests.post(f"{self.url}/graphql", json=asked, timeout=60).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def until(self, found: Callable[[], T], timeout_s: float, what: str) -> T:
        """Poll until `found()` is true; fail the test with what was waited for."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if value := found():
                return value
            ended = [name for name, process in self.processes.items() if process.poll() is not None]
            assert not ended, f"{ended} ended; see {self.root}/*.log"
            time.sleep(0.5)
        raise AssertionError(f"waited {timeout_s} s in vain for {what}; see {self.root}/*.log")

    def _is_ready(self) -> bool:
        query = "{ repositoriesOrError { ... on RepositoryConnection { nodes { location { name } } } } }"
        try:
            nodes = self.graphql(query)["repositoriesOrError"].get("nodes", [])
        except requests.ConnectionError:
            return False
        return {node["location"]["name"] for node in nodes} == {*LOCATIONS}

    def launch_backfill(self, assets: list[list[str]], partitions: list[str]) -> str:
        """Launch a backfill as the UI does; give its id."""
        launched = self.graphql(
            "mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params)"
            " { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }",
            params={"assetSelection": [{"path": path} for path in assets], "partitionNames": partitions},
        )["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return str(launched["backfillId"])

    def backfill_end(self, backfill_id: str) -> str:
        """How it ended; empty while it runs."""
        data = self.graphql(
            "query($id: String!) { partitionBackfillOrError(backfillId: $id)"
            " { ... on PartitionBackfill { status } ... on PythonError { message } } }",
            id=backfill_id,
        )
        status = str(data["partitionBackfillOrError"]["status"])
        return status if status.startswith(("COMPLETED", "FAILED", "CANCELED")) else ""

    def runs(self) -> list[dict[str, Any]]:
        """All runs, newest first; their tags as a dict."""
        query = "{ runsOrError { ... on Runs { results { runId status jobName tags { key value } } } } }"
        found = self.graphql(query)["runsOrError"]["results"]
        return [{**run, "tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]
