"""No promise without a test, no test of a promise that nobody made, and a page that shows what was found."""

from __future__ import annotations

import ast
from pathlib import Path

from promises import PROMISES, Findings

TESTS = Path(__file__).resolve().parents[1]
ROWS = {row for rows in PROMISES.values() for row in rows}


def marked_rows() -> set[str]:
    """Rows named by `pytest.mark.promise(...)` anywhere in the tests."""
    calls = [
        node
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.promise"
    ]
    return {argument.value for call in calls for argument in call.args if isinstance(argument, ast.Constant)}


def test_each_promise_has_a_test_and_each_test_a_promise() -> None:
    assert marked_rows() == ROWS


def test_the_page_shows_figures_failures_and_rows_without_a_test() -> None:
    findings = Findings()
    findings.add([("promise", "A1"), ("figure", "7 of 7 | equal")], "passed")
    findings.add([("promise", "A1"), ("promise", "A3"), ("figure", "7 of 7 | equal")], "failed")
    page = findings.page("R", 3, 12.4).splitlines()
    shown = {line[2:4]: line for line in page if line.startswith("| ") and line[4] == " "}
    assert "1 passed, 1 **failed** | 7 of 7 \\| equal |" in shown["A1"]
    assert "1 **failed** | 7 of 7" in shown["A3"]
    assert shown["B1"].endswith("| none |  |")
    assert set(shown) >= ROWS
    assert any("make reliability" in line and "seed 3" in line for line in page)
