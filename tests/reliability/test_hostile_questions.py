"""Hostile strings as arguments and options of every command, as partition keys and as the name of the data folder:
never a traceback, a clear answer or nothing found, and nothing in it drives the terminal.
"""

from __future__ import annotations

import csv
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import typer.main
from command_line import is_inert, paceline
from hostile import TEXTS
from landed import Zone, a_ride, a_song
from publishing import count, published

from paceline.cli import app
from peloton_assets.definitions import defs
from peloton_assets.partitions import MONTHS
from resources.errors import UsageProblem
from resources.settings import load_settings

pytestmark = pytest.mark.promise("F2")

NOT_TRIED = {
    "up",  # becomes a server; its two options are a number and an address
    "explore",  # the same; what may be typed into its pages is tried in test_explore.py
    "backup",  # writes to any folder that it is given, that is what it is for
}
# What a command needs beside the option that is tried, so that it comes to look at that one.
BESIDES = {
    "sync peloton": ["--dry-run"],
    "songs": ["--json", "lighthouse"],
    "sql": ["SELECT 1"],
    "login": ["peloton"],
    "export": ["--out", "rows.csv"],
}


@dataclass(frozen=True)
class Slot:
    """One place of the command line that takes a text."""

    command: str
    option: str  # empty for an argument

    def filled(self, text: str) -> list[str]:
        if self.option:
            return [*self.command.split(), f"{self.option}={text}", *BESIDES.get(self.command, [])]
        return [*self.command.split(), "--", text]


def slots(command: Any, words: str = "") -> Iterator[Slot]:
    """Every argument and option of every command that takes more than yes or no."""
    for name, inner in getattr(command, "commands", {}).items():
        if name not in NOT_TRIED:
            yield from slots(inner, f"{words} {name}".strip())
    for parameter in command.params:
        if words and not getattr(parameter, "is_flag", False):
            yield Slot(words, parameter.opts[0] if parameter.param_type_name == "option" else "")


SLOTS = tuple(slots(typer.main.get_command(app)))


@pytest.fixture
def warehouse(folder: Path, data_dir: Path) -> Path:
    """The data folder of the command holds a warehouse of sixty classes; nobody is signed in."""
    assert folder == data_dir
    return published(folder)


def assert_clear_answer(asked: list[str], typed: str) -> int:
    ended = paceline(*asked)
    assert ended.code in (0, 1, 2, 4), (asked, ended)
    assert "Traceback" not in ended.err, asked
    assert ended.code == 0 or ended.err.strip(), asked
    shown = (ended.out + ended.err).replace(typed, "")  # the parser of options repeats a word as it was typed
    assert is_inert(shown), (asked, ended)
    return ended.code


@pytest.mark.usefixtures("warehouse")
def test_every_option_of_every_command_takes_or_refuses_every_string(
    draw: random.Random, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    assert {slot.command for slot in SLOTS} >= {"sync peloton", "songs", "sql", "login", "rebuild"}
    all_pairs = list(product(TEXTS, SLOTS))
    pairs = draw.sample(all_pairs, size(P=45, N=500, R=2_000))
    codes = Counter(assert_clear_answer(slot.filled(text), text) for text, slot in pairs)
    assert codes[0] and codes[2]
    figure(
        f"{codes.total():,} of {len(all_pairs):,} strings at {len(SLOTS)} places of the command line: 0 tracebacks"
    )


@pytest.mark.usefixtures("warehouse")
def test_every_string_is_a_question_in_sql(
    draw: random.Random, size: Callable[..., int], figure: Callable[[str], None]
) -> None:
    texts = draw.sample(TEXTS, size(P=30, N=len(TEXTS)))
    for text in texts:
        assert_clear_answer(["sql", "--json", "--", text], text)
    figure(f"{len(texts)} strings as SQL: 0 tracebacks")


@pytest.mark.promise("F1")
def test_what_is_written_for_a_spreadsheet_holds_no_formula(
    warehouse: Path, figure: Callable[[str], None]
) -> None:
    """The only command that writes CSV puts an apostrophe before what would be taken for a formula."""
    written = [slot for slot in SLOTS if re.search(r"csv|excel|xlsx|export", f"{slot.command} {slot.option}")]
    assert {slot.command for slot in written} == {"export"}
    texts = [text for text in TEXTS if "\0" not in text and text.isprintable() and len(text) < 1_000]
    rows = ", ".join("('" + text.replace("'", "''") + "')" for text in texts)
    out = warehouse.with_name("rows.csv")
    ended = paceline("export", "--sql", f'SELECT * FROM (VALUES {rows}) AS t("=text")', "--out", str(out))
    assert ended.code == 0, ended
    with out.open(newline="") as file:
        head, *told = csv.reader(file)
    assert head == ["'=text"]
    assert [
        row[0].removeprefix("'") if text[:1] in "=+-@|＝＋－＠" else row[0]
        for row, text in zip(told, texts, strict=True)
    ] == texts
    assert not [row for row in told if row[0][:1] and row[0][0] in "=+-@|\t\r"]
    figure(
        f"{len(texts)} strings in a CSV file, {sum(text[:1] in '=+-@|' for text in texts if text)} formulas quoted"
    )


@pytest.mark.usefixtures("warehouse")
def test_words_that_are_no_command(draw: random.Random, figure: Callable[[str], None]) -> None:
    texts = [text for text in draw.sample(TEXTS, 20) if "help" not in text]
    for text in texts:
        for asked in ([text], [f"--{text}"], ["sync", text], ["songs", "x", f"--{text}", "y"]):
            assert_clear_answer(asked, text)
    figure(f"{4 * len(texts)} words that are no command or option: 0 tracebacks")


def test_a_data_folder_of_any_name_works_or_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    """What a name means to a pattern, a query, a shell or an address does not matter: it is a folder or none."""
    outside = tmp_path / "outside"
    outside.mkdir()
    telling = ["[old]", "what?", "a*b", "back\\slash", "it's 50% {x} $1", "#frag;a=b ü 漢字"]
    names = [*telling, *draw.sample([text for text in TEXTS if text.strip("/. \0\n")], size(P=1, N=100))]
    worked = 0
    for n, name in enumerate(names):
        folder = tmp_path / "data" / str(n) / name.replace("/", "_").replace("\0", "")[:100]
        monkeypatch.setenv("PACELINE_DATA_DIR", os.fspath(folder).encode("utf-8", "replace").decode())
        try:
            settings = load_settings()
        except UsageProblem as refusal:
            assert is_inert(str(refusal))
            assert re.search(r"[*?\[\]\\]", name) or not name.isprintable(), name
            continue
        zone = Zone(settings.data_dir)
        zone.list_page([a_ride()])
        zone.details(a_ride(), {"ride": {}, "playlist": {"songs": [a_song()]}})
        zone.build()
        assert count(published(settings.data_dir), "SELECT count(*) FROM peloton.songs") == 1
        worked += 1
    assert worked > 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "outside"]
    figure(f"{worked} of {len(names)} names of a data folder work, the others are refused by name")


def test_partition_keys_are_of_the_calendar(data_dir: Path, figure: Callable[[str], None]) -> None:
    job = defs.resolve_job_def("peloton_tables")
    instance = dg.DagsterInstance.ephemeral()
    for text in filter(None, TEXTS):
        assert not MONTHS.has_partition_key(text)
        with pytest.raises(dg.DagsterUnknownPartitionError):
            job.execute_in_process(partition_key=text, instance=instance)
    assert instance.get_runs() == []
    assert not data_dir.exists()
    figure(f"{len(TEXTS) - 1} partition keys refused before a run began")
