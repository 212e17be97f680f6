"""Reads the published warehouse from a process of its own: `python readers.py loop|hold FILE`.

`loop` opens, counts and closes until its standard input ends, then prints reads and failures. `hold` keeps one
connection open all that time and prints how many classes it saw first and last.
"""

from __future__ import annotations

import json
import select
import sys

import duckdb

COUNT = "SELECT count(*) FROM peloton.rides"


def loop(path: str) -> dict[str, object]:
    reads, failures = 0, []
    while not select.select([sys.stdin], [], [], 0.01)[0]:
        reads += 1
        try:
            with duckdb.connect(path, read_only=True) as connection:
                connection.execute(COUNT).fetchone()
        except duckdb.Error as error:
            failures.append(str(error))
    return {"reads": reads, "failures": failures}


def hold(path: str) -> dict[str, object]:
    with duckdb.connect(path, read_only=True) as connection:
        first = connection.execute(COUNT).fetchone()
        sys.stdin.read()
        return {"first": first, "last": connection.execute(COUNT).fetchone()}


if __name__ == "__main__":
    print(json.dumps({"loop": loop, "hold": hold}[sys.argv[1]](sys.argv[2])))
