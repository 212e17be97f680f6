"""What a person may type into an address: numbers, days and words, or a clear refusal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from starlette.requests import Request

from paceline.show import inert
from resources.errors import UsageProblem


def text(request: Request, name: str) -> str | None:
    """A text as it was typed; None where there is none. Bytes that are not UTF-8 arrive as half signs."""
    typed = request.query_params.get(name, "").encode("utf-8", "replace").decode()
    return typed.strip() or None


def whole_number(request: Request, name: str, least: int, most: int) -> int | None:
    """A whole number in these bounds."""
    typed = text(request, name)
    if typed is None:
        return None
    if not typed.isascii() or not typed.isdigit() or len(typed) > 9 or not least <= int(typed) <= most:
        raise UsageProblem(
            f"{inert(typed[:40])!r} is not possible for {name}", f"Use a number from {least} to {most}."
        )
    return int(typed)


def day(request: Request, name: str) -> date | None:
    """A day of the calendar."""
    typed = text(request, name)
    if typed is None:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise UsageProblem(f"{inert(typed[:40])!r} is not a day", "Write it as 2024-03-01.") from error


def one_of(request: Request, name: str, choices: Collection[str], otherwise: str) -> str:
    """One of some words."""
    typed = text(request, name)
    return typed if typed and typed in choices else otherwise
