"""Writes docs/contracts.md from `peloton_assets.contracts`: `make docs`."""

from __future__ import annotations

from peloton_assets.contracts import CONTRACTS, NONE, Contract
from resources.settings import CHECKOUT

PAGE = CHECKOUT / "docs" / "contracts.md"
HEAD = """# What we rely on at the provider

Written by `make docs` from `peloton_assets/contracts.py`. Peloton publishes no description of this API: each line is
what was seen between 2020 and 2026, and what is not known is called so.
"""
ROWS = ("key", "cursor", "order", "page_limit", "edit_window", "delete_signal")


def page() -> str:
    """The text of docs/contracts.md."""
    return "\n".join([HEAD, *map(section, CONTRACTS)])


def section(contract: Contract) -> str:
    """One address: what it gives, the table of promises, and what to beware of."""
    kept = (
        f" Landed under `landing/peloton/{contract.resource}`."
        if contract.resource
        else " Nothing of it is landed."
    )
    told = [(name, getattr(contract, name)) for name in ROWS if getattr(contract, name) != NONE]
    table = [f"| {name.replace('_', ' ')} | {value} |" for name, value in told]
    gaps = [f"- {gap}" for gap in contract.gaps]
    head = f"## {contract.address}\n\n{contract.gives[0].upper()}{contract.gives[1:]}.{kept}\n"
    rows = ["| | |", "|---|---|", *table, ""] if table else []
    return "\n".join([head, *rows, *(["Known gaps:", "", *gaps, ""] if gaps else [])])


if __name__ == "__main__":
    PAGE.write_text(page())
