"""One step for several accounts: each with its own sign-in, its own row in ops.sync_runs and its own failures.

An account that fails never stops the others. Surprising: a step of which one account needs a new sign-in succeeds, for
what the others brought has to go on to the tables; `paceline status`, the run's log and a check tell of the one.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

import dagster as dg
from pydantic import Field

from peloton_assets.members import Member, account_resource, chosen_accounts, member_of
from peloton_assets.runtime import Sync, recorded, workspace
from resources.dagster_runs import failures_in_words
from resources.errors import LimitReached, PacelineError, SignInNeeded
from resources.peloton_oauth import cure_of
from resources.settings import load_settings
from resources.state import SyncCounts

# Three attempts, the second after half a minute, the third after another minute.
RETRY = dg.RetryPolicy(
    max_retries=2,
    delay=float(os.environ.get("PACELINE_RETRY_DELAY_S", "") or 30),
    backoff=dg.Backoff.EXPONENTIAL,
    jitter=dg.Jitter.PLUS_MINUS,
)


class MemberOptions(dg.Config):
    """Options of `paceline sync workouts`, as run config."""

    username: str = Field(default="", description="An account's name; empty for all that are signed in.")
    all_months: bool = Field(default=False, description="Whatever months the run has, sync every month.")
    limit: int | None = Field(default=None, description="At most so many classes and graphs, newest first.")
    refresh: bool = Field(default=False, description="Ask again for what is already landed.")
    accept_removals: bool = Field(
        default=False, description="Believe even that a large part of the workouts is gone."
    )
    delay: float | None = Field(
        default=None, description="Seconds between requests; default from the environment."
    )
    share: float = Field(
        default=0.5, gt=0, le=1, description="The part of the allowed rate that classes and graphs may take."
    )
    minutes: float = Field(
        default=15,
        description="Classes and graphs stop asking after so long and go on in the next run; 0: never.",
    )


@dataclass
class Done:
    """What the accounts of a step did."""

    counts: dict[str, SyncCounts] = field(default_factory=dict)
    failed: dict[str, PacelineError] = field(default_factory=dict)

    def metadata(self) -> dict[str, int | str]:
        """Sums of all accounts, and what failed."""
        sums = {
            name: sum(getattr(each, name) for each in self.counts.values()) for name in vars(SyncCounts())
        }
        told = {f"failed: {account}": str(error) for account, error in self.failed.items()}
        return {"accounts": ", ".join(self.counts) or "none", **sums, **told}


def for_each_account(
    context: dg.AssetExecutionContext,
    options: MemberOptions,
    body: Callable[[Sync, Member], None],
    in_background: bool = False,
) -> Done:
    """Run `body` for every chosen account; work `in_background` takes its share of the rate and is tried again.

    Raises when no account succeeded, or when a fault of the provider may be over at the next attempt.
    """
    done = Done()
    with failures_in_words(context, retry=in_background):
        for account in chosen_accounts(load_settings(), options.username):
            try:
                _one(context, options, account, body, done, in_background)
            except LimitReached:
                raise  # it holds for all accounts
            except PacelineError as error:
                done.failed[account] = error
                context.log.error(f"{account}: {error}")
        errors = [*done.failed.values()]
        if errors and (not done.counts or not all(isinstance(error, SignInNeeded) for error in errors)):
            raise errors[0]
    return done


def _one(
    context: dg.AssetExecutionContext,
    options: MemberOptions,
    account: str,
    body: Callable[[Sync, Member], None],
    done: Done,
    in_background: bool,
) -> None:
    delay = options.delay
    if in_background and options.share < 1:
        delay = (delay or 1 / load_settings().peloton_requests_per_second) / options.share
    work = workspace(context, delay, account)
    name = account_resource(context.asset_key.path[-1], account)
    with recorded(context, work, name) as sync:
        try:
            body(sync, member_of(work))
        except SignInNeeded as error:
            raise SignInNeeded(f"The account {account}: {error.what}", cure_of(account)) from None
        finally:
            sync.counts.requests = work.client.requests_made  # who the member is may have been asked too
        done.counts[account] = sync.counts
