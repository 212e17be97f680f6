"""Health of the syncs: which months are proven, what ran, what failed, what is left of the limits."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from paceline.explore.charts import heat
from paceline.explore.reader import Reader
from paceline.explore.render import render

STATES = ("complete", "incomplete", "unknown")
DEFAULT_ACCOUNT = "default"  # whose name tells nothing
# Tables of measurements, which a warehouse of an older build does not have.
_MEASURED = {"limits": "ops.limits", "findings": "ops.findings", "backlog": "ops.backlog"}


def show(request: Request, db: Reader) -> Response:
    """`/health`"""
    db.require("ops.coverage", "ops.sync_runs", "ops.failures")
    months: dict[str, dict[date, tuple[str, str]]] = {}
    for row in db.rows("health_months"):
        account = row["account"] if row["account"] != DEFAULT_ACCOUNT else None
        name = " · ".join(filter(None, (row["source"], row["resource"], account)))
        told = f"{name}, {row['month']:%Y-%m}: {row['state']}"
        if row["rows"] is not None:
            told += f", {row['rows']:,} rows"
        state = row["state"] if row["state"] in STATES else "unknown"
        months.setdefault(name, {})[row["month"]] = (state, f"{told}. {row['reason'] or ''}".strip())
    counts = {name: Counter(state for state, _ in known.values()) for name, known in months.items()}
    measured: dict[str, Any] = {
        name: db.rows(f"health_{name}") if db.has(table) else None for name, table in _MEASURED.items()
    }
    return render(
        request, "health.html", heat=heat(months, "Which months of which resource are complete"),
        counts=counts, states=STATES, runs=db.rows("health_runs"), failures=db.rows("health_failures"),
        **measured,
    )  # fmt: skip
