"""Names that lead elsewhere, wherever a name comes in: no file outside the data folder is made, changed or removed."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import pytest
from hostile import PATHS
from landed import Told, Zone, a_ride
from publishing import published

from paceline.dagster_home import prepare_home
from peloton_assets.transform import connect
from peloton_assets.workspace import Workspace, now
from resources.errors import NotServed, StorageProblem, UsageProblem
from resources.files import replacing
from resources.lake import Lake
from resources.landing import Landing
from resources.peloton_auth import PROVIDER
from resources.settings import load_settings
from resources.tokens import Tokens, TokenStore
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("F4")
MARCH = "2024-03"
Around = Callable[[], dict[str, bytes]]


@pytest.fixture
def around(tmp_path: Path) -> Around:
    """Names and contents of all files beside the data folder, among them one that must stay as it is."""
    (tmp_path / "outside").write_text("precious")

    def look() -> dict[str, bytes]:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        return {
            str(path.relative_to(tmp_path)): path.read_bytes()
            for path in files
            if not path.is_relative_to(tmp_path / "data")
        }

    return look


def is_inside(path: Path, root: Path, depth: int) -> bool:
    """Whether a path is so many names below a folder, none of which leads out of it."""
    parts = path.relative_to(root).parts if path.is_relative_to(root) else ()
    return len(parts) == depth and ".." not in parts


def test_names_of_landed_files_stay_inside(
    tmp_path: Path, around: Around, figure: Callable[[str], None]
) -> None:
    landing, before, refused = Landing(tmp_path / "data" / "landing"), around(), 0
    for name in PATHS:
        for names in (
            (name, "ride_details", MARCH),
            (PROVIDER, name, MARCH),
            (PROVIDER, "ride_details", name),
        ):
            try:
                writer = landing.writer(*names)
            except ValueError:
                refused += 1
                continue
            assert is_inside(landing.root.joinpath(*names), landing.root, 3), (
                names
            )  # before anything is written
            with writer:
                writer.write(Told("{}", now()), name)
    written = list(landing.root.rglob("*.zst"))
    assert len(written) + refused == 3 * len(PATHS)
    assert all(is_inside(path, landing.root, 4) for path in written)
    assert around() == before
    figure(f"{3 * len(PATHS)} names of landed files: {refused} refused, 0 files outside")


def test_names_of_tables_and_months_stay_inside(tmp_path: Path, figure: Callable[[str], None]) -> None:
    lake, refused = Lake(tmp_path), 0
    for name in PATHS:
        for table, month in ((f"peloton.{name}", MARCH), (f"{name}.rides", MARCH), ("peloton.rides", name)):
            try:
                assert is_inside(lake.path(table, month), lake.root, 3), (table, month)
            except ValueError:
                refused += 1
    assert refused > 2 * len(PATHS)
    figure(f"{3 * len(PATHS)} names of tables and months: {refused} refused, the others one file each")


def test_an_id_is_one_part_of_an_address_and_no_part_of_a_file(
    work: Workspace, peloton: Sandbox, tmp_path: Path, around: Around, figure: Callable[[str], None]
) -> None:
    before, asked = around(), 0
    for name in PATHS:
        peloton.reset()
        try:
            with pytest.raises(NotServed):
                work.client.ride_details(name)
        except UsageProblem:
            continue
        *head, ride_id, tail = peloton.requests()[-1][2].split("/")
        assert (unquote(ride_id), tail, "/".join(head)) == (name, "details", "/peloton/api/ride")
        asked += 1
    assert asked > 80
    zone = Zone(tmp_path / "data")
    zone.list_page([a_ride(id=name) for name in PATHS])
    zone.land("ride_details", "2024-05", *[(name, {"ride": {"id": name}}) for name in PATHS])
    zone.build()
    names = {
        part for path in (tmp_path / "data").rglob("*") for part in path.relative_to(tmp_path / "data").parts
    }
    assert not names & set(PATHS)
    assert around() == before
    figure(f"{len(PATHS)} ids: 0 files outside, 0 other addresses")


def test_the_name_of_an_account_is_no_file(
    data_dir: Path, around: Around, figure: Callable[[str], None]
) -> None:
    before, store = around(), TokenStore(load_settings().state_dir)
    for name in PATHS:
        with store.lock(PROVIDER):
            store.save(PROVIDER, Tokens(access_token=f"of {name}"), name)
    assert store.accounts(PROVIDER) == sorted(PATHS)
    assert all(store.load(PROVIDER, name).access_token == f"of {name}" for name in PATHS)
    for name in PATHS:
        assert store.path(name).parent == store.folder, name  # before anything is written
        with suppress(StorageProblem):  # a name that is too long
            store.save(name, Tokens(access_token="of another provider"))
    assert {path.suffix for path in store.folder.iterdir()} == {".json", ".lock"}
    assert {path.parent for path in data_dir.rglob("*") if path.is_file()} == {store.folder}
    assert around() == before
    figure(f"{2 * len(PATHS)} names of accounts and providers: 0 files outside the token store")


def write_a_month(data: Path) -> None:
    with connect() as connection:
        Lake(data / "lake").write("peloton.playlists", connection.sql("SELECT 1 AS one"), MARCH)


def write_months(data: Path) -> None:
    with connect() as connection:
        Lake(data / "lake").write_months(
            connection, "peloton.songs", f"SELECT '{MARCH}' AS lake_month, 1 AS one", [MARCH]
        )


def save_tokens(data: Path) -> None:
    TokenStore(data / "state").save(PROVIDER, Tokens(access_token="access-canary"))


def write_home(data: Path) -> None:
    prepare_home(load_settings())


# Every file with a name that can be foretold, and who writes it.
WRITTEN: dict[str, Callable[[Path], object]] = {
    "lake/peloton/playlists/2024-03.parquet": write_a_month,
    "lake/peloton/playlists/.2024-03.parquet.{process}.tmp": write_a_month,
    "lake/peloton/songs/2024-03.parquet": write_months,
    "state/tokens/peloton.json": save_tokens,
    "state/tokens/.peloton.json.{process}.tmp": save_tokens,
    "state/dagster/dagster.yaml": write_home,
    "warehouse.duckdb": published,
    ".warehouse.duckdb.{process}.tmp": published,
}


@pytest.mark.parametrize("link", ["symbolic", "hard"])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_link_in_the_way_is_replaced_and_not_followed(
    name: str, link: str, folder: Path, data_dir: Path, tmp_path: Path
) -> None:
    """What it led to may be somebody else's file, or the same file of another data folder."""
    assert folder == data_dir
    place, outside = (
        folder / name.format(process=f"{socket.gethostname()}.{os.getpid()}"),
        tmp_path / "outside",
    )
    if not place.name.startswith("."):
        WRITTEN[name](folder)
    outside.write_bytes(place.read_bytes() if place.exists() else b"precious")
    before = outside.read_bytes()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(outside) if link == "symbolic" else place.hardlink_to(outside)
    WRITTEN[name](folder)
    assert (outside.read_bytes(), outside.stat().st_nlink) == (before, 1)
    assert not place.is_symlink()


def test_what_is_replaced_was_never_open_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with replacing(tmp_path / "file") as temporary:
        temporary.write_text("new")
        assert (tmp_path / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_two_hosts_may_write_one_file_from_processes_of_the_same_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that they share: in containers most numbers are small."""
    with replacing(tmp_path / "file") as here:
        here.write_text("here")
        monkeypatch.setattr(socket, "gethostname", lambda: "another-host")
        with replacing(tmp_path / "file") as there:
            there.write_text("there")
        assert (here.read_text(), (tmp_path / "file").read_text()) == ("here", "there")
    assert (tmp_path / "file").read_text() == "here"
