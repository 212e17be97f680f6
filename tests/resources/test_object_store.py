"""Folders of several hosts on one object storage: each ends with the same files, and no older one wins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import obstore
import pytest
from object_storage import s3_endpoint, s3_env  # noqa: F401 (fixtures)
from obstore.store import MemoryStore, from_url

from resources.data_folder import object_store
from resources.errors import ObjectStoreProblem, UsageProblem, WrittenElsewhere
from resources.lake import Lake
from resources.landing import Landing, read_lines
from resources.object_store import ObjectStore
from resources.settings import load_settings

TABLE, STAGED = "peloton.rides", "staging.ride_listings"
Rows = list[int]


@dataclass
class Answer:
    text: str
    url: str = "http://127.0.0.1/api/ride/1/details"
    status: int = 200
    fetched_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)


class Host:
    """A data folder of its own, on a storage that others use as well."""

    def __init__(self, storage: obstore.store.ObjectStore, folder: Path) -> None:
        self.storage, self.folder = storage, folder
        self.opened()

    def opened(self) -> Host:
        """As a process that has just begun: it pulls."""
        store = ObjectStore(self.storage, "memory://", self.folder, self.folder / "state")
        self.lake, self.landing = Lake(self.folder / "lake", store), Landing(self.folder / "landing", store)
        self.lake.pull()
        self.landing.pull("peloton")
        return self

    def write(self, rows: Rows, table: str = TABLE, month: str = "2024-01") -> None:
        with duckdb.connect() as connection:
            self.lake.write(table, connection.sql("SELECT unnest($1) AS id", params=[rows]), month)

    def write_months(self, months: dict[str, Rows]) -> None:
        with duckdb.connect() as connection:
            pairs = " UNION ALL ".join(
                f"SELECT unnest({rows}) AS id, '{month}' AS lake_month" for month, rows in months.items()
            )
            self.lake.write_months(connection, TABLE, pairs, list(months))

    def rows(self, table: str = TABLE, month: str = "2024-01") -> Rows:
        with duckdb.connect() as connection:
            found = self.lake.read(connection, table, [month])
            return sorted(row[0] for row in found.fetchall()) if found else []

    def land(self, *texts: str) -> Path:
        with self.landing.writer("peloton", "ride_details", "2024-01") as writer:
            for number, text in enumerate(texts):
                writer.write(Answer(text), str(number))
        return self.landing.sealed("peloton", "ride_details")[-1]

    def landed(self) -> list[bytes]:
        files = self.landing.sealed("peloton", "ride_details")
        return sorted(line for path in files for line in read_lines(path))


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.tier("N"))])
def storage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> obstore.store.ObjectStore:
    if request.param == "memory":
        return MemoryStore()
    for name, value in request.getfixturevalue("s3_env").items():
        monkeypatch.setenv(name, value)
    return from_url(os.environ["OBJECT_STORE_URL"])


@pytest.fixture
def host(storage: obstore.store.ObjectStore, tmp_path: Path) -> Callable[[str], Host]:
    return lambda name: Host(storage, tmp_path / name)


def test_what_one_host_wrote_is_on_the_other(host: Callable[[str], Host]) -> None:
    one = host("one")
    one.land('{"n": 1}', '{"n": 2}')
    one.write_months({"2024-01": [1, 2], "2024-02": [3]})
    other = host("other")
    assert other.rows() == [1, 2]
    assert other.rows(month="2024-02") == [3]
    assert other.landed() == one.landed()
    assert len(other.landed()) == 2
    stamps = [[path.stat().st_mtime_ns for path in each.lake.files(TABLE)] for each in (one, other)]
    assert stamps[0] == stamps[1], "what is newer than what is the same on all hosts"


def test_only_what_changed_is_brought(host: Callable[[str], Host]) -> None:
    one, other = host("one"), host("other")
    one.write([1], month="2024-01")
    one.write([2], month="2024-02")
    other.opened()
    before = {path: path.stat().st_ino for path in other.lake.files(TABLE)}
    one.write([3], month="2024-02")
    other.opened()
    same = [path.stem for path, inode in before.items() if path.stat().st_ino == inode]
    assert same == ["2024-01"]
    assert other.rows(month="2024-02") == [3]


def test_months_written_at_once_are_all_there(host: Callable[[str], Host]) -> None:
    one, other = host("one"), host("other")
    one.write([1], month="2024-01")
    other.write([2], month="2024-02")
    for each in (one.opened(), other.opened()):
        assert (each.rows(month="2024-01"), each.rows(month="2024-02")) == ([1], [2])


def test_an_older_file_never_replaces_a_newer_one(host: Callable[[str], Host]) -> None:
    host("first").write([1])
    slow, fast = host("slow"), host("fast")
    fast.write([1, 2])
    with pytest.raises(WrittenElsewhere, match=r"lake/peloton/rides/2024-01\.parquet"):
        slow.write([1, 9])
    with pytest.raises(WrittenElsewhere):
        slow.write_months({"2024-01": [1, 9], "2024-02": [5]})
    assert slow.rows() == [1], "nothing was renamed"
    assert host("third").rows() == [1, 2]


def test_the_first_of_two_that_make_the_same_month_wins(host: Callable[[str], Host]) -> None:
    one, other = host("one"), host("other")
    one.write([1])
    with pytest.raises(WrittenElsewhere):
        other.write([2])


def test_a_table_is_built_again_of_what_came_meanwhile(host: Callable[[str], Host]) -> None:
    one, other = host("one"), host("other")
    one.write([1], STAGED)
    other.opened()
    builds = 0

    def build() -> Rows:
        nonlocal builds
        builds += 1
        rows = other.rows(STAGED)
        if builds == 1:  # another host merges and builds, while this one does
            one.write([1, 2], STAGED)
            one.write([1, 2])
        other.write(rows)
        return rows

    assert other.lake.read_steadily(build) == [1, 2]
    assert builds == 2
    assert host("third").rows() == [1, 2]


def test_what_was_made_of_older_files_counts_as_older(host: Callable[[str], Host]) -> None:
    """Else nobody would build it again: a month is stale when something it is made of is newer."""
    one, other = host("one"), host("other")
    one.write([1], STAGED)
    other.opened()
    one.write([1, 2], STAGED)
    other.write([1])  # of the first one, after the second one was written
    third = host("third")
    built, made_of = third.lake.path(TABLE, "2024-01"), third.lake.path(STAGED, "2024-01")
    assert built.stat().st_mtime < made_of.stat().st_mtime


def test_what_was_made_of_the_newest_files_counts_as_newer(host: Callable[[str], Host]) -> None:
    one = host("one")
    one.write([1], STAGED)
    one.write([1])
    assert one.lake.path(TABLE, "2024-01").stat().st_mtime > one.lake.path(STAGED, "2024-01").stat().st_mtime
    other = host("other")
    other.write([1, 2], month="2024-01")
    assert (
        other.lake.path(TABLE, "2024-01").stat().st_mtime > one.lake.path(TABLE, "2024-01").stat().st_mtime
    ), "also where its clock is behind"


def test_the_same_file_made_twice_is_no_conflict(host: Callable[[str], Host]) -> None:
    one, other = host("one"), host("other")
    one.write([1])
    other.write([1])
    assert other.opened().rows() == [1]


def test_erased_lines_go_from_the_storage_and_from_every_host(host: Callable[[str], Host]) -> None:
    one, other = host("one"), host("other")
    one.land('{"n": 1}', '{"n": 2}')
    whole = one.land('{"n": 3}')
    other.opened()
    one.opened().landing.erase("peloton", "ride_details", lambda line: line["payload"]["n"] != 2)
    assert not whole.exists()
    assert [b'"n": 2' in line for line in other.opened().landed()] == [True]
    assert len(other.landing.sealed("peloton", "ride_details")) == 1
    everything = b"".join(
        bytes(obstore.get(one.storage, meta["path"]).bytes())
        for page in obstore.list(one.storage)
        for meta in page
    )
    assert len(everything) == sum(
        path.stat().st_size for path in one.landing.sealed("peloton", "ride_details")
    )


def test_what_was_erased_is_not_brought_again_by_a_host_that_was_away(host: Callable[[str], Host]) -> None:
    one, away = host("one"), host("away")
    one.land('{"n": 1}')
    away.opened()
    (copy,) = away.landing.sealed("peloton", "ride_details")
    one.opened().landing.erase("peloton", "ride_details", lambda _: True)
    (away.folder / "state" / "objects.sqlite").unlink()  # it does not even know that it ever pulled
    assert away.opened().landed() == []
    assert not copy.exists()
    assert host("third").landed() == []


def test_a_segment_is_in_the_storage_before_it_counts_as_sealed(host: Callable[[str], Host]) -> None:
    one = host("one")
    writer = one.landing.writer("peloton", "ride_details", "2024-01")
    writer.write(Answer('{"n": 1}'), "1")
    part = next(one.folder.rglob("*.part"))
    content = part.read_bytes()
    sealed = writer.seal()
    assert sealed
    stored = obstore.get(one.storage, sealed.relative_to(one.folder).as_posix()).bytes()
    assert bytes(stored) == sealed.read_bytes()
    # Killed after it was stored and before it was renamed: the next run of this host seals once more.
    sealed.unlink()
    part.write_bytes(content)
    assert one.opened().landing.recover()
    assert len(one.opened().landed()) == len(host("other").landed()) == 1


def test_a_segment_that_was_erased_before_its_host_is_back_stays_erased(host: Callable[[str], Host]) -> None:
    one, other = host("one"), host("other")
    writer = one.landing.writer("peloton", "ride_details", "2024-01")
    writer.write(Answer('{"n": 1}'), "1")
    part = next(one.folder.rglob("*.part"))
    content = part.read_bytes()
    sealed = writer.seal()
    assert sealed
    sealed.unlink()  # killed after it was stored and before it was renamed
    part.write_bytes(content)
    other.opened().landing.erase("peloton", "ride_details", lambda _: True)
    assert one.landing.recover() == [sealed]
    one.landing.pull("peloton")
    assert one.landed() == other.landed() == host("third").landed() == []


def test_a_file_that_the_storage_lost_is_brought_again(host: Callable[[str], Host]) -> None:
    one = host("one")
    one.land('{"n": 1}')
    one.write([1])
    for page in obstore.list(one.storage):
        obstore.delete(one.storage, [meta["path"] for meta in page])
    one.opened()
    other = host("other")
    assert (other.rows(), len(other.landed())) == ([1], 1)


def test_a_folder_of_one_host_moves_to_a_storage_by_being_opened(
    storage: obstore.store.ObjectStore, tmp_path: Path, host: Callable[[str], Host]
) -> None:
    alone = Landing(tmp_path / "alone" / "landing")
    with alone.writer("peloton", "ride_details", "2024-01") as writer:
        writer.write(Answer('{"n": 1}'), "1")
    with duckdb.connect() as connection:
        Lake(tmp_path / "alone" / "lake").write(TABLE, connection.sql("SELECT 7 AS id"), "2024-01")
    before = Lake(tmp_path / "alone" / "lake").path(TABLE, "2024-01").stat().st_mtime_ns
    host("alone")
    other = host("other")
    assert (other.rows(), len(other.landed())) == ([7], 1)
    assert other.lake.path(TABLE, "2024-01").stat().st_mtime_ns == before


def test_a_changed_or_lost_file_of_a_folder_is_brought_anew(host: Callable[[str], Host]) -> None:
    one = host("one")
    one.write([1], month="2024-01")
    one.write([2], month="2024-02")
    one.lake.path(TABLE, "2024-01").write_bytes(b"bit rot")
    one.lake.path(TABLE, "2024-02").unlink()
    one.opened()
    assert (one.rows(month="2024-01"), one.rows(month="2024-02")) == ([1], [2])


def test_a_pull_leaves_alone_what_this_host_wrote_meanwhile(
    host: Callable[[str], Host], tmp_path: Path
) -> None:
    """Two processes of one host: what one brings was listed before the other wrote."""
    host("far").write([1])
    writing = host("near")
    pulling = ObjectStore(writing.storage, "memory://", writing.folder, writing.folder / "state")
    known = pulling._index.all()
    writing.write([1, 2])
    key = "lake/peloton/rides/2024-01.parquet"
    assert pulling._bring(key, known[key])[1] == pulling._index.all()[key]
    assert writing.rows() == [1, 2]


@pytest.fixture
def s3(s3_env: dict[str, str], data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: F811
    for name, value in s3_env.items():
        monkeypatch.setenv(name, value)
    yield


@pytest.mark.usefixtures("s3")
def test_the_settings_name_a_bucket_of_s3(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lake() -> Lake:
        opened = Lake(load_settings().lake_dir, object_store(load_settings()))
        opened.pull()
        return opened

    with duckdb.connect() as connection:
        lake().write(TABLE, connection.sql("SELECT 1 AS id"), "2024-01")
        first = lake()
        monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / "another host"))
        other = lake()
        assert other.row_count(other.files(TABLE)) == 1
        other.write(TABLE, connection.sql("SELECT 2 AS id"), "2024-01")
        with pytest.raises(WrittenElsewhere):
            first.write(TABLE, connection.sql("SELECT 3 AS id"), "2024-01")


@pytest.mark.usefixtures("s3")
def test_a_storage_that_does_not_serve_is_told_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBJECT_STORE_URL", "s3://no-such-bucket-anywhere/paceline")
    store = object_store(load_settings())
    assert store
    with pytest.raises(ObjectStoreProblem, match=r"no-such-bucket-anywhere.*OBJECT_STORE_URL") as told:
        store.pull(load_settings().lake_dir, "*/*/*.parquet")
    assert "whatever" not in str(told.value), "the secret of the AWS_* variables"


@pytest.mark.parametrize("address", ["nonsense", "s3://user:word@bucket/prefix", "s4://bucket"])
def test_an_address_that_is_none_is_told(
    address: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBJECT_STORE_URL", address)
    with pytest.raises(UsageProblem, match="OBJECT_STORE_URL") as told:
        object_store(load_settings())
    assert "word@" not in str(told.value)
