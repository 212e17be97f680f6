"""How much of an allowed rate the limiter reaches, and whether the server ever sees more than it allows.

    .venv/bin/python -m bench.limiter [--rate 5] [--latency-ms 300] [--seconds 30]

The sandbox enforces the rate and answers late, so one caller alone cannot reach it. The worst second is taken
from the server's own log of arrivals. The first call of each process (sign-in, imports) is not timed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from resources.peloton import PelotonClient
from resources.settings import load_settings
from sandbox.client import Sandbox

CHECKOUT = Path(__file__).resolve().parent.parent
WINDOW_S = 1.0


def call_for(seconds: float, threads: int) -> tuple[int, int]:
    """One process of the crowd: list pages with some threads; gives (requests made, refused)."""
    client = PelotonClient.from_settings(load_settings())
    ends = time.monotonic() + seconds

    def work() -> None:
        while time.monotonic() < ends:
            client.archived(0)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return client.requests_made, client.refused


def measure(processes: int, threads: int, rate: float, latency_ms: float, seconds: float) -> dict[str, float]:
    with (
        Sandbox(rate=rate, latency_ms=latency_ms, classes=200) as sandbox,
        tempfile.TemporaryDirectory() as data,
    ):
        env = {
            **os.environ,
            **sandbox.env(),
            "PACELINE_DATA_DIR": data,
            "PELOTON_REQUESTS_PER_SECOND": str(rate),
        }
        command = [sys.executable, "-m", "bench.limiter", "--child", str(seconds), str(threads)]
        children = [
            subprocess.Popen(command, env=env, cwd=CHECKOUT, stdout=subprocess.PIPE) for _ in range(processes)
        ]
        told = [json.loads(child.communicate()[0]) for child in children]
        arrivals = sorted(line[0] for line in sandbox.requests() if "/archived" in line[2])
        refused = sandbox.counters()["refused"]
    steady = arrivals[processes:]  # without the start, when not all have come
    span_s = steady[-1] - steady[0]
    return {
        "requests": len(arrivals),
        "achieved_of_allowed": (len(steady) - 1) / span_s / rate,
        "worst_second": worst_window(arrivals, WINDOW_S),
        "shortest_span_of_limit_s": min(
            late - early for early, late in zip(arrivals, arrivals[int(rate) :], strict=False)
        ),
        "refused_by_server": refused,
        "refused_seen": sum(two for _, two in told),
    }


def worst_window(arrivals: list[float], window_s: float) -> int:
    """Most arrivals in any half-open window of that length."""
    worst = first = 0
    for last, arrived in enumerate(arrivals):
        while arrived - arrivals[first] >= window_s:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--latency-ms", type=float, default=300.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--child", nargs=2)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(call_for(float(options.child[0]), int(options.child[1]))))
        return
    for processes, threads in ((1, 4), (4, 2)):
        found = measure(processes, threads, options.rate, options.latency_ms, options.seconds)
        figures = "  ".join(f"{name} {value:.3f}".rstrip("0").rstrip(".") for name, value in found.items())
        print(f"{processes} process(es) x {threads} threads, {options.rate:g}/s allowed: {figures}")


if __name__ == "__main__":
    main()
