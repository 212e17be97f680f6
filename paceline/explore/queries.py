"""Any SELECT, safely: see `paceline.safe_query` for what it cannot do."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from paceline.explore.files import download, format_of
from paceline.explore.guard import is_own
from paceline.explore.reader import Reader
from paceline.explore.render import render
from paceline.explore.typed import text
from paceline.safe_query import Answer, Limits, ask, save
from resources.errors import UsageProblem

LIMITS = Limits()
EXAMPLE = """SELECT artist_name, count(*) AS plays
FROM peloton.song_artists
GROUP BY ALL
ORDER BY plays DESC
LIMIT 20"""


def show(request: Request, db: Reader) -> Response:
    """`/query?sql=`; a query that another site wrote is shown, and runs when the person says so."""
    sql, answer, problem = text(request, "sql"), None, None
    if sql and is_own(request.headers):
        answer, problem = _answer(request, sql)
    return render(
        request, "query.html", 400 if problem else 200, sql=sql, example=EXAMPLE, answer=answer, problem=problem,
        limits=LIMITS, tables=db.tables.values(),
    )  # fmt: skip


def export(request: Request, _: Reader) -> Response:
    """`/query.csv?sql=` and `/query.parquet?sql=`: all rows."""
    format_, sql = format_of(request), text(request, "sql") or ""
    return download(
        request, "query", format_, lambda path: save(request.app.state.warehouse, sql, path, format_)
    )


def _answer(request: Request, sql: str) -> tuple[Answer | None, UsageProblem | None]:
    try:
        return ask(request.app.state.warehouse, sql, LIMITS), None
    except UsageProblem as problem:
        return None, problem
