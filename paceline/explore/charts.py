"""Charts as plain geometry, which a template draws as SVG: pure functions from rows to rectangles and lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

WIDTH, HEIGHT = 1080.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 8.0, 10.0, 26.0
HEAT_LEFT, HEAT_CELL, HEAT_ROW = 230.0, 8.6, 22.0
MOST_X_LABELS = 12


@dataclass(frozen=True)
class Rectangle:
    """`kind` becomes a CSS class, `title` what is shown on hovering."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str
    href: str = ""


@dataclass(frozen=True)
class Text:
    """A word of an axis."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Chart:
    """What a template draws; `about` is said to who cannot see it."""

    about: str
    width: float
    height: float
    rectangles: tuple[Rectangle, ...] = ()
    texts: tuple[Text, ...] = ()
    rules: tuple[float, ...] = ()  # heights of horizontal lines
    path: str = ""
    legend: tuple[tuple[str, str], ...] = ()  # kind, word


@dataclass(frozen=True)
class Group:
    """The columns of one place of the x axis: values by kind."""

    label: str
    values: Mapping[str, float]
    hrefs: Mapping[str, str] = field(default_factory=dict)


def columns(
    groups: Sequence[Group], kinds: Mapping[str, str], about: str, unit: str = "", digits: int = 0
) -> Chart:
    """Columns side by side; `kinds` gives each kind of value its word. A kind that is nowhere takes no room."""
    given = {kind: word for kind, word in kinds.items() if any(group.values.get(kind) for group in groups)}
    top = nice(max((value for group in groups for value in group.values.values()), default=0))
    slot = (WIDTH - LEFT - RIGHT) / max(1, len(groups))
    wide = slot * 0.86 / max(1, len(given))
    rectangles, texts = [], []
    every = math.ceil(len(groups) / MOST_X_LABELS) or 1
    for place, group in enumerate(groups):
        begin = LEFT + place * slot
        if place % every == 0:
            texts.append(Text(begin + slot / 2, HEIGHT - 6, group.label))
        for nth, (kind, word) in enumerate(given.items()):
            value = group.values.get(kind) or 0
            if not value:
                continue
            high = max(1.5, value / top * (HEIGHT - TOP - BOTTOM))
            title = f"{group.label}: {value:,.{digits}f}{unit} {word}"
            x = begin + slot * 0.07 + nth * wide
            rectangles.append(
                Rectangle(
                    x,
                    HEIGHT - BOTTOM - high,
                    max(1, wide - 0.5),
                    high,
                    kind,
                    title,
                    group.hrefs.get(kind, ""),
                )
            )
    return Chart(
        about, WIDTH, HEIGHT, tuple(rectangles), (*texts, *_scale(top)), _rules(), legend=tuple(kinds.items())
    )


def curve(
    points: Sequence[tuple[float, float]], bands: Iterable[tuple[float, float, str]], end: float, about: str
) -> Chart:
    """A line over seconds from 0 to `end`, with bands behind it: begin, end and what it was."""
    top = nice(max((value for _, value in points), default=0))
    across = (WIDTH - LEFT - RIGHT) / max(1.0, end)
    high = HEIGHT - TOP - BOTTOM
    rectangles = tuple(
        Rectangle(LEFT + begin * across, TOP, (until - begin) * across, high, f"band-{nth % 2}", title)
        for nth, (begin, until, title) in enumerate(bands)
    )
    path = " ".join(
        f"{'L' if nth else 'M'}{LEFT + second * across:.1f} {HEIGHT - BOTTOM - value / top * high:.1f}"
        for nth, (second, value) in enumerate(points)
    )
    step = 300 if end <= 3_600 else 900
    texts = [
        Text(LEFT + second * across, HEIGHT - 6, f"{second // 60}:00")
        for second in range(0, int(end) + 1, step)
    ]
    return Chart(about, WIDTH, HEIGHT, rectangles, (*texts, *_scale(top)), _rules(), path)


def heat(rows: Mapping[str, Mapping[date, tuple[str, str]]], about: str) -> Chart:
    """One line per name, one cell per month from the first to the last; a month is its state and a title."""
    months = [month for row in rows.values() for month in row]
    if not months:
        return Chart(about, WIDTH, HEAT_ROW)
    first, last = min(months), max(months)
    count = _month_number(last) - _month_number(first) + 1
    rectangles, texts = [], []
    for line, (name, row) in enumerate(rows.items()):
        y = HEAT_ROW * (line + 1)
        texts.append(Text(HEAT_LEFT - 8, y + 15, name, "end"))
        for month, (state, title) in row.items():
            x = HEAT_LEFT + HEAT_CELL * (_month_number(month) - _month_number(first))
            rectangles.append(Rectangle(x, y + 2, HEAT_CELL - 1, HEAT_ROW - 4, state, title))
    for place in range(count):
        year, nth = divmod(_month_number(first) + place, 12)
        if nth == 0 or place == 0:
            texts.append(Text(HEAT_LEFT + HEAT_CELL * place, 14, str(year), "start"))
    # The first year's word would lie under the second's where it has a few months only.
    years = [text for text in texts if text.anchor == "start"]
    if len(years) > 1 and years[1].x - years[0].x < 4 * HEAT_CELL:
        texts.remove(years[0])
    width = max(WIDTH, HEAT_LEFT + HEAT_CELL * count + RIGHT)
    return Chart(about, width, HEAT_ROW * (len(rows) + 1) + 4, tuple(rectangles), tuple(texts))


def nice(value: float) -> float:
    """The next round number to end an axis with."""
    if value <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return next(step * size for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * size >= value)


def _scale(top: float) -> tuple[Text, ...]:
    return tuple(
        Text(LEFT - 6, y + 4, f"{top * part:,.4g}", "end")
        for part, y in zip((1, 0.5, 0), _rules(), strict=True)
    )


def _rules() -> tuple[float, ...]:
    return (TOP, (TOP + HEIGHT - BOTTOM) / 2, HEIGHT - BOTTOM)


def _month_number(month: date) -> int:
    return 12 * month.year + month.month - 1
