"""Run the sandbox: `python -m sandbox --port 0 --classes 3600`.

The first line on stdout is one JSON object with the addresses and the first refresh token; nothing
else is printed. The same object is written to `--port-file` in one step, so that whoever waits for
the file never reads half of it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
from datetime import date
from pathlib import Path

from sandbox.iracing.api import IRacing
from sandbox.peloton.api import Peloton
from sandbox.scenario import read_scenario
from sandbox.server import SandboxServer
from sandbox.strava.api import Strava
from sandbox.world import World

PARENT_CHECK_SECONDS = 0.5
STOP_CHECK_SECONDS = 0.02


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one (default)")
    parser.add_argument("--classes", type=int, default=3_600)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--until", type=date.fromisoformat, default=date(2026, 11, 20), help="last day with classes"
    )
    parser.add_argument("--rate", type=float, default=5.0, help="data requests a second, 0 = no limit")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--access-token-seconds", type=int, default=172_800)
    parser.add_argument("--workouts", type=int, default=0, help="how many each member has")
    parser.add_argument("--members", type=int, default=1)
    parser.add_argument("--iracing-series", type=int, default=24, help="how many have an active season")
    parser.add_argument(
        "--iracing-today", type=date.fromisoformat, default=date(2026, 11, 20), help="seasons run around it"
    )
    parser.add_argument("--strava-activities", type=int, default=0, help="how many each athlete has")
    parser.add_argument("--strava-athletes", type=int, default=1)
    parser.add_argument(
        "--strava-today", type=date.fromisoformat, default=date(2026, 11, 20), help="last day with activities"
    )
    parser.add_argument("--faults", help="a scenario: its name, or a JSON file with a list of faults")
    parser.add_argument("--port-file", type=Path, help="where to write the line that is printed")
    parser.add_argument("--parent-pid", type=int, help="stop when this process is gone")
    return parser.parse_args(arguments)


def main() -> None:
    options = parse_arguments()
    peloton = Peloton(
        options.classes,
        options.seed,
        options.until,
        options.access_token_seconds,
        workouts=options.workouts,
        members=options.members,
    )
    iracing = IRacing(options.iracing_series, options.seed, options.iracing_today)
    strava = Strava(options.strava_activities, options.strava_athletes, options.seed, options.strava_today)
    world = World([peloton, iracing, strava], rate=options.rate, latency_ms=options.latency_ms)
    if options.faults:
        try:
            world.script.replace(read_scenario(options.faults).faults)
        except ValueError as mistake:
            raise SystemExit(f"--faults: {mistake}") from None
    server = SandboxServer(options.port, world)
    stop_on_signals(server)
    if options.parent_pid:
        stop_with_parent(server, options.parent_pid)
    greeting: dict[str, object] = {"port": server.server_port}
    for provider in world.providers.values():
        greeting |= provider.greeting(server.base_url)
    line = json.dumps(greeting)
    if options.port_file:
        write_at_once(options.port_file, line)
    print(line, flush=True)
    server.serve_forever(poll_interval=STOP_CHECK_SECONDS)
    server.server_close()


def stop(server: SandboxServer) -> None:
    """Stop serving. `shutdown` waits for the serving thread, so it must run in another one."""
    server.stopping.set()
    threading.Thread(target=server.shutdown, daemon=True).start()


def stop_on_signals(server: SandboxServer) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop(server))


def stop_with_parent(server: SandboxServer, parent_pid: int) -> None:
    """Watch the parent: a killed test run must not leave servers behind."""
    is_direct = os.getppid() == parent_pid

    def is_gone() -> bool:
        if is_direct:
            return os.getppid() != parent_pid
        try:
            os.kill(parent_pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False

    def watch() -> None:
        while not server.stopping.wait(PARENT_CHECK_SECONDS):
            if is_gone():
                stop(server)

    threading.Thread(target=watch, daemon=True).start()


def write_at_once(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text + "\n")
    beside.replace(path)


if __name__ == "__main__":
    main()
