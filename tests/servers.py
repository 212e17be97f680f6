"""Private servers of PostgreSQL and Redis, from Debian's packages: on a free port of 127.0.0.1, in their own folder.

`postgres_url` and `redis_url` are one server for all tests of a process; `database_url` is an empty database there for
one test, `empty_redis_url` the same. A test that stops a server starts its own: `with Postgres() as server`.
Surprising: PostgreSQL refuses to run as root, so root runs it as the user of Debian's package.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import psycopg
import pytest
import redis

POSTGRES_FOLDERS = "/usr/lib/postgresql/*/bin"
POSTGRES_USER = "postgres"
START_WITHIN_S = 60.0
POLL_S = 0.05
# Nothing is forced to the disk: a test is over before the power fails.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=16MB", "jit=off")


def postgres_folder() -> Path | None:
    """Where the programs of the newest installed PostgreSQL are."""
    found = sorted(Path("/").glob(POSTGRES_FOLDERS[1:]), key=lambda path: int(path.parent.name))
    return found[-1] if found else None


class Server:
    """A process of its own with a folder of its own; may be stopped and started again."""

    at_once = signal.SIGKILL

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="paceline-server-"))
        self.port = free_port()
        self.password = secrets.token_hex(12)
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.prepare()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    @property
    def url(self) -> str:
        """The address with its password."""
        raise NotImplementedError

    @property
    def log(self) -> Path:
        """What the server wrote."""
        return self.folder / "log"

    def prepare(self) -> None:
        """What is needed once, before the first start."""

    def run(self) -> subprocess.Popen[bytes]:
        """Begin the process."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether it answers."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin, and wait until it answers."""
        self.process = self.run()
        end = time.monotonic() + START_WITHIN_S
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{type(self).__name__} did not start: {self.log.read_text()[-2000:]}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """End it at once, as a power cut would."""
        if self.process:
            self.process.send_signal(self.at_once)
            self.process.wait()
            self.process = None


class Postgres(Server):
    """A cluster with one role and its password."""

    at_once = signal.SIGQUIT  # which takes its children along

    @property
    def url(self) -> str:
        return self.address("postgres")

    def address(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{POSTGRES_USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, POSTGRES_USER)
        word = self.folder / "password"
        word.write_text(self.password)
        subprocess.run(
            [self.program("initdb"), "-D", self.folder / "data", "-U", POSTGRES_USER, "--no-sync", "-E", "UTF8",
             "--locale=C", "--auth=scram-sha-256", f"--pwfile={word}", "--no-instructions"],
            check=True, user=self.user, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def run(self) -> subprocess.Popen[bytes]:
        settings = [*FAST, "listen_addresses=127.0.0.1", f"port={self.port}", "unix_socket_directories="]
        flags = [part for each in settings for part in ("-c", each)]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self.program("postgres"), "-D", self.folder / "data", *flags],
                user=self.user,
                stdout=log,
                stderr=log,
            )

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def user(self) -> str | None:
        return POSTGRES_USER if os.geteuid() == 0 else None

    @staticmethod
    def program(name: str) -> Path:
        folder = postgres_folder()
        assert folder, "ask `postgres_folder` first"
        return folder / name


class Redis(Server):
    """A server that keeps nothing on the disk."""

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def run(self) -> subprocess.Popen[bytes]:
        settings = (
            f"bind 127.0.0.1\nport {self.port}\nsave ''\nrequirepass {self.password}\ndir {self.folder}\n"
        )
        with self.log.open("ab") as log:
            process = subprocess.Popen(["redis-server", "-"], stdin=subprocess.PIPE, stdout=log, stderr=log)
        assert process.stdin
        process.stdin.write(settings.encode())
        process.stdin.close()
        return process

    def is_ready(self) -> bool:
        with redis.Redis.from_url(self.url) as client, contextlib.suppress(redis.ConnectionError):
            return bool(client.ping())
        return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for all tests of this process. Nobody stops it."""
    if not postgres_folder():
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Postgres) -> str:
    """Its address, with the right to make databases."""
    return postgres_server.url


@pytest.fixture
def new_database(postgres_server: Postgres) -> Iterator[Callable[[], str]]:
    """Make empty databases; they go with the test."""
    names: list[str] = []

    def make() -> str:
        names.append(f"test_{secrets.token_hex(6)}")
        with psycopg.connect(postgres_server.url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {names[-1]}")
        return postgres_server.address(names[-1])

    yield make
    with psycopg.connect(postgres_server.url, autocommit=True) as server:
        for name in names:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """An empty database of this test."""
    return new_database()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """One Redis for all tests of this process. Nobody stops it."""
    if not shutil.which("redis-server"):
        pytest.skip("Redis is not installed: apt-get install redis-server")
    with Redis() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(redis_server: Redis) -> str:
    """Its address."""
    return redis_server.url


@pytest.fixture
def empty_redis_url(redis_url: str) -> str:
    """Its address; nothing is in it when the test begins."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url
