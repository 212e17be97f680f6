"""A real `paceline up` (webserver, daemon, code server, run processes) on a data folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

READY_TIMEOUT_S = 400  # a busy machine is no error
STOP_TIMEOUT_S = 20
MONTHLY = ["ride_list", "ride_details", "rides", "playlists", "songs", "song_artists"]
WHOLE = ["instructors", "class_types", "equipment", "tracks", "track_terms", "ride_plays"]
ASSETS = [["peloton", name] for name in MONTHLY + WHOLE] + [["warehouse"]]


def months(*years: int) -> list[str]:
    """Partition keys of whole years."""
    return [f"{year}-{month:02}-01" for year in years for month in range(1, 13)]


class Stack:
    """Starts `paceline up` in its own process group; `graphql` talks to it."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log.open("wb")
        self._env = {**os.environ, **env}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "paceline", "up", "--port", str(self.port)],
            env=self._env,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        try:
            self.until(self._is_ready, READY_TIMEOUT_S, "the UI to answer")
        except BaseException:  # nobody else would end it
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End it, as Ctrl-C does, and whatever of it is left."""
        for number in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(STOP_TIMEOUT_S)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self._log.close()

    def graphql(self, query: str, **variables: Any) -> Any:
        """The `data` of an answer; an error in it fails the test."""
        answer = requests.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def until(self, found: Any, timeout_s: float, what: str) -> Any:
        """Poll until `found()` is true; fail the test with what was waited for."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if value := found():
                return value
            assert self.process.poll() is None, f"paceline up ended; see {self._log.name}"
            time.sleep(0.5)
        raise AssertionError(f"waited {timeout_s} s in vain for {what}; see {self._log.name}")

    def _is_ready(self) -> bool:
        try:
            data = self.graphql(
                "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
            )
        except requests.ConnectionError:
            return False
        return bool(data["repositoriesOrError"].get("nodes"))

    def launch_backfill(self, assets: list[list[str]], partitions: list[str]) -> str:
        """Launch a backfill of assets over partitions as the UI does; give its id."""
        launched = self.graphql(
            """
            mutation($params: LaunchBackfillParams!) {
              launchPartitionBackfill(backfillParams: $params) {
                __typename
                ... on LaunchBackfillSuccess { backfillId }
                ... on PythonError { message }
              }
            }""",
            params={"assetSelection": [{"path": path} for path in assets], "partitionNames": partitions},
        )["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return str(launched["backfillId"])

    def backfill_status(self, backfill_id: str) -> str:
        """REQUESTED, COMPLETED_SUCCESS, FAILED, ..."""
        data = self.graphql(
            "query($id: String!) { partitionBackfillOrError(backfillId: $id)"
            " { ... on PartitionBackfill { status } ... on PythonError { message } } }",
            id=backfill_id,
        )
        return str(data["partitionBackfillOrError"]["status"])

    def reload_location(self) -> None:
        """What the button Reload of the UI does."""
        reload = 'mutation { reloadRepositoryLocation(repositoryLocationName: "peloton") { __typename } }'
        done = self.graphql(reload)["reloadRepositoryLocation"]
        assert done["__typename"] == "WorkspaceLocationEntry", done

    def processes(self, words: str) -> list[int]:
        """Processes on this stack's data folder whose command line holds these words."""
        mine = f"PACELINE_DATA_DIR={self._env['PACELINE_DATA_DIR']}\0".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it may end while we look
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if words in command and mine in (process / "environ").read_bytes() + b"\0":
                    found.append(int(process.name))
        return found

    def runs(self) -> list[dict[str, Any]]:
        """All runs: id, status, number of materializations, tags."""
        data = self.graphql(
            "{ runsOrError { ... on Runs { results { id status jobName tags { key value } } } } }"
        )
        return list(data["runsOrError"]["results"])


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
