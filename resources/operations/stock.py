"""Taking stock of one provider: accounts, limits, what is left to ask and until when, what needs a person.

Each measure replaces the one before in the state, from where the next build of the warehouse takes it as the
tables ops.connections, ops.limits, ops.backlog and ops.findings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from resources.alerts import NOTICE, Alert, FailedRun
from resources.errors import PacelineError
from resources.outlook import Allowance, done_at, outlook
from resources.rate_limit import LimitUsage, RateLimiter
from resources.settings import Settings
from resources.state import State, utc_text
from resources.token_owner import Connection
from resources.workspace import now

BROKEN, SOON, NOTE = "broken", "soon", "note"
# What alerts tell, by the first word of their key, where it is not broken already.
SOON_OF = {"stale": SOON, "month": SOON, "disk": SOON, "drift": NOTE, "schedule": NOTE}
AREAS = {"token": "sign-in", "disk": "disk", "schedule": "schedule", "drift": "drift"}


@dataclass(frozen=True)
class Left:
    """Requests of one resource that are still to be sent. `at_least`: their answers will tell of more."""

    resource: str
    requests: int
    account: str = ""
    months: int | None = None
    at_least: bool = False
    in_background: bool = False


@dataclass(frozen=True)
class Finding:
    """Something that is broken, will break soon, or is good to know; and the command that cures it."""

    severity: str
    area: str
    what: str
    cure: str


@dataclass(frozen=True)
class Source:
    """A provider, as its package describes it. `background` is what its background sync may take of the limits."""

    name: str
    connections: Callable[[Settings], list[Connection]]
    limiter: Callable[[Settings], RateLimiter | None]
    backlog: Callable[[Settings], list[Left]]
    look: Callable[[Settings, Sequence[FailedRun]], list[Alert]]
    background: Callable[[Settings, Allowance], Allowance] = lambda _, allowed: allowed


@dataclass(frozen=True)
class Stock:
    """What was found out about one provider at one moment."""

    source: str
    measured_at: datetime
    connections: list[Connection] = field(default_factory=list)
    limits: list[LimitUsage] = field(default_factory=list)
    backlog: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    allowance: Allowance | None = None
    left: list[Left] = field(default_factory=list)

    def obtained_at(self, connection: Connection) -> datetime | None:
        """When an account's tokens were obtained, where that is known and can be true."""
        return _later(self.measured_at, -connection.token_age) if connection.token_age else None

    def ends_at(self, connection: Connection) -> datetime | None:
        """When its access token ends, where that is known and can be true."""
        left = connection.access_left
        return None if left is None else _later(self.measured_at, left)

    @property
    def words(self) -> str:
        """In a sentence when all that is left will be done, in the zone of this machine; empty when nothing is."""
        requests, at_least = sum(one.requests for one in self.left), any(one.at_least for one in self.left)
        if not requests:
            return ""
        if self.allowance is None:
            return f"{requests:,} requests left, which nobody may send now"
        return outlook(requests, self.allowance, self.measured_at.astimezone(), at_least)


def take_stock(
    source: Source, settings: Settings, failed_runs: Sequence[FailedRun] = (), quick: bool = False
) -> Stock:
    """Find out; `quick` only accounts and limits. What cannot be read is a finding itself, and hides nothing else."""
    measured_at, findings = now(), []

    def tried(read: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return read()
        except PacelineError as error:
            broken = Finding(BROKEN, source.name, error.what, error.next_step)
            findings.extend([] if broken in findings else [broken])
            return otherwise

    limiter = tried(lambda: source.limiter(settings), None)
    limits = tried(limiter.usage, []) if limiter else []
    allowance = tried(limiter.allowance, None) if limiter else None
    connections = tried(lambda: source.connections(settings), [])
    if quick:
        return Stock(source.name, measured_at, connections, limits, findings=findings, allowance=allowance)
    left = tried(lambda: source.backlog(settings), [])
    behind = source.background(settings, allowance) if allowance else None
    findings += [finding_of(alert) for alert in tried(lambda: source.look(settings, failed_runs), [])]
    findings += [*_spent(limits), *tried(lambda: _repeated(source.name, settings), [])]
    return Stock(
        source.name, measured_at, connections, limits, backlog_rows(left, allowance, behind, measured_at),
        findings, allowance, left,
    )  # fmt: skip


def backlog_rows(
    left: Sequence[Left], allowance: Allowance | None, background: Allowance | None, now: datetime
) -> list[dict[str, Any]]:
    """One row per resource with the moment when it is done; they are asked for one after the other."""
    rows, requests, behind = [], 0, 0
    for one in left:
        requests += one.requests
        behind += one.requests if one.in_background else 0
        rows.append(
            {
                "resource": one.resource,
                "account": one.account,
                "requests_left": one.requests,
                "is_at_least": one.at_least,
                "months_left": one.months,
                "allowed": allowance.words() if allowance else "",
                "done_at": done_at(requests, allowance, now) if allowance and one.requests else None,
                "background_done_at": (
                    done_at(behind, background, now)
                    if background and one.in_background and one.requests
                    else None
                ),
            }
        )
    return rows


def finding_of(alert: Alert) -> Finding:
    """An alert in the doctor's words."""
    kind, *rest = alert.key.split("/")
    ends = kind == "token" and rest[-1:] == ["ends"]
    severity = SOON_OF.get(kind, NOTE if alert.severity == NOTICE else BROKEN)
    return Finding(SOON if ends else severity, AREAS.get(kind, "sync"), alert.text, alert.cure)


def _spent(limits: Sequence[LimitUsage]) -> list[Finding]:
    return [
        Finding(
            NOTE, "limits", f"{each.name} may not be asked before {each.resets_at:%Y-%m-%d %H:%M} UTC: {each.window}",
            "Nothing is to be done: what needs it says when it goes on",
        )
        for each in limits
        if each.allowed is not None and each.left == 0 and each.resets_at is not None
    ]  # fmt: skip


OFTEN = 3  # runs in which the same item failed
NEVER_SERVED = "NotServed"  # asked again in a month, and no fault


def _repeated(source: str, settings: Settings) -> list[Finding]:
    rows = State(settings.state_place).rows(
        "SELECT resource, account, error_class, count(*) AS items, max(attempts) AS attempts, max(message) AS message"
        " FROM failures WHERE source = ? AND attempts >= ? AND error_class <> ?"
        " GROUP BY resource, account, error_class ORDER BY resource, account",
        source, OFTEN, NEVER_SERVED,
    )  # fmt: skip
    return [
        Finding(
            SOON, "sync",
            f"{row['items']} {source} {row['resource']}{' of ' * bool(row['account'])}{row['account']} failed"
            f" {row['attempts']} times or less, always so: {row['message']}",
            'See `paceline sql "FROM ops.failures"`. If later runs do not mend it, update Paceline.',
        )
        for row in rows
    ]  # fmt: skip


def record(state: State, stock: Stock) -> None:
    """Let these facts take the place of what was known of the provider."""
    record_accounts(state, stock)
    at = utc_text(stock.measured_at)
    state.replace_rows(
        "backlog",
        [
            {
                **row,
                "is_at_least": int(row["is_at_least"]),
                "done_at": _moment(row["done_at"]),
                "background_done_at": _moment(row["background_done_at"]),
                "measured_at": at,
            }
            for row in stock.backlog
        ],
        source=stock.source,
    )
    record_findings(state, stock.source, stock.findings, stock.measured_at)


def record_accounts(state: State, stock: Stock) -> None:
    """The part that costs nothing to find out: accounts and limits."""
    at = utc_text(stock.measured_at)
    state.replace_rows(
        "connections",
        [
            {
                "account": each.account,
                "state": each.state,
                "renews_itself": int(each.has_refresh_token),
                "token_obtained_at": _moment(stock.obtained_at(each)),
                "access_ends_at": _moment(stock.ends_at(each)),
                "note": each.note,
                "measured_at": at,
            }
            for each in stock.connections
        ],
        source=stock.source,
    )
    state.replace_rows(
        "limits",
        [
            {
                "limit_name": each.window,
                "allowed": each.allowed,
                "used": each.used,
                "remaining": each.left,
                "resets_at": _moment(each.resets_at),
                "measured_at": at,
            }
            for each in stock.limits
        ],
        source=stock.source,
    )


def record_findings(state: State, source: str, findings: Sequence[Finding], at: datetime) -> None:
    """Findings of a provider, or of the machine."""
    rows = {(one.area, one.what): one for one in findings}
    state.replace_rows(
        "findings", [{**vars(one), "measured_at": utc_text(at)} for one in rows.values()], source=source
    )


def _later(moment: datetime, span: timedelta) -> datetime | None:
    try:
        return moment + span
    except OverflowError:  # a provider may tell any number
        return None


def _moment(moment: datetime | None) -> str | None:
    return utc_text(moment) if moment else None
