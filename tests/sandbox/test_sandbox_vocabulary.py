"""The words of a fault script: each is explained, each is tested, and scenarios are made of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from probe import Probe

from sandbox import faults
from sandbox.client import Sandbox, SandboxError
from sandbox.fault_kinds import KINDS
from sandbox.faults import CONDITIONS, Fault
from sandbox.scenario import known, read_scenario

SLOW_MORNING = {
    "name": "slow morning",
    "about": "The member's page answers an error once.",
    "faults": [{"kind": "status", "status": 418, "endpoint": "me", "note": "a teapot"}],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_test(kind: str) -> None:
    sources = [path.read_text() for path in Path(__file__).parent.rglob("test_*.py")]
    assert any(f'"kind": "{kind}"' in source for source in sources)


def test_every_word_is_explained() -> None:
    explained = (faults.__doc__ or "").replace(",", " ").replace(":", " ").replace("(", " ").split()
    words = {*CONDITIONS, *KINDS, *(name for kind in KINDS.values() for name in kind.parameters)}
    assert words - set(explained) == set()


def test_a_wrong_word_is_refused_by_name() -> None:
    for line, complaint in (
        ({"kind": "reset", "sometimes": 1}, "sometimes"),
        ({"kind": "explode"}, "explode"),
        ({"kind": "truncate"}, "at_byte"),
    ):
        with pytest.raises(ValueError, match=complaint):
            Fault.parse(line)


def test_a_scenario_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "slow.json"
    file.write_text(json.dumps(SLOW_MORNING))
    assert read_scenario(file).name == "slow morning"
    with Sandbox(classes=60, faults=file) as sandbox:
        assert Probe(sandbox).get("/api/me").status == 418
        assert sandbox.fault_state() == [{"kind": "status", "note": "a teapot", "seen": 1, "fired": 1}]


def test_scenarios_that_come_along_are_known_by_their_name() -> None:
    assert "storm" in known()
    for name in known():
        scenario = read_scenario(name)
        assert scenario.about
        assert [Fault.parse(line) for line in scenario.faults]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("7", "no list of faults"),
        ('{"faults": [], "when": 1}', "when"),
        ('[{"kind": "explode"}]', "explode"),
        ("{", "Expecting"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: str, complaint: str
) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(content)
    with pytest.raises(SandboxError):
        Sandbox(classes=60, faults=file).start()
    told = capfd.readouterr().err
    assert complaint in told
    assert "Traceback" not in told


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(ValueError, match="storm"):
        read_scenario("no-such-weather")
