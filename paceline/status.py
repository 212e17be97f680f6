"""`paceline status`: connections, limits, what is left to ask and until when, months, last runs, failures, sizes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import typer
from rich.text import Text

from iracing_assets.stock import IRACING
from paceline.show import err, inert, out, print_json, table
from peloton_assets.scope import library_months
from peloton_assets.stock import PELOTON
from resources.operations import coverage, sizes
from resources.operations.stock import NOTE, record, take_stock
from resources.settings import Settings, load_settings
from resources.state import State
from resources.token_owner import Connection
from resources.workspace import now
from strava_assets.stock import STRAVA

SOURCES = (PELOTON, IRACING, STRAVA)
SHOWN_RUNS = 8
SHOWN_FAILURES = 10
STYLES = {"complete": "green", "incomplete": "bold yellow", "unknown": "dim", None: ""}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(as_json: bool = typer.Option(False, "--json", help="Print the facts as JSON.")) -> None:
    """Connections and their tokens' ages, limits, what is left to ask and until when, months, last runs, sizes.

    Makes no request. What will break next, and the cure, tells `paceline doctor`. Example: paceline status --json
    """
    facts = gather(load_settings())
    if as_json:
        print_json(facts)
        return
    for title, columns in _TABLES.items():
        rows = [row for row in facts[title] if row.get("requests_left") != 0]
        if title == "months" and rows:
            _heat_map([coverage.Year(**year) for year in facts["coverage"]])
        elif rows:
            table(columns, [[_shown(row[column], column) for column in columns] for row in rows], title=title)
        else:
            out.print(f"{title}: {'nothing is left' if title == 'backlog' else 'none yet'}")
        if title == "backlog":
            for line in facts["outlook"]:
                out.print(line, markup=False, soft_wrap=True)
    if any(finding["severity"] != NOTE for finding in facts["findings"]):
        out.print("Something needs you: paceline doctor")
    if not any(each["token_age_hours"] is not None for each in facts["connections"]):
        err.print(
            "No account is connected. Sign in: `paceline login peloton`, `iracing` or `strava`. Or try `make demo`.",
            soft_wrap=True,
        )


_TABLES = {
    "connections": ("provider", "account", "state", "token_age_hours", "access_hours_left", "note"),
    "limits": ("name", "window", "allowed", "used", "left", "resets_at"),
    "backlog": (
        "source", "resource", "account", "requests_left", "months_left", "done_at", "background_done_at",
    ),
    "months": ("resource", "account", "year", "complete", "incomplete", "unknown"),
    "runs": ("started", "resource", "partition", "outcome", "requests", "fetched", "errors", "stop_reason"),
    "failures": ("resource", "account", "id", "attempts", "message", "next_try"),
    "sizes": ("room", "size", "files", "in_7_days", "in_30_days"),
}  # fmt: skip
_TIMES = ("started", "next_try")


def _shown(value: Any, column: str) -> Any:
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return round(value, 2)
    if column == "requests_left":
        return f"{value:,}"
    return datetime.fromisoformat(value) if column in _TIMES and isinstance(value, str) else value


def gather(settings: Settings) -> dict[str, list[Any]]:
    """All facts, as lists of rows by the titles under which they are shown."""
    state = State(settings.state_place)
    stocks = [take_stock(source, settings) for source in SOURCES]
    for stock in stocks:
        record(state, stock)  # for the tables in ops of the next build
    years = coverage.years(state, {PELOTON.name: library_months(settings)})
    return {
        "connections": [_connection(each) for stock in stocks for each in stock.connections],
        "limits": [asdict(usage) for stock in stocks for usage in stock.limits],
        "backlog": [{"source": stock.source, **row} for stock in stocks for row in stock.backlog],
        "outlook": [f"{stock.source}: {stock.words}" for stock in stocks if stock.words],
        "months": [
            {
                "resource": one.resource, "account": one.account, "year": one.year,
                **{name: one.count(name) for name in coverage.STATES},
            }
            for one in years
        ],
        "coverage": [asdict(one) for one in years],
        "runs": state.rows("SELECT * FROM sync_runs ORDER BY started DESC LIMIT ?", SHOWN_RUNS),
        "failures": state.rows("SELECT * FROM failures ORDER BY last_failed_at DESC LIMIT ?", SHOWN_FAILURES),
        "sizes": _sizes(settings, state),
        "findings": [asdict(finding) for stock in stocks for finding in stock.findings],
    }  # fmt: skip


def _connection(each: Connection) -> dict[str, Any]:
    return {
        "provider": each.provider,
        "account": each.account,
        "state": each.state,
        "token_age_hours": _hours(each.token_age),
        "access_hours_left": _hours(each.access_left),
        "renews_itself": each.has_refresh_token,
        "note": each.note,
    }


def _hours(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds() / 3600, 1)


def _sizes(settings: Settings, state: State) -> list[dict[str, Any]]:
    """Sizes now, and what came since a week and a month ago where a measure of then is remembered."""
    today, known = now().date(), sizes.remembered(state)
    rows = []
    for room, size in sizes.measure(settings).items():
        by_day = {**known.get(room, {}), today: size.bytes}
        grown = {days: sizes.growth(by_day, today, days) for days in (sizes.WEEK, sizes.MONTH)}
        rows.append(
            {
                "room": room, "bytes": size.bytes, "size": megabytes(size.bytes), "files": size.files,
                "in_7_days": _signed(grown[sizes.WEEK]), "in_30_days": _signed(grown[sizes.MONTH]),
            }
        )  # fmt: skip
    return rows


def megabytes(count: int) -> str:
    """Bytes as a person reads them."""
    return f"{count / 1e6:,.1f} MB"


def _signed(count: int | None) -> str | None:
    return None if count is None else f"{'+' if count >= 0 else '-'}{megabytes(abs(count))}"


def _heat_map(years: list[coverage.Year]) -> None:
    """A line a year, a sign a month; the colour says the same as the sign."""
    names = [inert(f"{one.name} {one.year}") for one in years]
    width = max(map(len, names))
    legend = ", ".join(f"{coverage.SIGNS[state]} {state}" for state in coverage.STATES)
    out.print(Text(f"months ({legend})", style="italic"))
    out.print(Text(f"{'':{width}}  {' '.join(coverage.MONTHS)}", style="bold"), soft_wrap=True)
    for name, one in zip(names, years, strict=True):
        line = Text(f"{name:{width}} ")
        for state in one.months:
            line.append(f" {coverage.SIGNS[state]}", style=STYLES[state])
        out.print(line, soft_wrap=True)
