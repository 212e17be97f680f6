"""`paceline doctor`: what is broken or will break next, each with its exact cure."""

from __future__ import annotations

from dataclasses import asdict

import typer

from paceline.dagster_home import failed_runs
from paceline.show import out, print_json, table
from paceline.status import SOURCES
from resources.operations.machine import MACHINE, machine_findings
from resources.operations.stock import BROKEN, NOTE, SOON, Finding, take_stock
from resources.settings import Settings, load_settings

ORDER = (BROKEN, SOON, NOTE)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(as_json: bool = typer.Option(False, "--json", help="Print the findings as JSON.")) -> None:
    """What is broken or will break next, each with the command that cures it. Spends no request and no token.

    Exit code 0: nothing is broken and nothing will break soon; 1: something is. Example: paceline doctor
    """
    found = examine(load_settings())
    if as_json:
        print_json([{"source": source, **asdict(one)} for source, one in found])
    elif found:
        rows = [(one.severity, source, one.area, one.what, one.cure) for source, one in found]
        table(("severity", "source", "area", "what", "cure"), rows)
    else:
        out.print("All is well: nothing is broken, and nothing is seen that will break.")
    if any(one.severity != NOTE for _, one in found):
        raise typer.Exit(1)


def examine(settings: Settings) -> list[tuple[str, Finding]]:
    """All findings with the provider they are about (or the machine), the worst first."""
    stocks = [take_stock(source, settings, failed_runs(settings, source.name)) for source in SOURCES]
    found = [(stock.source, one) for stock in stocks for one in stock.findings]
    found += [(MACHINE, one) for one in machine_findings(settings)]
    return sorted(found, key=lambda pair: ORDER.index(pair[1].severity))
