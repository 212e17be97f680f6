"""Wrong requests, missing sign-ins and answers that must not be believed: one sentence with the next step, the right
exit code, no secret, and everything that was stored stays as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from chain import CLASSES
from command import SENTENCE, Ended, Home, together
from equal import Content

from sandbox.client import Sandbox

APRIL = ("--year", "2024", "--month", "4", "--classes", "all")  # the library holds March
NOTICE = re.compile(r"(waiting \d+ s: |class )[^\n]+\n")
HOUR_S = 3_600

USAGE = {
    "unknown discipline": (["--disciplines", "cycling,juggling"], "'juggling'"),
    "month without year": (["--month", "3"], "--month needs --year"),
    "month 13": (["--year", "2024", "--month", "13"], "no month 13"),
    "year 1999": (["--year", "1999"], "1999"),
    "a year to come": (["--year", "2999"], "2999"),
    "negative limit": (["--limit", "-1"], "limit of -1"),
    "no delay": (["--delay", "0"], "delay of 0"),
    "unknown rule": (["--classes", "some"], "'some'"),
}


@dataclass(frozen=True)
class Case:
    """What goes wrong at the provider, the exit code, the most requests it may cost, and what is said of it."""

    faults: tuple[dict[str, Any], ...]
    code: int
    most_requests: int
    says: str
    env: tuple[tuple[str, str], ...] = ()


def of_list(**fault: Any) -> tuple[dict[str, Any], ...]:
    return ({"endpoint": "archived", "times": 0, **fault},)


REJECTED = {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}
CASES = {
    "html": Case(of_list(kind="html"), 1, 3, "content type 'text/html' instead of JSON"),
    "truncated": Case(of_list(kind="truncate", at_byte=3_000), 1, 3, "broke off"),
    "object": Case(of_list(kind="json", value={}), 1, 3, "has no rows"),
    "array": Case(of_list(kind="json", value=[]), 1, 3, "this is an array"),
    "outage": Case(of_list(kind="status", status=503), 1, 6, "status 503"),
    "limit": Case(of_list(kind="status", status=429, retry_after=f"seconds:{HOUR_S}"), 3, 1, "no request may be sent"),
    "no sign-in": Case((), 4, 0, "There is no credential", (("PELOTON_REFRESH_TOKEN", ""),)),
    "rejected": Case(
        ({"kind": "status", "endpoint": "token", "status": 403, "json": REJECTED, "times": 0},), 4, 0, "rejected"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    ended: Ended
    home: Home
    counters: dict[str, Any]
    stored: Content
    secrets: tuple[str, ...]


def spoil(case: Case, library: Home, path: Path) -> Outcome:
    """One sync against a sandbox of its own in which this goes wrong."""
    with Sandbox(rate=0, classes=CLASSES, faults=list(case.faults)) as sandbox:
        home = library.copy(path, sandbox, **dict(case.env))
        ended = home.sync(*APRIL)
        tokens = home.path / "state" / "tokens" / "peloton.json"
        secrets = set(
            re.findall(
                r'"(?:access|refresh)_token": "([^"]+)"', tokens.read_text() if tokens.exists() else ""
            )
        )
        return Outcome(ended, home, sandbox.counters(), home.stored(), (sandbox.refresh_token, *secrets))


@pytest.fixture(scope="module")
def outcomes(library: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All syncs of this file, some at a time: most of them wait between their tries."""
    folder = tmp_path_factory.mktemp("bad-input")
    syncs = [partial(spoil, case, library, folder / name / "data") for name, case in CASES.items()]
    return dict(zip(CASES, together(*syncs), strict=True))


def test_a_request_that_makes_no_sense_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    ended = together(*[partial(home.sync, *arguments) for arguments, _ in USAGE.values()])
    for (name, (_, says)), end in zip(USAGE.items(), ended, strict=True):
        assert (end.code, end.out) == (2, ""), name
        assert SENTENCE.fullmatch(end.err), (name, end.err)
        assert says in end.err, name
    assert not home.path.exists()


@pytest.mark.promise("B4")
@pytest.mark.parametrize("name", CASES)
def test_one_sentence_and_the_right_code(outcomes: dict[str, Outcome], name: str) -> None:
    case, ended = CASES[name], outcomes[name].ended
    assert ended.code == case.code
    lines = ended.err.splitlines(keepends=True)
    assert SENTENCE.fullmatch(lines[-1]) and case.says in lines[-1]
    assert all(NOTICE.fullmatch(line) for line in lines[:-1]), ended.err
    assert "Traceback" not in ended.out + ended.err
    assert all(secret not in ended.out + ended.err for secret in outcomes[name].secrets)


@pytest.mark.promise("B4")
@pytest.mark.parametrize("name", CASES)
def test_what_was_stored_stays_and_nothing_is_called_complete(
    outcomes: dict[str, Outcome], name: str, library: Home
) -> None:
    outcome = outcomes[name]
    assert outcome.stored == library.stored()
    states = dict(outcome.home.state("SELECT month, state FROM coverage WHERE resource = 'ride_list'"))
    assert states == {"2024-03": "complete", "2024-04": "incomplete"}
    facts = outcome.ended.facts
    assert facts["outcome"] == ("stopped" if name == "limit" else "failed")
    assert (facts["fetched"], facts["created"], facts["details"]) == (0, 0, 0)


@pytest.mark.promise("B3")
@pytest.mark.parametrize("name", CASES)
def test_tries_are_bounded_and_counted(outcomes: dict[str, Outcome], name: str) -> None:
    asked = outcomes[name].counters["by_endpoint"]
    assert asked["archived"] == outcomes[name].ended.facts["requests"] <= CASES[name].most_requests
    assert asked["details"] == 0
    assert asked["token"] == (0 if name == "no sign-in" else 1), "a refresh token is sent once"


@pytest.mark.promise("B1")
def test_a_long_retry_after_is_told_with_the_time_at_which_to_go_on(outcomes: dict[str, Outcome]) -> None:
    ended = outcomes["limit"].ended
    resume_at = datetime.fromisoformat(ended.facts["resume_at"])
    assert timedelta(minutes=50) < resume_at - datetime.now(UTC) <= timedelta(seconds=HOUR_S)
    assert f"after {resume_at:%Y-%m-%d %H:%M:%S} UTC" in ended.err
