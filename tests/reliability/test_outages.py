"""Outages and faults of the network: bounded tries, bounded waits, a stop that can be resumed, other months go on."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from observing import SUMMER, asked, coverage, newest, quiet, staged
from signing_in import new_workspace

from peloton_assets.details import sync_details
from peloton_assets.queue import OUTAGE_AFTER_FAILURES
from peloton_assets.scope import Scope
from peloton_assets.workspace import Workspace
from resources.errors import LimitReached, PacelineError, ProviderUnavailable
from resources.http import ATTEMPTS_BY_KIND, COOL_DOWN_BACKOFFS, MOST_ATTEMPTS, Answer, JsonHttp
from resources.peloton import PelotonClient
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.rate_limit import RateLimiter
from resources.tokens import Tokens, TokenStore
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("B3")

Fault = dict[str, Any]
BACKOFF_S = 0.002
MOST_TRIES = 6  # what is promised
FOR_EVER = {"times": 0}
FAULTS: dict[str, Fault] = {
    **{f"status {status}": {"kind": "status", "status": status} for status in (500, 502, 503, 504)},
    "503 with a pause": {"kind": "status", "status": 503, "retry_after": "0.01"},
    "reset": {"kind": "reset"},
    "cut by a reset": {"kind": "truncate", "at_byte": 200, "reset": True},
    "a stalled body": {"kind": "stall", "seconds": 9},
    "no headers": {"kind": "stall", "seconds": 9, "before": "headers"},
    "a slow drip": {"kind": "drip", "chunk_bytes": 1, "pause_seconds": 0.02},
    "refused": {"kind": "status", "status": 403, "text": "error code: 1015"},
    "too many": {"kind": "status", "status": 429},
    "challenge": {"kind": "html"},
    "no token any more": {"kind": "status", "status": 401, "json": {}},
}


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


class Impatient:
    """A client whose every wait is short, and which remembers what it was told to wait."""

    def __init__(self, work: Workspace, peloton: Sandbox) -> None:
        self.waits: list[tuple[float, str]] = []
        token: str = peloton.greeting["access_token"]
        self.http = JsonHttp(
            "Peloton",
            RateLimiter(PROVIDER, 900, work.settings.state_dir / "limits.sqlite", on_wait=self._wait),
            token=lambda: token,
            renew=lambda _: token,
            backoff_s=BACKOFF_S,
            read_timeout_s=0.1,
            deadline_s=0.15,
            on_wait=self._wait,
        )
        self.url = f"{work.settings.peloton_api_url}/api/me"

    def _wait(self, seconds: float, reason: str) -> None:
        self.waits.append((seconds, reason))

    def ask(self) -> Answer:
        return self.http.get(self.url, lambda _: None)


def longest_wait_s() -> float:
    """Of one call: doubled back-offs with their jitter between the tries, and holds after refusals."""
    backoffs = sum(2**tries for tries in range(MOST_TRIES - 1)) * 1.25
    holds = sum(2**tries for tries in range(ATTEMPTS_BY_KIND["refused"])) + COOL_DOWN_BACKOFFS
    return (backoffs + holds) * BACKOFF_S + MOST_TRIES * 0.01


def test_no_mixture_of_faults_makes_a_call_endless(
    work: Workspace,
    peloton: Sandbox,
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    client, calls, most = Impatient(work, peloton), size(P=15, N=400, R=1000), 0
    for _ in range(calls):
        mixture = [draw.choice(list(FAULTS.values())) for _ in range(MOST_TRIES + 4)]
        peloton.reset()
        peloton.faults(
            *({**fault, "endpoint": "me", "at_request": at} for at, fault in enumerate(mixture, 1))
        )
        client.waits.clear()
        with pytest.raises(PacelineError, match=r"^Peloton http") as ended:
            client.ask()
        tries = asked(peloton)["me"]
        most = max(most, tries)
        assert tries <= MOST_ATTEMPTS == MOST_TRIES
        assert sum(seconds for seconds, _ in client.waits) <= longest_wait_s()
        assert ended.value.next_step
    figure(
        f"{calls} calls against mixtures of {len(FAULTS)} faults: at most {most} tries each, waits bounded"
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_over_after_two_tries_is_survived(fault: str, work: Workspace, peloton: Sandbox) -> None:
    tries = 1 if fault == "no token any more" else 2
    client = Impatient(work, peloton)
    peloton.faults({**FAULTS[fault], "endpoint": "me", "times": tries})
    assert client.ask().payload["id"]
    assert asked(peloton)["me"] == tries + 1


UNREACHABLE = {
    "closed port": ("http://127.0.0.1:{closed}", "refused"),
    "no such host": ("http://no-such-host.invalid", "resolve|not known|failure in name"),
    "no TLS there": ("https://127.0.0.1:{open}", "TLS failed"),
}


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("where", UNREACHABLE)
def test_a_host_that_cannot_be_reached_is_named_with_its_cause(
    where: str, work: Workspace, peloton: Sandbox, figure: Callable[[str], None]
) -> None:
    """Of the API and of the sign-in, whose token is kept as unspent."""
    pattern, cause = UNREACHABLE[where]
    url = pattern.format(closed=closed_port(), open=peloton.port)
    waits: list[float] = []
    client = PelotonClient.from_settings(
        replace(work.settings, peloton_api_url=url),
        backoff_s=BACKOFF_S,
        on_wait=lambda seconds, _: waits.append(seconds),
    )
    with pytest.raises(ProviderUnavailable, match=f"(?i)({cause})"):
        client.archived(0)
    assert client.requests_made == ATTEMPTS_BY_KIND["fault"] <= MOST_TRIES
    assert len(waits) == client.requests_made - 1
    assert sum(waits) <= longest_wait_s()

    store = TokenStore(work.settings.state_dir)
    store.save(PROVIDER, Tokens(refresh_token="v1.unspent"), "another")
    with pytest.raises(ProviderUnavailable, match="could not be reached"):
        PelotonAuth(store, url, "another", backoff_s=BACKOFF_S).access_token()
    kept = store.load(PROVIDER, "another")
    assert (kept.refresh_token, kept.refresh_sent, kept.refresh_rejected) == ("v1.unspent", "", "")
    figure(f"{where}: {client.requests_made} tries, cause named")


# ------------------------------------------------------------------ a stop, and the others go on

OUTAGES: dict[str, Fault] = {
    **{name: FAULTS[name] for name in ("reset", "refused", "challenge")},
    "503 with a long pause": {"kind": "status", "status": 503, "retry_after": "seconds:3600"},
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_run_that_was_stopped_goes_on_where_it_was(
    outage: str, listed_work: Workspace, peloton: Sandbox, draw: random.Random, figure: Callable[[str], None]
) -> None:
    """Anywhere among the details; what arrived is not asked for again, and nothing is called complete."""
    wanted, after = newest(peloton), draw.randint(1, 25)
    peloton.faults({**OUTAGES[outage], "endpoint": "details", "after_requests": after, **FOR_EVER})
    with pytest.raises((ProviderUnavailable, LimitReached)) as stop:
        sync_details(listed_work, SUMMER, quiet)
    assert isinstance(stop.value, LimitReached) == ("pause" in outage)
    assert stop.value.next_step
    kept = staged(listed_work)
    assert 1 <= len(kept) <= after
    assert "incomplete" in {row["state"] for row in coverage(listed_work, "ride_details:all").values()}

    peloton.faults()
    peloton.reset()
    if "pause" in outage:
        (listed_work.settings.state_dir / "limits.sqlite").unlink()  # the hour is over
    sync_details(new_workspace("afterwards"), SUMMER, quiet)
    assert staged(listed_work) == set(wanted)
    asked_again = peloton.counters()["details_by_id"]
    assert not kept & asked_again.keys()
    assert set(asked_again.values()) == {1}
    figure(
        f"{outage} after {after} requests: {len(kept)} kept, none of them asked again, then all {len(wanted)}"
    )


@pytest.mark.parametrize(
    ("month", "fault"), list(zip(SUMMER.months, ("status 500", "challenge", "reset"), strict=True))
)
def test_a_month_that_always_fails_does_not_stop_the_others(
    month: str, fault: str, listed_work: Workspace, peloton: Sandbox
) -> None:
    """dreeve #136. A month of which several in a row fail is put off; only when the next one fails too, all stops."""
    in_month = Scope((month,), classes="all")
    bad, good = newest(peloton, in_month), set(newest(peloton)) - set(newest(peloton, in_month))
    assert len(bad) > OUTAGE_AFTER_FAILURES
    peloton.faults({**FAULTS[fault], "endpoint": "details", "id": bad, **FOR_EVER})
    with suppress(ProviderUnavailable):
        sync_details(listed_work, SUMMER, quiet)
    assert staged(listed_work) == good
    found = coverage(listed_work, "ride_details:all")
    assert {name for name, row in found.items() if row["state"] == "complete"} == set(SUMMER.months) - {month}
    assert "failed" in found[month]["reason"]
    assert found[month]["rows"] == 0
    peloton.faults()
    sync_details(new_workspace("afterwards"), SUMMER, quiet)
    assert staged(listed_work) == good | set(bad)


def test_months_of_which_nothing_works_are_an_outage(listed_work: Workspace, peloton: Sandbox) -> None:
    """Of one month alone, too: a sync of which nothing worked does not end well."""
    peloton.faults({"kind": "html", "endpoint": "details", **FOR_EVER})
    for scope in (SUMMER, Scope(SUMMER.months[:1], classes="all")):
        peloton.reset()
        with pytest.raises(ProviderUnavailable, match="classes in a row failed"):
            sync_details(new_workspace("outage"), scope, quiet)
        failed = peloton.counters()["details_by_id"]
        assert len(failed) <= len(newest(peloton, scope))
        assert max(failed.values()) <= MOST_TRIES
    assert staged(listed_work) == set()
