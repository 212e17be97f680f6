"""`make bench`: every table, one after the other, in a form that can be pasted into docs/performance.md.

    .venv/bin/python -m bench [--quick] [NAME ...]

`--quick` measures with small sizes and once, for a look at the ratios. A table that fails does not keep the others from
being made; the exit code tells of it at the end.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import dagster
import duckdb

# The options of a quick run; without them each module's own defaults hold.
TABLES: dict[str, tuple[str, ...]] = {
    "against_dlt": ("--classes", "400", "--rounds", "1"),
    "dlt_faults": ("--classes", "100"),
    "overhead": ("--sizes", "6", "--classes", "200"),
    "rebuild": ("--classes", "4000"),
    "samples": ("--workouts", "100"),
    "demo": (),
    "limiter": ("--seconds", "10"),
    "requests": ("--classes", "3600"),
    "songs": ("--plays", "60000"),
    "races": ("--seasons", "150"),
}


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        names = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":")[1].strip() if names else model
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {len(os.sched_getaffinity(0))} cores of {model}, load {load}; "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, Dagster {dagster.__version__}"
    )


def main() -> None:
    """Run them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, once")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(TABLES)}; all by default")
    options = parser.parse_args()
    if unknown := set(options.names) - TABLES.keys():
        parser.error(f"no table is named {', '.join(sorted(unknown))}; there are {', '.join(TABLES)}")
    failed = []
    for name in options.names or TABLES:
        command = ["-m", f"bench.{name}", *(TABLES[name] if options.quick else ())]
        print(f"## {name}\n\n{machine()}\n\n```console\n$ .venv/bin/python {' '.join(command)}", flush=True)
        if subprocess.run([sys.executable, *command], check=False).returncode:
            failed.append(name)
        print("```\n", flush=True)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
