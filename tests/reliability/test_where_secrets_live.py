"""Secrets live in two files: the token store and `.env`. Nobody else can read these, and nothing else asks for one."""

import logging
import os
import re
import resource
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from command_line import paceline

from paceline.cli import app
from paceline.sync import run_config
from peloton_assets.definitions import defs
from peloton_assets.scope import Scope
from resources.peloton_auth import PROVIDER
from resources.settings import CHECKOUT, load_settings
from resources.tokens import Tokens, TokenStore

SECRET_NAME = re.compile(r"token|secret|passw|cookie|code\b|credential|key\b", re.IGNORECASE)
HOLDER = Tokens(access_token="access-canary", refresh_token="refresh-canary")


@pytest.fixture
def any_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.promise("D5")
@pytest.mark.parametrize("any_umask", [0o000, 0o022, 0o077], indirect=True, ids=oct)
@pytest.mark.usefixtures("any_umask")
def test_token_files_are_private_whatever_the_shell_allows(data_dir: Path) -> None:
    store = TokenStore(load_settings().state_dir)
    with store.lock(PROVIDER):
        store.save(PROVIDER, HOLDER)
    modes = {path.name: path.stat().st_mode & 0o777 for path in [store.folder, *store.folder.iterdir()]}
    assert modes == {"tokens": 0o700, "peloton.json": 0o600, "peloton.lock": 0o600}


@pytest.mark.promise("D5")
def test_a_token_file_is_private_before_its_first_byte(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a run that died left a temporary file that others can read."""
    store = TokenStore(load_settings().state_dir)
    store.save(PROVIDER, HOLDER)
    leftover = store.folder / f".peloton.json.{socket.gethostname()}.{os.getpid()}.tmp"
    leftover.touch(0o666)
    leftover.chmod(0o666)
    store.save(PROVIDER, HOLDER)
    assert store.path(PROVIDER).stat().st_mode & 0o777 == 0o600


@pytest.mark.promise("D5")
@pytest.mark.parametrize(
    ("mode", "content", "is_told"),
    [
        (0o644, "PELOTON_REFRESH_TOKEN=v1.a-canary-token", True),
        (0o640, "LIMITER_URL=redis://:a-canary-word@host", True),
        (0o600, "PELOTON_REFRESH_TOKEN=v1.a-canary-token", False),
        (0o644, "PELOTON_REFRESH_TOKEN=\nPACELINE_DATA_DIR=data", False),
    ],
)
def test_a_dotenv_that_others_can_read_is_told_once(
    mode: int, content: str, is_told: bool, data_dir: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    dotenv = Path.cwd() / ".env"
    dotenv.write_text(content)
    dotenv.chmod(mode)
    for name in ("PELOTON_REFRESH_TOKEN", "LIMITER_URL", "PACELINE_DATA_DIR"):
        monkeypatch.setenv(name, "")  # given back after the test, whatever the file sets
        monkeypatch.delenv(name)
    for _ in range(3):
        load_settings()
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == (1 if is_told else 0)
    assert all(f"chmod 600 {dotenv}" in line and "canary" not in line for line in told)


@pytest.mark.promise("D4", "D5")
def test_nothing_asks_for_a_secret_on_the_command_line_or_in_run_config() -> None:
    """Arguments are seen by everybody in `ps`; Dagster stores run config and shows it (dagster 26070, 31718)."""

    def names(command: Any) -> Iterator[str]:
        yield from (parameter.name for parameter in command.params)
        for inner in getattr(command, "commands", {}).values():
            yield from names(inner)

    options = list(names(typer.main.get_command(app)))
    assert len(options) > 20
    assert [name for name in options if SECRET_NAME.search(name)] == []
    fields = [
        name
        for job in ("peloton_library", "peloton_full_walk", "peloton_tables")
        for node in defs.resolve_job_def(job).all_node_defs
        for name in getattr(node.config_schema.config_type, "fields", {})  # type: ignore[attr-defined]
    ]
    assert "username" in fields
    assert [name for name in fields if SECRET_NAME.search(name)] == []
    given = run_config(Scope(("2024-03",)), 0.5, "sister")["ops"]["peloton__ride_list"]["config"]
    assert set(given) <= {*fields}


@pytest.mark.promise("D4")
def test_a_process_of_ours_leaves_no_core_file(data_dir: Path) -> None:
    """The picture of its memory would hold every token."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    if hard == 0:
        pytest.skip("this machine writes no core files")
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        assert paceline("status", "--json").code == 0
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


@pytest.mark.promise("D4")
@pytest.mark.skipif(shutil.which("git") is None or not (CHECKOUT / ".git").exists(), reason="no git checkout")
def test_git_takes_no_file_that_holds_a_secret() -> None:
    places = [".env", "data/state/tokens/peloton.json", "demo/state/tokens/peloton.json", "data/landing/x"]
    ignored = subprocess.run(
        ["git", "check-ignore", *places], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert ignored.stdout.split() == places
