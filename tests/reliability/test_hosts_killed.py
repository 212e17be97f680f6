"""kill -9 of two hosts in turn, at the places that change a disk or the index of the object storage.

Each has a data folder of its own; the storage is an S3 server, the state a PostgreSQL. So every run also recovers from
the kill of the other host, whose folder it does not see.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import obstore
import pytest
from object_storage import s3_endpoint, s3_env  # noqa: F401 (fixtures)
from obstore.store import ObjectStore, S3Store
from points import Plan, Point, kill
from servers import database_url, new_database, postgres_server  # noqa: F401 (fixtures)
from victim import ITEM, KILLED, Victim, a_library, grow, undisturbed

from resources.landing import SEALED, read_lines

pytestmark = [pytest.mark.tier("N"), pytest.mark.promise("A2", "A3")]
PLACES = ("resources/object_", "resources/landing.py", "resources/lake.py", "resources/files.py")


@dataclass
class Host(Victim):
    """A data folder that shares its landing zone, lake and state with others."""

    shared: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        return super().env | self.shared


def storage(env: dict[str, str]) -> ObjectStore:
    return S3Store.from_url(
        env["OBJECT_STORE_URL"],
        config={"endpoint": env["AWS_ENDPOINT_URL"], "region": env["AWS_REGION"],
                "access_key_id": env["AWS_ACCESS_KEY_ID"], "secret_access_key": env["AWS_SECRET_ACCESS_KEY"]},
        client_options={"allow_http": True},
    )  # fmt: skip


def stored_items(store: ObjectStore, aside: Path) -> set[str]:
    """Of what is asked one by one: whose answers are in the storage."""
    found = set()
    for page in obstore.list(store, "landing/peloton"):
        for meta in page:
            if meta["path"].endswith(SEALED):
                copy = aside / f"segment{SEALED}"
                copy.write_bytes(bytes(obstore.get(store, meta["path"]).bytes()))
                urls = [
                    line.partition(b'"url": "')[2].partition(b'"')[0].decode() for line in read_lines(copy)
                ]
                found |= {item[1] for url in urls if (item := ITEM.search(url))}
    return found


def asked_items(host: Host) -> list[str]:
    return [found[1] for _, _, path, *_ in host.sandbox.requests() if (found := ITEM.search(path))]


def test_hosts_that_are_killed_in_turn_lose_nothing_that_is_stored(
    draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path,
    database_url: str, s3_env: dict[str, str],  # noqa: F811
) -> None:  # fmt: skip
    store = storage(s3_env)
    with a_library() as sandbox:
        shared = {**s3_env, "STATE_URL": database_url}
        hosts = [Host(tmp_path / name / "data", sandbox, shared=shared) for name in ("one", "two")]
        for host in (*hosts, hosts[0]):
            grow(sandbox)
            assert host.run() == 0, host.said()
        hits = hosts[0].hits()
        places = sorted(point for point in hits if point.site.startswith(PLACES))
        assert {point.site.partition(" ")[0] for point in places} >= {
            "resources/object_store.py", "resources/object_index.py", "resources/landing.py", "resources/lake.py",
        }  # fmt: skip
        stops: list[Point] = draw.sample(places, min(size(N=10, R=len(places)), len(places)))
        killed = 0
        for number, point in enumerate(stops):
            grow(sandbox)
            before, host = stored_items(store, tmp_path), hosts[number % 2]
            code = host.run(Plan(point, draw.randint(1, hits[point]), kill))
            assert code in (0, KILLED), host.said()
            killed += code == KILLED
            assert before.isdisjoint(asked_items(host)), f"asked again after a kill at {stops[number - 1]}"
            assert before <= stored_items(store, tmp_path), f"lost by a kill at {point}"
        whole = [host.finish() for host in hosts]
        assert whole[0] == whole[1]
        assert whole[0] == undisturbed(tmp_path / "alone" / "data", sandbox)
        assert killed > len(stops) / 2
    figure(
        f"{killed} kills of two hosts in turn on one object storage, nothing stored lost or asked again, equal"
    )
