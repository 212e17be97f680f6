"""A data folder of an earlier commit goes on in this one, and one of this one meets the earlier code."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from earlier import CHECKOUT, Code, Provider, git
from equal import RUN_TIME_COLUMNS, Content, content

pytestmark = [pytest.mark.promise("A6"), pytest.mark.tier("N")]

COMMITS = {
    "before the state file changed last": lambda: (
        git("log", "-1", "--format=%H", "--", "resources/sql/state") + "^"
    ),
    "twenty commits ago": lambda: "HEAD~20",
}
# What is asked for item by item, and never twice.
ONCE = re.compile(r"/api/ride/\w+/details|performance_graph|/api/workout/\w+$|/activities/\d+")
TODAY = Code(CHECKOUT)
NOT_COMPARED = ("ops.",)  # facts about runs, and what each version tells of them
# One folder was synced after the other.
TIMES = ("first_seen_at", "last_seen_at", "last_changed_at", "fetched_at")


@pytest.mark.parametrize("commit", COMMITS)
def test_a_folder_of_an_earlier_commit_goes_on_and_its_code_meets_ours(
    commit: str, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    revision = git("rev-parse", COMMITS[commit]())
    told = goes_on_and_back(revision, tmp_path)
    figure(f"{commit}: {told}")


def goes_on_and_back(revision: str, folder: Path) -> str:
    """The whole story for one commit; gives it in words."""
    then, data = Code.of(revision, folder / "then"), folder / "data"
    spent = {"PELOTON_REFRESH_TOKEN": ""}  # only what is in the token store
    with then.sandbox() as provider:
        then.sync_all(data, provider, then.syncs)
        if has_backup := then.has("paceline/backup.py"):
            assert then.paceline(data, provider, "backup", str(data / "backups" / "older"))[0] == 0
        before = Before(data, provider)

        assert TODAY.facts(data, provider, "rebuild", **spent)["requests"] == 0
        assert len(provider.asked()) == len(before.asked), "a migration makes no request"
        with then.sandbox() as another:
            TODAY.sync_all(folder / "fresh", another, then.syncs)
        assert tables(data) == tables(folder / "fresh")

        TODAY.sync_all(data, provider, then.syncs, **spent)
        since = provider.asked()[len(before.asked) :]
        assert not {path for path in before.asked if ONCE.search(path)} & {*since}, "asked again"
        assert tables(data) == tables(folder / "fresh")
        assert Before(data, provider).runs > before.runs, "Dagster's history goes on"
        limits = TODAY.facts(data, provider, "status", **spent)["limits"]
        assert any(each["used"] for each in limits), "what was spent counts"

        back = meets_newer(then, data, provider, folder / "back")
        if has_backup:
            (older,) = TODAY.facts(data, provider, "backups")
            assert (older["name"], older["problem"]) == ("older", "")
            TODAY.facts(data, provider, "restore", "older")
            TODAY.sync_all(data, provider, then.syncs, **spent)
            assert tables(data) == tables(folder / "fresh")
    return f"{len(then.syncs)} syncs, {len(before.asked)} requests, none asked again, tables equal; its code {back}"


class Before:
    """What must not be lost by an update."""

    def __init__(self, data: Path, provider: Provider) -> None:
        self.asked = provider.asked()
        with closing(sqlite3.connect(data / "state" / "dagster" / "history" / "runs.db")) as history:
            self.runs = history.execute("SELECT count(*) FROM runs").fetchone()[0]


def meets_newer(then: Code, data: Path, provider: Provider, copy: Path) -> str:
    """The earlier code on a copy of a folder of ours: it works on, or refuses politely and changes nothing."""
    shutil.copytree(data, copy)
    untouched = files_that_matter(copy)
    ends = {
        words: then.paceline(copy, provider, *words, PELOTON_REFRESH_TOKEN="")
        for words in (("status",), ("sync", *then.syncs[0]), ("rebuild",))
    }
    refused = [words for words, (code, _, err) in ends.items() if code == 1 and "newer Paceline" in err]
    if refused:
        assert len(refused) == len(ends), ends
        assert files_that_matter(copy) == untouched
        return "refuses the newer folder and changes nothing"
    assert all(code == 0 for code, _, _ in ends.values()), ends
    return "works on with the newer folder"


def files_that_matter(data: Path) -> dict[str, str]:
    """All but locks, SQLite's shared memory and Dagster's own files."""
    return {
        str(path.relative_to(data)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(data.rglob("*"))
        if path.is_file()
        and "dagster" not in path.parts
        and not path.name.endswith((".lock", "-shm", "-wal"))
    }


def tables(data: Path) -> Content:
    """Rows and hashes of the providers' tables."""
    found = content(data / "warehouse.duckdb", without=(*RUN_TIME_COLUMNS, *TIMES))
    return {name: held for name, held in found.items() if not name.startswith(NOT_COMPARED)}
