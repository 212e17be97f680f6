"""Which alerts hold now: a pure function of facts. Knows no Dagster, no clock, no file, and makes no request.

An alert has a stable key: the same trouble has the same key at every look, so that it is told once, and again only
after it went away and came back. Surprising: months and drift carry the run that found them in their key, since what
another run finds is news.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from resources.redact import one_line
from resources.token_owner import Connection

SEVERE, NOTICE = "severe", "notice"
ENDS_SOON = timedelta(hours=24)  # an access token without a refresh token
SHOWN = 3  # examples in a text
LONGEST_TEXT = 600
OF_THE_LIMIT, OF_THE_SIGN_IN = "LimitReached", "SignInNeeded"


@dataclass(frozen=True)
class Alert:
    """Something a person should know, and what to do about it. Severe ones are repeated daily while they hold."""

    key: str
    severity: str
    text: str
    cure: str

    @property
    def line(self) -> str:
        """All of it in one line, without secrets and control characters."""
        return one_line(f"{self.severity}: {self.text.rstrip('.')}. {self.cure}", LONGEST_TEXT)


@dataclass(frozen=True)
class LostMonth:
    """A month that was complete and is not any more, and the run that noted so."""

    resource: str
    account: str
    month: str
    reason: str
    run_id: str


@dataclass(frozen=True)
class Drifted:
    """A field of an answer that is new or has changed its type."""

    resource: str
    path: str
    kind: str
    run_id: str


@dataclass(frozen=True)
class FailedRun:
    """The last run of a job, when it failed. `kind` is the class of the error, where it was an expected one."""

    job: str
    run_id: str
    what: str
    next_step: str
    kind: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of one provider at one moment; what nobody looked at is left empty."""

    source: str
    now: datetime
    stale_after: timedelta = timedelta(0)  # 0 never tells of it
    connections: Sequence[Connection] = ()
    last_read: dict[str, datetime] = field(
        default_factory=dict
    )  # list to the last time it was read to its end
    lost_months: Sequence[LostMonth] = ()
    drift: Sequence[Drifted] = ()
    schedule_changes: Sequence[str] = ()  # in words, newest first
    schedule_changed_at: datetime | None = None
    failed_runs: Sequence[FailedRun] = ()
    free_bytes: int | None = None
    needed_bytes: int = 0


def holding(facts: Facts) -> list[Alert]:
    """All alerts that hold now, severe ones first."""
    signed_out = [*_tokens(facts)]
    found = [
        *signed_out,
        *_disk(facts),
        *_runs(facts, signed_out),
        *_stale(facts),
        *_months(facts),
        *_drift(facts),
        *_schedule(facts),
    ]
    return sorted(found, key=lambda alert: alert.severity != SEVERE)


def _tokens(facts: Facts) -> Iterator[Alert]:
    for each in facts.connections:
        key, who = f"token/{each.provider}/{each.account}", f"the account {each.account} of {each.provider}"
        cure = f"Run `{_sign_in(each)}`."
        if (
            each.state == "needs sign-in" and each.token_age is not None
        ):  # who never signed in, misses nothing
            until = f" It works for {_hours(each.access_left)} yet." if each.access_left else ""
            yield Alert(f"{key}/rejected", SEVERE, f"Only a new sign-in helps {who}.{until}", cure)
        elif each.access_left is not None and each.access_left < ENDS_SOON and not _renews_itself(each):
            yield Alert(
                f"{key}/ends", SEVERE, f"The token of {who} ends in {_hours(each.access_left)} for good", cure
            )


def _disk(facts: Facts) -> Iterator[Alert]:
    if facts.free_bytes is not None and facts.free_bytes < facts.needed_bytes:
        free, needed = f"{facts.free_bytes / 1e6:,.0f} MB", f"{facts.needed_bytes / 1e6:,.0f} MB"
        yield Alert(
            "disk", SEVERE, f"The disk of the data folder has {free} left, a sync may need {needed}",
            "Free some space: old folders in `backups` and `before-restore-...` are what may go first.",
        )  # fmt: skip


def _runs(facts: Facts, signed_out: Sequence[Alert]) -> Iterator[Alert]:
    for run in facts.failed_runs:
        if run.kind == OF_THE_LIMIT or (run.kind == OF_THE_SIGN_IN and signed_out):
            continue  # goes on by itself; or is told already
        yield Alert(
            f"run/{facts.source}/{run.job}",
            SEVERE,
            f"The last run of {run.job} failed: {run.what}",
            run.next_step,
        )


def _stale(facts: Facts) -> Iterator[Alert]:
    accounts = {each.account for each in facts.connections}
    for name, moment in facts.last_read.items():
        resource, _, account = name.partition(":")
        if not facts.stale_after or facts.now - moment < facts.stale_after:
            continue
        if account and account not in accounts:
            continue  # nobody syncs it any more
        days = (facts.now - moment).days
        yield Alert(
            f"stale/{facts.source}/{name}", NOTICE,
            f"{facts.source} {name} was last read to its end {days} days ago, on {moment:%Y-%m-%d}",
            f"Run `{_sync(facts.source, resource)}`, or start its schedule in the UI (`paceline up`).",
        )  # fmt: skip


def _months(facts: Facts) -> Iterator[Alert]:
    groups: dict[tuple[str, str, str], list[LostMonth]] = defaultdict(list)
    for lost in facts.lost_months:
        groups[lost.resource, lost.account, lost.run_id].append(lost)
    for (resource, account, run_id), months in groups.items():
        names = sorted(one.month for one in months)
        which = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]} ({len(names)} months)"
        whose = f" of {account}" if account else ""
        year, _, month = names[0].partition("-")
        window = (
            f" --year {year} --month {int(month)}" if len(names) == 1 and facts.source != "iracing" else ""
        )
        yield Alert(
            f"month/{facts.source}/{resource}/{account}/{run_id}", NOTICE,
            f"{facts.source} {resource}{whose} {which} was complete and is not any more: {months[0].reason}",
            f"Run `{_sync(facts.source, resource, account)}{window}`.",
        )  # fmt: skip


def _drift(facts: Facts) -> Iterator[Alert]:
    groups: dict[tuple[str, str], list[Drifted]] = defaultdict(list)
    for one in facts.drift:
        groups[one.resource, one.run_id].append(one)
    for (resource, run_id), found in groups.items():
        told = ", ".join(f"{one.path} ({one.kind})" for one in found[:SHOWN])
        yield Alert(
            f"drift/{facts.source}/{resource}/{run_id}", NOTICE,
            f"Answers of {facts.source} {resource} changed: {told}{_more(len(found))}",
            'Nothing is lost: answers are kept as they come. See `paceline sql "FROM ops.drift"`, and update Paceline.',
        )  # fmt: skip


def _schedule(facts: Facts) -> Iterator[Alert]:
    if facts.schedule_changes and facts.schedule_changed_at:
        changes = facts.schedule_changes
        told = "; ".join(changes[:SHOWN])
        yield Alert(
            f"schedule/{facts.source}/{facts.schedule_changed_at.isoformat()}", NOTICE,
            f"The schedule changed: {told}{_more(len(changes))}",
            "See `paceline race-changes`; with --seen it says that you know.",
        )  # fmt: skip


def _renews_itself(connection: Connection) -> bool:
    """By a refresh token, or with iRacing by the name and password that it keeps."""
    return connection.state != "ok" or connection.has_refresh_token or connection.provider == "iracing"


def _sign_in(connection: Connection) -> str:
    account = "" if connection.account == "default" else f" --account {connection.account}"
    return f"paceline login {connection.provider}{account}"


def _sync(source: str, resource: str, account: str = "") -> str:
    is_workouts = source == "peloton" and (account or resource.startswith("workout"))
    return "paceline sync workouts" if is_workouts else f"paceline sync {source}"


def _more(count: int) -> str:
    return f", and {count - SHOWN} more" if count > SHOWN else ""


def _hours(span: timedelta | None) -> str:
    return f"{span.total_seconds() / 3600:.1f} hours" if span else "0 hours"
