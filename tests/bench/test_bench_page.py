"""`make bench` knows its tables, and each table says how to make it alone."""

from __future__ import annotations

import ast

import pytest

from bench.__main__ import TABLES
from bench.contestants import environment
from bench.overhead import BASIS, WAYS, play
from bench.tables import show
from resources.settings import CHECKOUT
from sandbox.client import Sandbox


@pytest.mark.parametrize("name", TABLES)
def test_each_table_names_its_command_and_takes_the_quick_options(name: str) -> None:
    source = (CHECKOUT / "bench" / f"{name}.py").read_text()
    assert f"python -m bench.{name}" in (ast.get_docstring(ast.parse(source)) or "")
    for option in TABLES[name]:
        assert not option.startswith("--") or f'"{option}"' in source


def test_numbers_stand_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    show(["way", "wall s"], [["one run", "9.5"], ["", "10.0"], ["none", ""]])
    assert capsys.readouterr().out == "way      wall s\none run     9.5\n           10.0\nnone\n"


@pytest.mark.tier("N")
def test_dagster_builds_what_the_functions_build(peloton: Sandbox) -> None:
    taken = play(
        ["2021-01", "2021-02"], list(WAYS), environment(peloton, 900)
    )  # it compares the songs itself
    assert taken.keys() == WAYS.keys()
    assert all(one.cpu_seconds > 0 for one in taken.values())
    assert taken[BASIS].peak_mb < taken["one run"].peak_mb
