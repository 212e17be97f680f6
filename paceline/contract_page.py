"""Writes docs/contracts.md from the contracts of each provider: `make docs`."""

from __future__ import annotations

from iracing_assets.contracts import CONTRACTS as IRACING
from peloton_assets.contracts import CONTRACTS as PELOTON
from resources.contract import NONE, Contract
from resources.settings import CHECKOUT
from strava_assets.contracts import CONTRACTS as STRAVA

PAGE = CHECKOUT / "docs" / "contracts.md"
HEAD = """# What we rely on at the providers

Written by `make docs` from `contracts.py` of each provider's folder. Each line is what was seen, and what is not known
is called so.
"""
ABOUT = {
    "peloton": "# Peloton\n\nPeloton publishes no description of this API: what was seen between 2020 and 2026.\n",
    "iracing": (
        "# iRacing\n\niRacing describes addresses and arguments, not what the answers hold: what recordings of 2022 to"
        " 2026 show.\n"
    ),
    "strava": (
        "# Strava\n\nStrava describes its API and its limits; how it really behaves, as recordings of 2018 to 2026 and"
        " its users show.\n"
    ),
}
CONTRACTS = {"peloton": PELOTON, "iracing": IRACING, "strava": STRAVA}
ROWS = ("key", "cursor", "order", "page_limit", "edit_window", "delete_signal")


def page() -> str:
    """The text of docs/contracts.md."""
    parts = [
        "\n".join([ABOUT[provider], *(section(provider, contract) for contract in contracts)])
        for provider, contracts in CONTRACTS.items()
    ]
    return "\n".join([HEAD, *parts])


def section(provider: str, contract: Contract) -> str:
    """One address: what it gives, the table of promises, and what to beware of."""
    kept = (
        f" Landed under `landing/{provider}/{contract.resource}`."
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
