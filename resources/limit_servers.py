"""The server of LIMITER_URL, where several hosts agree on their limits: a Redis or a PostgreSQL.

Its drivers are installed only where they are needed: one laptop needs neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from resources.database import Database, driver, postgres
from resources.errors import DatabaseUnavailable, UsageProblem
from resources.redact import one_line, remember_address

VARIABLE = "LIMITER_URL"
REDIS_SCHEMES = ("redis", "rediss")
POSTGRES_SCHEMES = ("postgres", "postgresql")
TABLES = Path(__file__).with_name("sql") / "limits"
ANSWERS_WITHIN_S = 10
TRIES, FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 0.1, 1.0  # a Redis that is started anew is back by then


def is_redis(address: str) -> bool:
    """Whether it is the address of a Redis, and not of a PostgreSQL. UsageProblem when it is neither."""
    remember_address(address)
    scheme = urlsplit(address).scheme
    if scheme not in (*REDIS_SCHEMES, *POSTGRES_SCHEMES):
        raise UsageProblem(
            f"{VARIABLE} begins with {one_line(scheme, 30) or 'nothing'}://",
            "Use redis:// or postgresql://, or leave it empty on a single host.",
        )
    return scheme in REDIS_SCHEMES


def redis_client(address: str) -> Any:
    """A client that tries again for a moment when its connection breaks."""
    redis = driver("redis", "redis", VARIABLE)
    retry = driver("redis.retry", "redis", VARIABLE).Retry(
        driver("redis.backoff", "redis", VARIABLE).ExponentialBackoff(LONGEST_PAUSE_S, FIRST_PAUSE_S), TRIES
    )
    with redis_faults():
        return redis.Redis.from_url(
            address,
            decode_responses=True,
            retry=retry,
            retry_on_error=[redis.ConnectionError, redis.TimeoutError],
            socket_timeout=ANSWERS_WITHIN_S,
            socket_connect_timeout=ANSWERS_WITHIN_S,
        )


@contextmanager
def redis_faults() -> Iterator[None]:
    """A server that is away or refuses us, as a sentence with the next step."""
    redis = driver("redis", "redis", VARIABLE)
    try:
        yield
    except redis.RedisError as error:
        raise DatabaseUnavailable(
            f"The Redis of {VARIABLE} cannot be used ({one_line(error, 200)})",
            f"Start it, or mend {VARIABLE}; then run the same command again: nothing that is stored is lost.",
        ) from None
    except ValueError:  # of the address; its words quote what may be a part of the password
        raise UsageProblem(
            f"{VARIABLE} is no address of a Redis",
            "Write it like redis://host:6379/0, with a colon and the password before the host.",
        ) from None


def limit_tables(address: str) -> Database:
    """The tables for limits in a PostgreSQL."""
    tables: Database = postgres(address, VARIABLE).PostgresDatabase(
        address, "limits", TABLES, VARIABLE, asks_for_locks=False
    )
    return tables
