"""What the demo says after a storm: how often it was hit, and only what is true of the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import engine
import pytest
from signing_in import sign_in
from victim import MONTHS, a_library

from paceline import demo_storm
from peloton_assets.scope import Scope
from sandbox.client import Sandbox
from sandbox.scenario import read_scenario


@pytest.fixture
def peloton() -> Iterator[Sandbox]:
    with a_library() as sandbox:
        yield sandbox


def test_the_demo_tells_what_became_of_the_storm(
    peloton: Sandbox, data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_in(peloton, monkeypatch)
    peloton.faults({"kind": "reset", "endpoint": "details", "times": 3, "note": "a reset"})
    months = ("2018-12", *MONTHS)  # the first class aired on New Year's Eve
    warehouse = engine.sync(Scope(months, classes="all")).settings.warehouse_file
    demo_storm.show_faults(peloton)
    told = capsys.readouterr().out
    assert "a reset" in told
    assert "3 faults in 1 forms" in told

    assert demo_storm.compare(peloton, warehouse)
    listed = [row for row in peloton.classes() if row["listed"]]
    assert f"{len(listed)} of {len(listed)} classes are equal" in capsys.readouterr().out
    peloton.edit(listed[0]["id"], {"title": "Another"})
    peloton.remove(listed[1]["id"])
    peloton.publish(1)
    assert not demo_storm.compare(peloton, warehouse)
    assert "1 missing, 1 too many, 0 doubled, 1 different" in capsys.readouterr().out


def test_the_scenario_of_the_demo_exists() -> None:
    assert read_scenario(demo_storm.SCENARIO).faults
