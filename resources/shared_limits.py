"""The pace of several hosts: the same promises as the file, kept in Redis or PostgreSQL (LIMITER_URL).

pyrate-limiter's own buckets keep the pace there; holds and day counts are two small keys or tables beside it. All of it
runs by the server's clock, so that the clocks of the hosts may differ.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

from pyrate_limiter import AbstractBucket, PostgresBucket, Rate, RateItem, StateBucket
from pyrate_limiter.buckets import RedisStateStore
from pyrate_limiter.clocks import AbstractClock

from resources.database import postgres
from resources.limit_ledger import Pace
from resources.limit_servers import VARIABLE, is_redis, limit_tables, redis_client, redis_faults

LEAK_EVERY_CALLS = 100
KEEP_COUNTS_S = 8 * 86_400
CONTENTION_WAIT_S = (0.002, 0.010)


class ServerLedger:
    """Pace by a pyrate bucket, holds and counts by the subclass."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._bucket: AbstractBucket | None = None
        self._pid = 0
        self._calls = 0

    def take(self, pace: Pace) -> tuple[float, str]:
        held_s, reason = self.held()
        if held_s > 0:
            return held_s, reason
        with self._faults():
            rates = self._rates(pace)
            if self._bucket is None or self._pid != os.getpid():  # a forked child must not use its parent's
                self._bucket, self._pid = self._new_bucket(rates), os.getpid()
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
        with self._faults():
            self._add("refused")

    def held(self) -> tuple[float, str]:
        raise NotImplementedError

    def _faults(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def _rates(self, pace: Pace) -> list[Rate]:
        return pace.window_rates()

    def _new_bucket(self, rates: list[Rate]) -> AbstractBucket:
        raise NotImplementedError

    def _add(self, column: str) -> None:
        raise NotImplementedError


class RedisClock(AbstractClock):
    """Milliseconds of the server."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def now(self) -> int:
        seconds, microseconds = self._client.time()
        return int(seconds) * 1000 + int(microseconds) // 1000


class RedisLedger(ServerLedger):
    """Keys that begin with `paceline:`."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(name)
        self._client = redis_client(url)
        self._key = f"paceline:{name}"

    def hold(self, seconds: float, reason: str) -> None:
        """Made longer or left: two hosts may be refused at once."""
        key, until_ms = f"{self._key}:hold", max(1, int(seconds * 1000))

        def lengthen(pipe: Any) -> None:
            is_longer = int(pipe.pttl(key)) < until_ms
            pipe.multi()
            if is_longer:
                pipe.set(key, reason, px=until_ms)

        with redis_faults():
            self._client.transaction(lengthen, key)

    def held(self) -> tuple[float, str]:
        with redis_faults():
            left_ms = int(self._client.pttl(f"{self._key}:hold"))
            if left_ms <= 0:
                return 0.0, ""
            return left_ms / 1000, self._client.get(f"{self._key}:hold") or "a hold"

    def today(self) -> tuple[int, int]:
        with redis_faults():
            sent, refused = self._client.hmget(self._day_key(), "sent", "refused")
            return int(sent or 0), int(refused or 0)

    def _faults(self) -> AbstractContextManager[None]:
        return redis_faults()

    def _new_bucket(self, rates: list[Rate]) -> AbstractBucket:
        # Not RedisBucket: it counts calls up to the caller's own `now`, so that a host whose question arrives
        # late does not see those that overtook it, and both go at once. GCRA keeps one moment for all.
        store = RedisStateStore(self._client, f"{self._key}:pace")
        return StateBucket(rates, store=store, clock=RedisClock(self._client))

    def _rates(self, pace: Pace) -> list[Rate]:
        return [pace.even_rate()]  # GCRA would let a second's worth go at once

    def _add(self, column: str) -> None:
        self._client.hincrby(self._day_key(), column, 1)
        self._client.expire(self._day_key(), KEEP_COUNTS_S)

    def _day_key(self) -> str:
        seconds, _ = self._client.time()
        return f"{self._key}:day:{int(seconds) // 86_400}"


class PostgresLedger(ServerLedger):
    """Tables of the schema `paceline`; pyrate makes one more for each pace."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__(name)
        self._url = url
        self._tables = limit_tables(url)

    def hold(self, seconds: float, reason: str) -> None:
        with self._tables.transaction() as session:
            session.execute(
                "INSERT INTO limit_holds VALUES (?, now() + make_interval(secs => ?), ?)"
                " ON CONFLICT (name) DO UPDATE SET until = excluded.until, reason = excluded.reason"
                " WHERE limit_holds.until < excluded.until",
                (self.name, seconds, reason),
            )

    def held(self) -> tuple[float, str]:
        with self._tables.transaction() as session:
            row = session.execute(
                "SELECT extract(epoch FROM until - now())::FLOAT, reason FROM limit_holds"
                " WHERE name = ? AND until > now()",
                (self.name,),
            ).fetchone()
        return (row[0], row[1]) if row else (0.0, "")

    def today(self) -> tuple[int, int]:
        with self._tables.transaction() as session:
            row = session.execute(
                "SELECT sent, refused FROM limit_days WHERE name = ? AND day = current_date", (self.name,)
            ).fetchone()
        return (row[0], row[1]) if row else (0, 0)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        with postgres(self._url, VARIABLE).faults(self._url, VARIABLE):
            yield

    def _new_bucket(self, rates: list[Rate]) -> AbstractBucket:
        pool = postgres(self._url, VARIABLE).pool_of(self._url)
        return PostgresBucket(pool, "paceline_" + re.sub(r"\W", "_", self.name), rates)

    def _add(self, column: str) -> None:
        sent, refused = (1, 0) if column == "sent" else (0, 1)
        with self._tables.transaction() as session:
            session.execute(
                "INSERT INTO limit_days VALUES (?, current_date, ?, ?) ON CONFLICT (name, day)"
                " DO UPDATE SET sent = limit_days.sent + excluded.sent,"
                " refused = limit_days.refused + excluded.refused",
                (self.name, sent, refused),
            )


def shared_ledger(url: str, name: str) -> RedisLedger | PostgresLedger:
    """The ledger that a LIMITER_URL names. UsageProblem when its driver is missing."""
    return RedisLedger(url, name) if is_redis(url) else PostgresLedger(url, name)
