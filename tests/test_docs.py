"""What the documentation says is so: tables, links, settings, commands, error names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from paceline.cli import app
from paceline.table_pages import PAGE, page
from resources import errors
from resources.settings import CHECKOUT

PAGES = sorted([CHECKOUT / "README.md", *(CHECKOUT / "docs").rglob("*.md")])
CODE = [
    path for name in ("paceline", "peloton_assets", "resources") for path in (CHECKOUT / name).rglob("*.py")
]


def test_the_page_of_tables_is_what_the_warehouse_says() -> None:
    assert PAGE.read_text() == page(), "run make docs"


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)\)", document.read_text())
    missing = [
        target for target in targets if "://" not in target and not (document.parent / target).exists()
    ]
    assert not missing


def test_env_example_lists_every_setting_that_the_code_reads() -> None:
    listed = set(re.findall(r"^# ([A-Z][A-Z0-9_]+)=", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))
    text = "\n".join(path.read_text() for path in CODE)
    prefixed = {
        name
        for name in re.findall(r'"((?:PACELINE|PELOTON|IRACING|STRAVA|LIMITER)_[A-Z_]+)"', text)
        if not name.endswith("_")
    }
    assert prefixed - listed == set()


def test_every_command_in_the_readme_exists() -> None:
    group = typer.main.get_command(app)
    known = set(group.commands)  # type: ignore[attr-defined]
    used = set(re.findall(r"paceline ([\w-]+)", (CHECKOUT / "README.md").read_text()))
    assert used <= known
    assert "sync" in used


def test_every_error_a_person_can_meet_is_documented() -> None:
    documented = (CHECKOUT / "docs" / "errors.md").read_text()
    names = [
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type)
        and issubclass(kind, errors.PacelineError)
        and kind is not errors.PacelineError
    ]
    assert [name for name in names if f"`{name}`" not in documented] == []
