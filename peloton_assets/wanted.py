"""What a queue has to ask for: what is wanted, without what is landed and what is not to be asked yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from peloton_assets.transform import connect
from peloton_assets.workspace import SOURCE, Workspace, now
from resources.landed import show_landed
from resources.state import RETRY_AFTER_NOT_SERVED

# Why an item has no answer.
NOT_SERVED, FAILED, PUT_OFF, LEFT_OUT = "not_served", "failed", "put_off", "left_out"
LEFT_BY_TIME = "left for the next run by the time limit"
OUT_OF_TIME, IN_PROGRESS = "out_of_time", "in_progress"


@dataclass(frozen=True)
class Wanted:
    """What to ask for, and the month under which its answer is kept."""

    item: str
    month: str


@dataclass
class QueuePlan:
    """What a pass has to do: items to ask for, and per month how many are wanted in all."""

    months: tuple[str, ...]
    to_ask: list[Wanted]
    landed: set[Wanted]
    wanted: Counter[str]
    not_asked: dict[Wanted, str]  # and why


def plan_queue(
    work: Workspace,
    resource: str,
    wanted: Sequence[Wanted],
    months: Iterable[str],
    *,
    account: str = "",
    limit: int | None = None,
    refresh: bool = False,
    not_yet: Iterable[Wanted] = (),
) -> QueuePlan:
    """Those of `wanted` (newest first) that are not landed yet; with `refresh` all of them.

    Those that failed before come last, so that neither they nor a limit hold up the others. What is `not_yet` to
    be asked for is missing all the same.
    """
    chosen, later = tuple(months), [*not_yet]
    next_tries = work.state.next_tries(SOURCE, resource, account)
    # A pause longer than any that is given was noted while the clock was wrong.
    latest = now() + RETRY_AFTER_NOT_SERVED
    waiting = {item for item, next_try in next_tries.items() if now() < next_try <= latest}
    landed = landed_items(work, resource, chosen)
    missing = [one for one in wanted if refresh or one not in landed]
    askable = [one for one in missing if one.item not in waiting]
    askable.sort(key=lambda one: one.item in next_tries)
    to_ask = askable[:limit]
    return QueuePlan(
        chosen,
        to_ask,
        landed,
        wanted=Counter(one.month for one in (*wanted, *later)),
        not_asked={
            **{one: NOT_SERVED for one in missing if one.item in waiting},
            **dict.fromkeys(askable[len(to_ask) :], LEFT_OUT),
            **dict.fromkeys(later, IN_PROGRESS),
        },
    )


def landed_items(work: Workspace, resource: str, months: Iterable[str]) -> set[Wanted]:
    """What is landed. An item that moved to another month is asked again: tables are built of their own month."""
    files = [f for month in months for f in work.landing.sealed(SOURCE, resource, month)]
    with connect() as connection:
        show_landed(connection, files)
        return {
            Wanted(*item_and_month)
            for item_and_month in connection.execute(
                "SELECT DISTINCT item, parse_path(filename, 'both_slash')[-2] FROM landed"
            ).fetchall()
        }
