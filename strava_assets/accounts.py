"""Runs a step for every chosen athlete: what fails for one stops no other, a limit stops all."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from pydantic import Field

from resources.dagster_runs import failures_in_words, recorded, reporters
from resources.errors import LimitReached, PacelineError, SignInNeeded
from resources.settings import load_settings
from resources.state import SyncCounts
from resources.strava_auth import cure_of
from strava_assets.athletes import DEFAULT, chosen_accounts
from strava_assets.items import ITEMS_AT_ONCE
from strava_assets.partitions import MONTHS, month_of
from strava_assets.workspace import Workspace

PAUSE_BETWEEN_ATHLETES_S = 2.0
BACKGROUND_PAGES = 3  # of each athlete's list at a tick


class AthleteOptions(dg.Config):
    """Options of `paceline sync strava`, as run config."""

    athlete: str = Field(default="", description="An account's name or athlete id; empty for all.")
    full: bool = Field(default=False, description="List everything: finds late uploads, edits and deletions.")
    of_months: bool = Field(
        default=False, description="Only the run's months, instead of two weeks back from the newest."
    )
    max_pages: int | None = Field(default=None, description="At most so many pages of 200 activities.")
    accept_removals: bool = Field(
        default=False, description="Believe even that a large part of the activities is gone."
    )
    background: bool = Field(
        default=False, description="Leave a tenth of the limits to people, and pause between athletes."
    )


class ItemOptions(dg.Config):
    """Options of the step that asks activity by activity."""

    athlete: str = Field(default="", description="An account's name or athlete id; empty for all.")
    limit: int | None = Field(
        default=ITEMS_AT_ONCE, description="At most so many answers of each athlete, newest activity first."
    )
    minutes: float = Field(default=10, description="Stop asking after so long; 0: never.")
    background: bool = Field(default=True, description="Leave a tenth of the limits to people.")


@dataclass
class Done:
    """What the athletes of a step did."""

    counts: dict[str, SyncCounts] = field(default_factory=dict)
    failed: dict[str, PacelineError] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        """Sums of all athletes, what failed, and what is left of the limits."""
        sums = {
            name: sum(getattr(each, name) for each in self.counts.values()) for name in vars(SyncCounts())
        }
        told = {f"failed: {account}": str(error) for account, error in self.failed.items()}
        left = {
            f"limit of a {window.replace('_', ' ')}": f"{each['remaining']} left, resets in {each['resets_in_s']} s"
            for window, each in self.limits.items()
        }
        return {"athletes": ", ".join(self.counts) or "none", **sums, **told, **left}


def for_each_athlete(
    context: dg.AssetExecutionContext,
    athlete: str,
    background: bool,
    body: Callable[[Workspace, SyncCounts], None],
) -> Done:
    """Run `body` for every chosen athlete. Raises when none succeeded, and at once when the limit is reached."""
    done = Done()
    with failures_in_words(context):
        for place, account in enumerate(chosen_accounts(load_settings(), athlete)):
            if background and place:
                time.sleep(PAUSE_BETWEEN_ATHLETES_S)
            try:
                _one(context, account, background, body, done)
            except LimitReached:
                raise  # it holds for all athletes
            except PacelineError as error:
                done.failed[account] = error
                context.log.error(f"{account}: {error}")
        if done.failed and not done.counts:
            raise next(iter(done.failed.values()))
    return done


def _one(
    context: dg.AssetExecutionContext,
    account: str,
    background: bool,
    body: Callable[[Workspace, SyncCounts], None],
    done: Done,
) -> None:
    work = workspace(context, account, background)
    resource = context.asset_key.path[-1]
    months = months_of(context)
    partition = f"{months[0]}...{months[-1]}" if months else ""
    with recorded(
        context, work, resource if account == DEFAULT else f"{resource}:{account}", partition
    ) as counts:
        try:
            body(work, counts)
        except SignInNeeded as error:
            raise SignInNeeded(f"The account {account}: {error.what}", cure_of(account)) from None
        finally:
            counts.requests = work.client.requests_made  # who the athlete is may have been asked too
            done.limits = work.client.limit_status()
    done.counts[account] = counts


def workspace(
    context: dg.AssetExecutionContext, account: str = DEFAULT, background: bool = False
) -> Workspace:
    """The workspace of a step, reporting progress to its log now and then and to listeners always."""
    on_progress, on_wait = reporters(context)
    return Workspace(
        load_settings(),
        run_id=context.run.run_id,
        on_progress=on_progress,
        on_wait=on_wait,
        account=account,
        background=background,
    )


def months_of(context: dg.AssetExecutionContext) -> tuple[str, ...]:
    """The run's months, oldest first."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return ()
    return tuple(sorted(month_of(key) for key in context.partition_keys if MONTHS.has_partition_key(key)))
