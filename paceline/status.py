"""`paceline status`: connections, limits, last runs, and which months are complete."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import typer

from paceline.show import err, out, print_json, table
from peloton_assets import members
from peloton_assets.scope import library_months
from peloton_assets.workspace import SOURCE, Workspace
from resources.errors import SignInNeeded
from resources.iracing_auth import PROVIDER as IRACING
from resources.iracing_auth import IracingAuth, credentials_of_environment
from resources.peloton_auth import PROVIDER
from resources.rate_limit import RateLimiter
from resources.settings import LEDGER_NAME, Settings, load_settings
from resources.strava import limiter_of
from resources.token_owner import Connection
from resources.token_table import token_store
from strava_assets import athletes

SHOWN_RUNS = 8
SHOWN_FAILURES = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("status")(status)


def status(as_json: bool = typer.Option(False, "--json", help="Print the facts as JSON.")) -> None:
    """Connections and their tokens' ages, limits, last runs, months complete, incomplete and unknown.

    Makes no request. Example: paceline status --json
    """
    facts = gather(load_settings())
    if as_json:
        print_json(facts)
        return
    for title, columns in _TABLES.items():
        rows = facts[title]
        if rows:
            table(columns, [[_shown(row[column], column) for column in columns] for row in rows], title=title)
        else:
            out.print(f"{title}: none yet")
    if not any(each["token_age_hours"] is not None for each in facts["connections"]):
        err.print(
            "No account is connected. Sign in: `paceline login peloton`, `iracing` or `strava`. Or try `make demo`.",
            soft_wrap=True,
        )


_TABLES = {
    "connections": ("provider", "account", "state", "token_age_hours", "access_hours_left", "note"),
    "limits": ("name", "window", "allowed", "used", "left", "resets_at"),
    "months": ("resource", "account", "year", "complete", "incomplete", "unknown"),
    "runs": ("started", "resource", "partition", "outcome", "requests", "fetched", "errors", "stop_reason"),
    "failures": ("resource", "account", "id", "attempts", "message", "next_try"),
}
_TIMES = ("started", "next_try")


def _shown(value: Any, column: str) -> Any:
    return datetime.fromisoformat(value) if column in _TIMES and isinstance(value, str) else value


def gather(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """All facts, as lists of rows by the titles under which they are shown."""
    work = Workspace(settings)
    paces = {
        PROVIDER: settings.peloton_requests_per_second,
        IRACING: settings.iracing_requests_per_minute / 60,
    }
    ledger = settings.state_dir / LEDGER_NAME
    limiters = [
        RateLimiter(name, pace, ledger, limiter_url=settings.limiter_url) for name, pace in paces.items()
    ]
    with suppress(SignInNeeded):  # without an application there is no limit
        limiters.append(limiter_of(settings))
    return {
        "connections": connections(settings),
        "limits": [asdict(usage) for limiter in limiters for usage in limiter.usage()],
        "months": months(work),
        "runs": work.state.rows("SELECT * FROM sync_runs ORDER BY started DESC LIMIT ?", SHOWN_RUNS),
        "failures": work.state.rows(
            "SELECT * FROM failures ORDER BY last_failed_at DESC LIMIT ?", SHOWN_FAILURES
        ),
    }


def connections(settings: Settings) -> list[dict[str, Any]]:
    """One row per signed-in account; no secrets."""
    return [
        {
            "provider": each.provider,
            "account": each.account,
            "state": each.state,
            "token_age_hours": _hours(each.token_age),
            "access_hours_left": _hours(each.access_left),
            "renews_itself": each.has_refresh_token,
            "note": each.note,
        }
        for each in [
            *members.connections(settings),
            *iracing_connection(settings),
            *athletes.connections(settings),
        ]
    ]


def iracing_connection(settings: Settings) -> list[Connection]:
    """The iRacing account, if anybody ever gave one."""
    store = token_store(settings.state_place)
    if store.accounts(IRACING) or credentials_of_environment():
        return [IracingAuth(store, settings.iracing_auth_url).describe()]
    return []


def _hours(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds() / 3600, 1)


def months(work: Workspace) -> list[dict[str, Any]]:
    """Months per resource, account and year by state; a month of the library without a record is unknown.

    Other months are those that a provider told of: the rest cannot be told from what nobody asked for.
    """
    every = library_months(work.settings)
    found = work.state.rows("SELECT source, resource, account, month, state FROM coverage")
    states: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for row in found:
        states[row["source"], row["resource"], row["account"]][row["month"]] = row["state"]
    rows = []
    for (source, resource, account), known in sorted(states.items()):
        is_library = source == SOURCE and not account
        of_all = dict.fromkeys(every, "unknown") | known if is_library else known
        for year in sorted({month[:4] for month in of_all}):
            counted = Counter(state for month, state in of_all.items() if month[:4] == year)
            told = {state: counted[state] for state in _STATES}
            rows.append({"resource": resource, "account": account, "year": year, **told})
    return rows


_STATES = ("complete", "incomplete", "unknown")
