"""`paceline races`: what can be entered tonight, computed from the schedules of the active seasons.

Nothing is asked of iRacing: the published warehouse holds the patterns, and its macro `iracing.race_times` unfolds
them. Filters choose the weeks first, so that only their starts are unfolded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import duckdb
import typer
from rich.text import Text

from paceline import race_words as words
from paceline.calendar_file import Entry, write_calendar
from paceline.show import err, inert, out, print_json, table
from resources.errors import StorageProblem, UsageProblem
from resources.settings import load_settings
from resources.warehouse import open_warehouse

SQL = Path(__file__).with_name("sql")
COLUMNS = ("starts", "series", "licence", "track", "race", "session")
WEEK_COLUMNS = (
    "series", "licence", "track", "cars", "race", "starts (UTC)", "rain", "next start",
)  # fmt: skip
BRING = "Run `paceline sync iracing`, or `paceline import iracing FOLDER` for saved documents."
LONGEST_WINDOW_HOURS = 366 * 24
LOOK_BEYOND = timedelta(days=400)  # tours pause for up to 112 days
SHOWN_STARTS = 50
MOST_STARTS = 10_000_000

Row = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("races")(races)


def races(
    hours: int = typer.Option(24, help="Look so many hours ahead."),
    from_: str | None = typer.Option(
        None, "--from", help="Look from this moment on, such as 2026-03-01T19:30.", show_default="now"
    ),
    series: str | None = typer.Option(None, help="Only this series: words of its name, or its id."),
    license_: str | None = typer.Option(
        None, "--license", help="Only this licence class: R, D, C, B, A or Pro."
    ),
    category: str | None = typer.Option(None, help="Only this category, such as oval or sports_car."),
    track: str | None = typer.Option(None, help="Only this track: words of its name."),
    car: str | None = typer.Option(None, help="Only races that this car or class may enter."),
    official: bool = typer.Option(False, "--official/--all", help="Only official series."),
    tz: str | None = typer.Option(
        None, help="Show times of this zone, such as Europe/Berlin.", show_default="this machine's"
    ),
    limit: int | None = typer.Option(
        None, help="At most so many starts.", show_default=f"{SHOWN_STARTS} in a table, else all"
    ),
    ics: Path | None = typer.Option(None, metavar="FILE", help="Write the starts to a calendar file."),
    week: bool = typer.Option(False, "--week", help="Show the running week of each series instead."),
    as_json: bool = typer.Option(False, "--json", help="Print the starts as JSON."),
) -> None:
    """The next race starts of the active iRacing series, in local time. Words may be in any order and any case.

    Example: paceline races --hours 6 --license D --series "mx-5" --tz Europe/Berlin
    """
    zone = words.zone_named(tz) if tz is not None else None
    begin = words.moment(from_, zone) if from_ is not None else datetime.now(UTC)
    if not 1 <= hours <= LONGEST_WINDOW_HOURS:
        raise UsageProblem(
            f"A window of {hours} hours is not possible", f"Use --hours with 1 to {LONGEST_WINDOW_HOURS}."
        )
    if limit is not None and limit < 1:
        raise UsageProblem(f"A limit of {limit} starts is not possible", "Use 1 or more.")
    if week and ics is not None:
        raise UsageProblem("A calendar holds starts, and --week shows weeks", "Leave one of the two out.")
    filters: Row = {
        "series": _text(series),
        "license": list(words.license_groups(license_)) if license_ is not None else None,
        "category": _text(category),
        "track": _text(track),
        "car": _text(car),
        "official": official,
    }
    with chosen(load_settings().warehouse_file, filters) as connection:
        if week:
            _show_week(_running(connection, begin), begin, zone, as_json)
            return
        try:
            end = begin + timedelta(hours=hours)
            beyond = end + LOOK_BEYOND
        except OverflowError as error:
            raise UsageProblem(f"{begin:%Y-%m-%d} is too far away", "Use an earlier --from.") from error
        most = limit or (MOST_STARTS if as_json or ics is not None else SHOWN_STARTS)
        found, all_starts = starts(connection, begin, end, most)
        if ics is not None:
            _write(ics, found)
        if as_json:
            print_json([_told(row, zone) for row in found])
        elif found and ics is None:
            _show(found, zone)
            if all_starts > len(found):
                out.print(f"{len(found)} of {all_starts} starts; --limit shows more.")
        elif not found:
            later, _ = starts(connection, end, beyond, 1)
            _show_nothing(connection, begin, end, filters, later, zone)


def starts(
    connection: duckdb.DuckDBPyConnection, begin: datetime, end: datetime, most: int
) -> tuple[list[Row], int]:
    """The first starts of the chosen weeks in [begin, end), and how many there are in all."""
    found = _rows(connection, "races", {"from_ts": begin, "to_ts": end, "limit": most})
    counts = [row.pop("all_starts") for row in found]
    return found, max(counts, default=0)


@contextmanager
def chosen(warehouse: Path, filters: Row) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, with the weeks and single starts that pass the filters as temporary tables."""
    if not warehouse.exists():
        raise StorageProblem(f"There is no warehouse at {warehouse} yet", BRING)
    with open_warehouse(warehouse) as connection:
        # A missing table shall not be looked for among our own variables.
        connection.execute("SET python_enable_replacements = false")
        try:
            active = connection.execute("SELECT count(*) FROM iracing.seasons WHERE active").fetchall()[0][0]
            connection.execute(_statement("races_macros"))
            connection.execute(_statement("races_chosen"), filters)
            connection.execute(_statement("races_slots"))
        except duckdb.CatalogException as error:
            raise StorageProblem("The warehouse holds no iRacing schedules yet", BRING) from error
        except duckdb.BinderException as error:
            raise StorageProblem(
                "The warehouse was built by another version", "Run `paceline rebuild`."
            ) from error
        if not active:
            raise StorageProblem("The warehouse holds no active iRacing season yet", BRING)
        yield connection


def _running(connection: duckdb.DuckDBPyConnection, at: datetime) -> list[Row]:
    found = _rows(connection, "races_week", {"at": at})
    for row in found:
        row["starts"] = words.pattern(row["time_pattern"] or (), row["single_starts"])
    return found


def _rows(connection: duckdb.DuckDBPyConnection, name: str, values: Row) -> list[Row]:
    result = connection.execute(_statement(name), values)
    columns = [column[0] for column in result.description or []]
    return [dict(zip(columns, map(_in_utc, row), strict=True)) for row in result.fetchall()]


def _in_utc(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()


def _text(typed: str | None) -> str | None:
    return typed if typed and typed.strip() else None


def _told(row: Row, zone: tzinfo | None) -> Row:
    """A row as JSON shows it: also with the local time and the licence's name."""
    at = row.get("starts_at") or row.get("next_start")
    return {
        **row,
        "local_time": at.astimezone(zone) if at else None,
        "license": words.LICENSES.get(row["license_group"]),
    }


def _show(found: list[Row], zone: tzinfo | None) -> None:
    table(
        COLUMNS,
        [
            (
                words.clock(row["starts_at"], zone),
                row["series_name"] + (" (super session)" if row["super_session"] else ""),
                words.LICENSES.get(row["license_group"]),
                words.track(row["track_name"], row["config_name"]),
                words.length(row["race_lap_limit"], row["race_time_limit_min"]),
                f"{row['session_minutes']} min" if row["session_minutes"] is not None else None,
            )
            for row in found
        ],
    )


def _show_week(found: list[Row], at: datetime, zone: tzinfo | None, as_json: bool) -> None:
    if as_json:
        print_json([_told(row, zone) for row in found])
        return
    if not found:
        out.print(f"No chosen series has a week that runs on {words.clock(at, zone)}.", soft_wrap=True)
        return
    table(
        WEEK_COLUMNS,
        [
            (
                row["series_name"],
                words.LICENSES.get(row["license_group"]),
                words.track(row["track_name"], row["config_name"]),
                words.cars(row["cars"] if row["cars_of_the_week"] else row["car_classes"]),
                words.length(row["race_lap_limit"], row["race_time_limit_min"]),
                row["starts"],
                f"{row['precip_chance_pct']:.0f} %" if row["precip_chance_pct"] is not None else None,
                words.clock(row["next_start"], zone) if row["next_start"] else None,
            )
            for row in found
        ],
    )


def _show_nothing(
    connection: duckdb.DuckDBPyConnection,
    begin: datetime,
    end: datetime,
    filters: Row,
    later: list[Row],
    zone: tzinfo | None,
) -> None:
    given = [f"--{name}" for name, value in filters.items() if value]
    wanted = f" with {', '.join(given)}" if given else ""
    ((seasons, weeks),) = connection.execute(
        "SELECT count(DISTINCT season_id), count(*) FROM chosen_events"
    ).fetchall()
    if not seasons:
        out.print(f"No active season passes{wanted}. Leave a filter out.", soft_wrap=True)
        if filters["category"]:
            known = connection.execute(
                "SELECT DISTINCT category FROM iracing.events WHERE category IS NOT NULL ORDER BY ALL"
            ).fetchall()
            out.print(Text(f"Categories are: {', '.join(inert(name) for (name,) in known)}."), soft_wrap=True)
        return
    said = (
        f"No race starts between {words.clock(begin, zone)} and {words.clock(end, zone)}{wanted}."
        f" Looked at {words.counted(weeks, 'week')} of {words.counted(seasons, 'active season')}."
    )
    if later:
        (row,) = later
        where = words.track(row["track_name"], row["config_name"])
        said += f" The next one is {words.clock(row['starts_at'], zone)}: {row['series_name']}, {where}."
    else:
        said += " No later start is known; `paceline sync iracing` brings newer schedules."
    out.print(Text(inert(said)), soft_wrap=True)


def _write(path: Path, found: list[Row]) -> None:
    try:
        if path.is_dir():
            raise UsageProblem(f"{inert(str(path))} is a folder", "Name a file, such as races.ics.")
        write_calendar(path, map(entry, found), "iRacing", datetime.now(UTC))
    except (OSError, ValueError) as error:
        raise StorageProblem(
            f"{inert(str(path))} cannot be written ({type(error).__name__})", "Use another --ics FILE."
        ) from error
    err.print(Text(f"Wrote {words.counted(len(found), 'start')} to {inert(str(path))}."), soft_wrap=True)


def entry(row: Row) -> Entry:
    """A start as a calendar shows it."""
    length = words.length(row["race_lap_limit"], row["race_time_limit_min"])
    rain = row["precip_chance_pct"]
    details = (
        row["season_name"],
        f"Week {row['race_week_num'] + 1}",
        f"Licence: {words.LICENSES.get(row['license_group'], '')}",
        f"Race: {length}" if length else "",
        f"Classes: {words.cars(row['car_classes'])}" if row["car_classes"] else "",
        f"Rain: {rain:.0f} %" if rain is not None else "",
    )
    return Entry(
        season_id=row["season_id"],
        race_week_num=row["race_week_num"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        summary=row["series_name"] + (" (super session)" if row["super_session"] else ""),
        location=words.track(row["track_name"], row["config_name"]),
        details=tuple(line for line in details if line),
    )
