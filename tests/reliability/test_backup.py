"""A backup is taken while a sync writes; restored elsewhere it is one moment of the library, and goes on."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from equal import content
from forks import ForkedCommand
from victim import Victim, a_library, grow, landed_items, undisturbed

pytestmark = pytest.mark.promise("A8")


@pytest.mark.tier("N")
def test_a_backup_in_the_middle_of_a_sync_opens_and_goes_on(
    draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path
) -> None:
    backups = size(N=10, R=30)
    with a_library() as sandbox:
        victim = Victim(tmp_path / "data", sandbox)
        before = victim.finish()
        for number in range(backups):
            grow(sandbox)
            known = landed_items(victim.path)
            syncing = victim.start()
            time.sleep(draw.uniform(0, 1.0))  # anywhere in the sync
            code, out, err = backup(victim, tmp_path / f"copy {number}", "--json")
            assert code == 0, err
            copy = Path(json.loads(out)["folder"])
            victim.end(syncing)
            expected = undisturbed(tmp_path / f"undisturbed {number}" / "data", sandbox)
            restored = Victim(copy, sandbox)
            held = landed_items(copy)
            assert known <= held <= landed_items(victim.path), "all that was acknowledged, nothing else"
            assert content(restored.warehouse)["peloton.playlists"][0] == len(held)
            assert before["peloton.rides"][0] <= content(restored.warehouse)["peloton.rides"][0]
            assert not (copy / "state" / "tokens").exists()
            assert restored.finish() == expected
            before = victim.finish()
            assert before == expected
    figure(f"{backups} backups in the middle of a sync, each opened, went on and ended equal")


def test_a_target_that_exists_and_a_folder_without_data_are_refused(tmp_path: Path) -> None:
    with a_library() as sandbox:
        empty = Victim(tmp_path / "data", sandbox)
        assert "nothing to back up" in backup(empty, tmp_path / "copy")[2]
        (tmp_path / "copy").mkdir()
        (tmp_path / "copy" / "mine").touch()
        code, _, err = backup(empty, tmp_path / "copy")
    assert code == 2 and "exists already" in err
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["mine"]


def backup(victim: Victim, target: Path, *options: str) -> tuple[int | None, str, str]:
    """Exit code, output and error output of `paceline backup TARGET`."""
    command = ForkedCommand(("backup", str(target), *options), victim.env, target.parent)
    out, err = command.communicate()
    return command.returncode, out, err
