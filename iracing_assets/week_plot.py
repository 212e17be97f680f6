"""A picture of the coming race week for the Dagster UI: a square for every hour, darker where more races start."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

import dagster as dg
import duckdb

from iracing_assets.transform import statement
from resources.workspace import now

DAYS, HOURS = 7, 24
SQUARE_PX, DAY_LABEL_PX, HEAD_PX = 18, 44, 30
COLOUR = "#4f43dd"


def race_week_plot(connection: duckdb.DuckDBPyConnection, begin: datetime | None = None) -> dg.MetadataValue:
    """The next seven days from the warehouse, as a picture in Markdown."""
    day = (begin or now()).replace(hour=0, minute=0, second=0, microsecond=0)
    found = connection.execute(statement("people.race_week"), {"from": day}).fetchall()
    starts: dict[datetime, int] = dict(found)
    if not starts:
        return dg.MetadataValue.md("no race starts in the next seven days")
    svg = draw(day, starts)
    label = f"{sum(starts.values())} starts in the seven days from {day:%Y-%m-%d} (UTC)"
    return dg.MetadataValue.md(
        f"![{label}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
    )


def draw(day: datetime, starts: dict[datetime, int]) -> str:
    """The picture as SVG; `starts` by the full hour."""
    most = max(starts.values())
    width, height = DAY_LABEL_PX + HOURS * SQUARE_PX, HEAD_PX + DAYS * SQUARE_PX
    shapes = [
        f'<text x="0" y="12">starts per hour, at most {most}; days and hours in UTC</text>',
        *(
            f'<text x="{DAY_LABEL_PX + hour * SQUARE_PX}" y="{HEAD_PX - 4}">{hour:02}</text>'
            for hour in range(0, HOURS, 3)
        ),
    ]
    for row in range(DAYS):
        top = HEAD_PX + row * SQUARE_PX
        shapes.append(f'<text x="0" y="{top + 13}">{day + timedelta(days=row):%a %d}</text>')
        for column in range(HOURS):
            count = starts.get(day + timedelta(days=row, hours=column), 0)
            shapes.append(
                f'<rect x="{DAY_LABEL_PX + column * SQUARE_PX}" y="{top}" width="{SQUARE_PX - 1}"'
                f' height="{SQUARE_PX - 1}" fill="{COLOUR}" fill-opacity="{0.05 + 0.95 * count / most:.2f}">'
                f"<title>{count}</title></rect>"
            )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif"'
        f' font-size="11" fill="#888">{"".join(shapes)}</svg>'
    )
