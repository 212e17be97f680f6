"""What several hosts share in PostgreSQL: locks that die with their holder, tokens, and errors that say what to do."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from resources import migrations, state
from resources.database import locks_at
from resources.errors import AlreadyRunning, DatabaseUnavailable, StorageProblem, UsageProblem
from resources.locks import Busy
from resources.settings import load_settings
from resources.state import Coverage, State
from resources.token_table import token_store
from resources.tokens import Tokens
from resources.workspace import crawl_lock, now
from strava_assets.workspace import Workspace

HOLD = """
import sys
from resources.database import locks_at
with locks_at(sys.argv[1]).hold(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.readline()
"""
WAIT_S = 60.0
PASSWORD = "canary-word-of-the-database"


def another_host(process: Callable[..., subprocess.Popen[str]], url: str, name: str) -> subprocess.Popen[str]:
    """A process that holds the lock until it is killed or hears a line."""
    holder = process(HOLD, url, name)
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    return holder


# ------------------------------------------------------------------ locks


def test_one_crawl_at_a_time_over_all_hosts(
    database_url: str,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    process: Callable[..., subprocess.Popen[str]],
) -> None:
    monkeypatch.setenv("STATE_URL", database_url)
    holder = another_host(process, database_url, crawl_lock("strava"))
    work = Workspace(load_settings())
    with pytest.raises(AlreadyRunning, match="Another sync of"), work.crawling(wait_s=0.1):
        pass
    with locks_at(database_url).hold(crawl_lock("peloton"), 0):
        pass  # each provider has its own
    holder.communicate("end\n")
    with (
        work.crawling(wait_s=WAIT_S),
        pytest.raises(Busy),
        locks_at(database_url).hold(crawl_lock("strava"), 0),
    ):
        pass
    assert not [*data_dir.rglob("*.lock")], "no lock of this host alone"


def test_a_killed_holder_frees_its_lock(
    database_url: str, process: Callable[..., subprocess.Popen[str]]
) -> None:
    holder = another_host(process, database_url, "warehouse")
    with pytest.raises(Busy), locks_at(database_url).hold("warehouse", 0):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with locks_at(database_url).hold("warehouse", WAIT_S):
        pass


def test_who_lost_its_lock_writes_nothing_any_more(database_url: str) -> None:
    """The server was started anew, say, and another host goes on with the same sync."""
    shared = State(database_url)
    complete = Coverage("ride_list", "2024-05", "complete")
    with shared.locks.hold("peloton-crawl"):
        shared.record_coverage("peloton", [complete], "before", now())
        with psycopg.connect(database_url, autocommit=True) as server:
            server.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE application_name = 'paceline lock peloton-crawl'"
            )
        with locks_at(database_url).hold("peloton-crawl", 0):
            with pytest.raises(
                DatabaseUnavailable, match=r"'peloton-crawl' was lost.*Run the same command again"
            ):
                shared.record_coverage("peloton", [complete], "after", now())
            token_store(database_url).save("peloton", Tokens(refresh_token="just handed out"))
    assert shared.rows("SELECT run_id FROM coverage") == [{"run_id": "before"}]
    assert token_store(database_url).load("peloton").refresh_token == "just handed out"


# ------------------------------------------------------------------ tokens


def test_hosts_share_tokens_and_no_file_holds_them(database_url: str, tmp_path: Path) -> None:
    one, other = token_store(database_url), token_store(database_url)
    tokens = Tokens(access_token="access-1", refresh_token="refresh-1", seen=("a", "b"), logins=(1.5,))
    with one.lock("peloton"):
        one.save("peloton", tokens)
        one.save("peloton", Tokens(access_token="access-2"), "a friend")
    assert other.load("peloton") == tokens
    assert other.accounts("peloton") == ["a friend", "default"]
    assert other.load("strava") == Tokens()
    assert "refresh-1" not in repr(one) + repr(vars(one)["_database"]) + one.where("peloton")


@pytest.mark.parametrize("content", ["", "{", "[1]", "null"])
def test_a_damaged_row_is_never_taken_for_none(content: str, database_url: str) -> None:
    store = token_store(database_url)
    store.save("peloton", Tokens(refresh_token="one"))
    with psycopg.connect(database_url) as server:
        server.execute("UPDATE paceline.tokens SET content = %s", (content,))
    with pytest.raises(StorageProblem, match="paceline login peloton"):
        store.load("peloton")


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("address", "problem", "said"),
    [
        (f"mysql://u:{PASSWORD}@host/db", UsageProblem, "STATE_URL begins with mysql://"),
        (f"u:{PASSWORD}@host/db", UsageProblem, "STATE_URL begins with"),
        (f"postgresql://u:{PASSWORD}@127.0.0.1:99999/db", DatabaseUnavailable, "mend STATE_URL"),
        (f"postgresql://u:{PASSWORD}@127.0.0.1:1/db", DatabaseUnavailable, "refused"),
        (f"postgresql://u:{PASSWORD}@127.0.0.1/db?nonsense=1", StorageProblem, "no address of a database"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    address: str, problem: type[Exception], said: str
) -> None:
    with pytest.raises(problem, match=said) as caught:
        State(address)
    assert PASSWORD not in str(caught.value) + repr(caught.value.__cause__)


def test_a_refusal_of_the_server_is_told_in_its_words(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute("DROP ROLE IF EXISTS a_reader")
        server.execute("CREATE ROLE a_reader LOGIN PASSWORD 'canary-word-of-the-database'")
    host = database_url.partition("@")[2]
    with pytest.raises(DatabaseUnavailable, match=r"password authentication failed.*mend STATE_URL"):
        State(f"postgresql://a_reader:wrong@{host}")
    with pytest.raises(DatabaseUnavailable, match="permission denied"):
        State(f"postgresql://a_reader:{quote(PASSWORD)}@{host}")


def test_a_newer_version_is_refused_and_not_touched(database_url: str) -> None:
    State(database_url)
    newest = len(migrations.scripts(state.MIGRATIONS))
    with psycopg.connect(database_url) as server:
        server.execute("UPDATE paceline.schema_versions SET version = version + 1")
    with pytest.raises(StorageProblem, match=r"newer Paceline.*Update Paceline"):
        State(database_url)
    with psycopg.connect(database_url) as server:
        told = server.execute(
            "SELECT version FROM paceline.schema_versions WHERE part = 'paceline'"
        ).fetchall()
    assert told == [(newest + 1,)]
