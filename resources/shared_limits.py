"""The ledger of several hosts: the same promises as the file, kept in Redis or Postgres (LIMITER_URL).

pyrate-limiter's own buckets keep the pace there; holds and day counts are two small keys or tables beside it.
The drivers are not installed by default, since one laptop needs neither. Surprising: Redis buckets use each
host's clock, so hosts need their clocks in step (NTP); Postgres buckets use the database's.
"""

from __future__ import annotations

import importlib
import random
import re
from typing import Any, cast
from urllib.parse import urlsplit

from pyrate_limiter import AbstractBucket, PostgresBucket, Rate, RateItem, StateBucket
from pyrate_limiter.buckets import RedisStateStore

from resources.errors import PacelineError, ProviderUnavailable, UsageProblem
from resources.limit_ledger import Pace
from resources.redact import one_line, remember_address

LEAK_EVERY_CALLS = 100
KEEP_COUNTS_S = 8 * 86_400
CONTENTION_WAIT_S = (0.002, 0.010)


class ServerLedger:
    """Pace by a pyrate bucket, holds and counts by the subclass."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._bucket: AbstractBucket | None = None
        self._calls = 0

    def take(self, pace: Pace) -> tuple[float, str]:
        with _driver_faults():
            held_s, reason = self.held()
            if held_s > 0:
                return held_s, reason
            rates = self._rates(pace)
            if self._bucket is None:
                self._bucket = self._new_bucket(rates)
            bucket = self._bucket
            bucket.rates = rates
            item = RateItem(self.name, int(cast(Any, bucket).now()))
            if bucket.put(item):
                self._add("sent")
                self._calls += 1
                if self._calls % LEAK_EVERY_CALLS == 0:
                    bucket.leak(item.timestamp)
                return 0.0, ""
            wait_s = cast(int, bucket.waiting(item)) / 1000
            return (wait_s, "") if wait_s > 0 else (random.uniform(*CONTENTION_WAIT_S), "")

    def sent(self) -> None:
        """Across hosts the network is less even than any delay on this one."""

    def refused(self) -> None:
        with _driver_faults():
            self._add("refused")

    def held(self) -> tuple[float, str]:
        raise NotImplementedError

    def _rates(self, pace: Pace) -> list[Rate]:
        return pace.window_rates()

    def _new_bucket(self, rates: list[Rate]) -> AbstractBucket:
        raise NotImplementedError

    def _add(self, column: str) -> None:
        raise NotImplementedError


class _driver_faults:
    """Turn any driver's exception into ours; they have no base in common but Exception."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, PacelineError):
            raise ProviderUnavailable(
                f"The server of LIMITER_URL does not work ({one_line(error, 150)})",
                "Start it, or empty LIMITER_URL when only this host is at work.",
            ) from None


class RedisLedger(ServerLedger):
    def __init__(self, url: str, name: str) -> None:
        super().__init__(name)
        self._client: Any = _driver("redis", "redis").Redis.from_url(url, decode_responses=True)
        self._key = f"paceline:{name}"

    def hold(self, seconds: float, reason: str) -> None:
        with _driver_faults():
            if self.held()[0] < seconds:
                self._client.set(f"{self._key}:hold", reason, px=max(1, int(seconds * 1000)))

    def held(self) -> tuple[float, str]:
        with _driver_faults():
            left_ms = int(self._client.pttl(f"{self._key}:hold"))
            return (
                (left_ms / 1000, self._client.get(f"{self._key}:hold") or "a hold")
                if left_ms > 0
                else (0.0, "")
            )

    def today(self) -> tuple[int, int]:
        with _driver_faults():
            sent, refused = self._client.hmget(self._day_key(), "sent", "refused")
            return int(sent or 0), int(refused or 0)

    def _new_bucket(self, rates: list[Rate]) -> AbstractBucket:
        # Not RedisBucket: it counts calls up to the caller's own `now`, so that a host whose question arrives
        # late does not see those that overtook it, and both go at once. GCRA keeps one moment for all.
        return StateBucket(rates, store=RedisStateStore(self._client, f"{self._key}:pace"))

    def _rates(self, pace: Pace) -> list[Rate]:
        return [pace.even_rate()]  # GCRA would let a second's worth go at once

    def _add(self, column: str) -> None:
        self._client.hincrby(self._day_key(), column, 1)
        self._client.expire(self._day_key(), KEEP_COUNTS_S)

    def _day_key(self) -> str:
        seconds, _ = self._client.time()
        return f"{self._key}:day:{int(seconds) // 86_400}"


class PostgresLedger(ServerLedger):
    _TABLES = """
    CREATE TABLE IF NOT EXISTS paceline_holds (name TEXT PRIMARY KEY, until TIMESTAMPTZ, reason TEXT);
    CREATE TABLE IF NOT EXISTS paceline_spent (
        name TEXT, day DATE, sent INTEGER, refused INTEGER, PRIMARY KEY (name, day))
    """

    def __init__(self, url: str, name: str) -> None:
        super().__init__(name)
        _driver("psycopg", "psycopg[binary,pool]")
        pools = _driver("psycopg_pool", "psycopg[binary,pool]")
        self._pool: Any = pools.ConnectionPool(
            url, min_size=1, max_size=4, timeout=10, open=True, kwargs={"options": "-c timezone=UTC"}
        )
        with _driver_faults(), self._pool.connection() as db:
            db.execute("SELECT pg_advisory_xact_lock(hashtext('paceline'))")
            for statement in self._TABLES.split(";"):
                db.execute(statement)

    def hold(self, seconds: float, reason: str) -> None:
        with _driver_faults(), self._pool.connection() as db:
            db.execute(
                "INSERT INTO paceline_holds VALUES (%s, now() + make_interval(secs => %s), %s)"
                " ON CONFLICT (name) DO UPDATE SET until = excluded.until, reason = excluded.reason"
                " WHERE paceline_holds.until < excluded.until",
                (self.name, seconds, reason),
            )

    def held(self) -> tuple[float, str]:
        with _driver_faults(), self._pool.connection() as db:
            row = db.execute(
                "SELECT extract(epoch FROM until - now()), reason FROM paceline_holds"
                " WHERE name = %s AND until > now()",
                (self.name,),
            ).fetchone()
        return (float(row[0]), str(row[1])) if row else (0.0, "")

    def today(self) -> tuple[int, int]:
        with _driver_faults(), self._pool.connection() as db:
            row = db.execute(
                "SELECT sent, refused FROM paceline_spent WHERE name = %s AND day = current_date",
                (self.name,),
            ).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def _new_bucket(self, rates: list[Rate]) -> AbstractBucket:
        return PostgresBucket(self._pool, "paceline_" + re.sub(r"\W", "_", self.name), rates)

    def _add(self, column: str) -> None:
        add = (1, 0) if column == "sent" else (0, 1)
        with self._pool.connection() as db:
            db.execute(
                "INSERT INTO paceline_spent VALUES (%s, current_date, %s, %s) ON CONFLICT (name, day)"
                " DO UPDATE SET sent = paceline_spent.sent + excluded.sent,"
                " refused = paceline_spent.refused + excluded.refused",
                (self.name, *add),
            )


def shared_ledger(url: str, name: str) -> RedisLedger | PostgresLedger:
    """The ledger that a LIMITER_URL names. UsageProblem when its driver is missing."""
    remember_address(url)
    scheme = urlsplit(url).scheme
    if scheme in ("redis", "rediss"):
        return RedisLedger(url, name)
    if scheme in ("postgres", "postgresql"):
        return PostgresLedger(url, name)
    raise UsageProblem(
        f"LIMITER_URL begins with {scheme or 'nothing'}://",
        "Use redis:// or postgresql://, or leave it empty.",
    )


def _driver(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise UsageProblem(
            f"LIMITER_URL needs the Python package {package}, which is not installed",
            f'Run `.venv/bin/pip install "{package}"`, or leave LIMITER_URL empty on a single host.',
        ) from None
