"""Start a sandbox and steer it from Python.

    with Sandbox(classes=600, rate=0) as sandbox:
        sandbox.faults({"kind": "status", "status": 503, "endpoint": "details", "at_request": 2})
        run_something(env={**os.environ, **sandbox.env()})
        assert sandbox.counters()["by_endpoint"]["details"] == 41

The process stops with the block, and also when the process that started it dies.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from sandbox.iracing.client import IRacingControl
from sandbox.strava.client import StravaControl

CHECKOUT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 5
ANSWER_SECONDS = 30

Json = Any


class SandboxError(RuntimeError):
    """The sandbox did not start, or refused a control request; the message says why."""


class Sandbox(IRacingControl, StravaControl):
    """A context manager; every option is one of `python -m sandbox --help`, with underscores.

    `faults` may be a list of faults, a scenario's name or its file. Nothing is started before `with` or
    `start()`.
    """

    def __init__(self, **options: Json) -> None:
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.greeting: dict[str, Json] = {}

    def start(self) -> Sandbox:
        options = {"parent_pid": os.getpid(), **self._options}
        faults = options.pop("faults", None)
        arguments = [
            f"--{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None
        ]
        with tempfile.TemporaryDirectory() as folder:
            if isinstance(faults, list):
                script = Path(folder) / "faults.json"
                script.write_text(json.dumps(faults))
                faults = script
            if faults is not None:
                arguments.append(f"--faults={faults.resolve() if isinstance(faults, Path) else faults}")
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sandbox", *arguments],
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
            )
            line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise SandboxError(
                f"the sandbox ended with code {self._process.wait()} before it was ready; see stderr"
            )
        self.greeting = json.loads(line)
        return self

    def stop(self) -> int | None:
        """End the process; answers its exit code."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        code = self._process.returncode
        self._process = None
        return code

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -------------------------------------------------------------- addresses

    @property
    def port(self) -> int:
        return int(self.greeting["port"])

    @property
    def api_url(self) -> str:
        return str(self.greeting["peloton_api_url"])

    @property
    def auth_url(self) -> str:
        return str(self.greeting["peloton_auth_url"])

    @property
    def refresh_token(self) -> str:
        return str(self.greeting["refresh_token"])

    @property
    def members(self) -> list[dict[str, str]]:
        """user_id, username and first refresh token of each member."""
        return cast(list[dict[str, str]], self.greeting["members"])

    def env(self) -> dict[str, str]:
        """Environment variables that point Paceline at this sandbox."""
        return {
            "PELOTON_API_URL": self.api_url,
            "PELOTON_AUTH_URL": self.auth_url,
            "PELOTON_REFRESH_TOKEN": self.refresh_token,
            **self.iracing_env(),
            **self.strava_env(),
        }

    # -------------------------------------------------------------- control

    def control(self, name: str, body: Json = None) -> Json:
        """`GET /_sandbox/name`, or POST when there is a body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, f"/_sandbox/{name}", None if body is None else json.dumps(body))
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise SandboxError(answer["error"])
        return answer

    def counters(self) -> dict[str, Json]:
        return cast(dict[str, Json], self.control("counters"))

    def requests(self) -> list[list[Json]]:
        """[arrival in monotonic seconds, method, path with query, status, Retry-After told] of each request."""
        return cast(list[list[Json]], self.control("requests"))

    def reset(self) -> None:
        """Counters and request log start again at nothing."""
        self.control("reset", {})

    def publish(
        self, count: int = 1, at: int | None = None, only: str = "", **fields: Json
    ) -> list[dict[str, Json]]:
        """Add classes at the top of the list, of a kind such as `cycling/power_zone`; `fields` as in edit."""
        body = {"count": count, "at": at, "only": only, "fields": fields}
        return cast(list[dict[str, Json]], self.control("publish", body))

    def remove(self, *ids: str, count: int | None = None, page: int = 0) -> list[str]:
        """Take classes off the list: those named, or the first `count` of a page of 100."""
        body = {"ids": list(ids)} if ids else {"count": count, "page": page}
        return cast(list[str], self.control("remove", body))

    def restore(self, *ids: str) -> None:
        self.control("restore", {"ids": list(ids)})

    def edit(self, class_id: str, fields: dict[str, Json]) -> dict[str, Json]:
        """Override ride fields by dotted path; `details.` paths reach the rest of the details."""
        return cast(dict[str, Json], self.control("edit", {"id": class_id, "fields": fields}))

    def settings(self, **changes: Json) -> dict[str, Json]:
        """Change settings; answers all of them."""
        return cast(dict[str, Json], self.control("settings", changes))

    def faults(self, *faults: dict[str, Json]) -> None:
        """Replace the fault script; without arguments nothing goes wrong any more."""
        self.control("faults", list(faults))

    def fault_state(self) -> list[dict[str, Json]]:
        """How many requests each fault has seen and hit, with its kind and note."""
        return cast(list[dict[str, Json]], self.control("faults"))

    def expire_tokens(self, member: int | None = None) -> None:
        """The access tokens of one member, or of all."""
        self.control("expire_tokens", {} if member is None else {"member": member})

    def classes(self) -> list[dict[str, Json]]:
        """Every class there is, listed or not: the truth to compare with."""
        return cast(list[dict[str, Json]], self.control("classes"))

    def truth(self, class_id: str) -> dict[str, Json]:
        """All that is true about one class, songs included."""
        return cast(dict[str, Json], self.control(f"truth/{class_id}"))

    # -------------------------------------------------------------- workouts

    def workouts(self, member: int = 0) -> list[dict[str, Json]]:
        """The truth about every workout of a member, newest first."""
        return cast(list[dict[str, Json]], self.control("workouts", {"member": member}))

    def graph(self, workout_id: str, every_n: int = 1) -> dict[str, Json]:
        """Every value of a workout's series, with averages and maxima."""
        return cast(dict[str, Json], self.control("graph", {"id": workout_id, "every_n": every_n}))

    def add_workouts(
        self,
        count: int = 1,
        member: int = 0,
        at: int | None = None,
        status: str | None = None,
        **fields: Json,
    ) -> list[dict[str, Json]]:
        """New workouts, newest first; `fields` as in edit_workout, and `ride_id` for the class taken."""
        body = {"member": member, "count": count, "at": at, "status": status, "fields": fields}
        return cast(list[dict[str, Json]], self.control("add_workouts", body))

    def delete_workouts(self, *ids: str) -> None:
        self.control("delete_workouts", {"ids": list(ids)})

    def finish_workout(self, workout_id: str) -> dict[str, Json]:
        return cast(dict[str, Json], self.control("finish_workout", {"id": workout_id}))

    def edit_workout(self, workout_id: str, fields: dict[str, Json]) -> dict[str, Json]:
        """Override fields of a workout's row by dotted path."""
        return cast(dict[str, Json], self.control("edit_workout", {"id": workout_id, "fields": fields}))
