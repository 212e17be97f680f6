"""A picture of how the data folder grew: a column a day, made of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from resources.operations.sizes import ROOMS

COLOURS = dict(zip(ROOMS, ("#4f43dd", "#2e9e5b", "#d9a400", "#8a8f98", "#c2563a", "#3a9bc2"), strict=True))
SHOWN_DAYS = 60
HEIGHT_PX, HEAD_PX, COLUMN_PX, WIDEST_PX = 120, 36, 9, 560


def size_plot(by_room: Mapping[str, Mapping[date, int]]) -> str:
    """The last days as SVG; empty where nothing was measured."""
    days = sorted({day for room in ROOMS for day in by_room.get(room, {})})[-SHOWN_DAYS:]
    if not days:
        return ""
    totals = [sum(by_room.get(room, {}).get(day, 0) for room in ROOMS) for day in days]
    most = max(*totals, 1)
    shapes = [f'<text x="0" y="12">{days[0]} to {days[-1]}, at most {most / 1e6:,.0f} MB</text>']
    for number, room in enumerate(ROOMS):
        left = number * 84
        shapes.append(
            f'<rect x="{left}" y="19" width="9" height="9" fill="{COLOURS[room]}"/>'
            f'<text x="{left + 13}" y="28">{room}</text>'
        )
    for column, day in enumerate(days):
        bottom = float(HEAD_PX + HEIGHT_PX)
        for room in ROOMS:
            bytes_of_day = by_room.get(room, {}).get(day, 0)
            height = HEIGHT_PX * bytes_of_day / most
            bottom -= height
            shapes.append(
                f'<rect x="{column * COLUMN_PX}" y="{bottom:.1f}" width="{COLUMN_PX - 1}" height="{height:.1f}"'
                f' fill="{COLOURS[room]}"><title>{day} {room}: {bytes_of_day / 1e6:,.1f} MB</title></rect>'
            )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDEST_PX}" height="{HEAD_PX + HEIGHT_PX}"'
        f' font-family="sans-serif" font-size="12" fill="#888">{"".join(shapes)}</svg>'
    )
