"""`make bench`: every table, one after the other."""

from __future__ import annotations

import subprocess
import sys

TABLES = ("limiter", "requests", "rebuild", "samples", "songs", "races")


def main() -> None:
    for name in TABLES:
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)


if __name__ == "__main__":
    main()
