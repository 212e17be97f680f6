"""The library's time machine: what came and what went, month by month."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from paceline.explore.charts import Group, columns
from paceline.explore.reader import Reader
from paceline.explore.render import render
from paceline.explore.typed import one_of, text

KINDS = {
    "aired": "aired", "listed": "first seen", "late": "came late", "removed": "removed", "relisted": "listed again",
}  # fmt: skip
SHOWN_MONTHS = 36


def show(request: Request, db: Reader) -> Response:
    """`/library`; `?month=2024-03&what=removed` names the classes, `?all=1` shows every month."""
    db.require("peloton.rides", "peloton.instructors")
    months = db.rows("library_months")
    facts = db.row("library_facts")
    shown = months if text(request, "all") else months[-SHOWN_MONTHS:]
    # The month in which our records begin sees the whole library for the first time, which would hide all else.
    begin = facts["records_begin"] if facts else None
    first = date(begin.year, begin.month, 1) if begin else None
    chart = columns(
        [
            Group(
                f"{row['month']:%Y-%m}",
                {kind: row[kind] for kind in KINDS if not (kind == "listed" and row["month"] == first)},
                {kind: f"?month={row['month']:%Y-%m}&what={kind}#classes" for kind in KINDS},
            )
            for row in shown
        ],
        KINDS,
        "Classes aired, first seen, late, removed and listed again by month",
    )
    what, month = one_of(request, "what", KINDS, "removed"), _month(request)
    classes = db.rows("library_classes", month=month, what=what) if month else None
    return render(
        request, "library.html", facts=facts, months=list(reversed(shown)), by_month=chart, kinds=KINDS,
        what=what, month=month, classes=classes, more=len(months) > len(shown), first=first,
    )  # fmt: skip


def _month(request: Request) -> date | None:
    try:
        return date.fromisoformat(f"{text(request, 'month')}-01")
    except ValueError:
        return None
