"""What one sync of the class library covers, checked before anything is asked or written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from resources.errors import UsageProblem
from resources.settings import Settings

# Browse category slugs (recorded 2021 to 2023, pilates 2025); the request wants exactly these.
DISCIPLINES = (
    "cycling", "running", "walking", "strength", "stretching", "yoga", "meditation", "cardio", "outdoor",
    "bootcamp", "bike_bootcamp", "caesar", "caesar_bootcamp", "pilates",
)  # fmt: skip
SCENIC = tuple(
    f"{discipline}_{kind}_scenic"
    for discipline in ("cycling", "running", "walking", "caesar")
    for kind in ("time", "distance", "guided")
)
RULES = ("power-zone", "all")
FIRST_YEAR = 2000  # earlier than any class that can exist


@dataclass(frozen=True)
class Scope:
    """Months (YYYY-MM, oldest first) and options of one sync."""

    months: tuple[str, ...]
    disciplines: tuple[str, ...] = ()
    classes: str = "power-zone"
    limit: int | None = None
    refresh: bool = False

    def __post_init__(self) -> None:
        unknown = [name for name in self.disciplines if name not in DISCIPLINES + SCENIC]
        if unknown:
            raise UsageProblem(
                f"Unknown discipline {', '.join(map(repr, unknown))}", f"Known are: {', '.join(DISCIPLINES)}."
            )
        if self.classes not in RULES:
            raise UsageProblem(
                f"Unknown rule {self.classes!r} for --classes", f"Use one of: {', '.join(RULES)}."
            )
        if self.limit is not None and self.limit < 1:
            raise UsageProblem(
                f"A limit of {self.limit} classes is not possible", "Give 1 or more, or leave it out."
            )
        if not self.months:
            raise UsageProblem("No month lies in that window", "Choose a month up to the current one.")

    @property
    def categories(self) -> tuple[str | None, ...]:
        """The lists to walk: one for all disciplines, or one for each."""
        return self.disciplines or (None,)

    @property
    def start(self) -> datetime:
        return month_start(self.months[0])

    @property
    def end(self) -> datetime:
        return next_month_start(self.months[-1])

    def details_resource(self) -> str:
        """Name of the details' coverage, which depends on the rule and the disciplines."""
        return ":".join(["ride_details", self.classes, *self.disciplines])


def list_resource(category: str | None) -> str:
    """Name of the list's coverage."""
    return f"ride_list:{category}" if category else "ride_list"


def month_start(month: str) -> datetime:
    """First moment (UTC) of YYYY-MM."""
    return datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)


def next_month_start(month: str) -> datetime:
    """First moment (UTC) of the month after YYYY-MM."""
    start = month_start(month)
    return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)


def months_between(first: date, last: date) -> list[str]:
    """YYYY-MM of all months from one date to another, both included."""
    return [
        f"{number // 12}-{number % 12 + 1:02}"
        for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ]


def library_months(settings: Settings) -> list[str]:
    """All months that have a partition: from the library's first to the current one."""
    return months_between(month_start(settings.peloton_library_start), datetime.now(UTC))


def window_months(
    year: int | None, month: int | None, available: Iterable[str], today: date
) -> tuple[str, ...]:
    """The months that --year and --month mean, among those that have partitions."""
    if month is not None and year is None:
        raise UsageProblem("--month needs --year", "Add --year, for example --year 2024 --month 3.")
    if month is not None and not 1 <= month <= 12:
        raise UsageProblem(f"There is no month {month}", "Give --month from 1 to 12.")
    if year is not None and not FIRST_YEAR <= year <= today.year:
        raise UsageProblem(
            f"There are no classes in {year}", f"Give a --year from {FIRST_YEAR} to {today.year}."
        )
    wanted = "" if year is None else f"{year}-" if month is None else f"{year}-{month:02}"
    chosen = tuple(name for name in sorted(available) if name.startswith(wanted))
    if not chosen:
        raise UsageProblem(
            f"{wanted.rstrip('-')} lies outside the library's months", "Choose a month up to the current one."
        )
    return chosen
