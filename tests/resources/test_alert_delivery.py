"""Alerts on their way: each told once through each channel, by a real webhook and mail server, without secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from alert_receivers import MailServer, WebhookReceiver, certificate, serving
from secret_scan import found_in, sought

from resources.alert_channels import MOST_CHARS, channels
from resources.alert_delivery import deliver
from resources.alerts import NOTICE, SEVERE, Alert
from resources.errors import UsageProblem
from resources.settings import Settings, load_settings
from resources.state import State

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STALE = Alert("stale/peloton/ride_list", NOTICE, "The list is old", "Run `paceline sync peloton`.")
REJECTED = Alert("token/peloton/default", SEVERE, "The token was rejected", "Run `paceline login peloton`.")
KEY, PASSWORD = "xoxb-Canary-0123456789-abcdef", "pa55/Canary+W0rd@47"
Telling = Callable[..., list[str]]


@pytest.fixture
def settings(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("WEBHOOK_URL", "SMTP_URL", "EMAIL_TO", "EMAIL_FROM"):
        monkeypatch.delenv(f"ALERT_{name}", raising=False)
    return load_settings()


@pytest.fixture
def hook() -> Iterator[WebhookReceiver]:
    with serving(WebhookReceiver()) as receiver:
        yield receiver


def telling(settings: Settings, lines: list[str]) -> Telling:
    """Looks at a moment; gives what could not be delivered, in words."""
    state = State(settings.state_dir)

    def tell(*alerts: Alert, at: datetime = NOW) -> list[str]:
        return [str(one) for one in deliver(state, "peloton", alerts, channels(settings, lines.append), at)]

    return tell


def test_an_alert_is_told_once_and_again_when_it_comes_back(settings: Settings) -> None:
    lines: list[str] = []
    tell = telling(settings, lines)
    tell(STALE)
    tell(STALE, at=NOW + HOUR)
    tell(STALE, at=NOW + 9 * DAY)
    assert lines == ["alert, notice: The list is old. Run `paceline sync peloton`."]
    tell(at=NOW + 9 * DAY)
    tell(STALE, at=NOW + 10 * DAY)
    assert len(lines) == 2


def test_a_severe_one_is_repeated_daily_while_it_holds(settings: Settings) -> None:
    lines: list[str] = []
    tell = telling(settings, lines)
    for hours in range(73):
        tell(REJECTED, STALE, at=NOW + hours * HOUR)
    assert [line.split(":")[0] for line in lines].count("alert, severe") == 4
    assert [line.split(":")[0] for line in lines].count("alert, notice") == 1


def test_a_moment_of_a_wrong_clock_keeps_no_severe_alert_quiet(settings: Settings) -> None:
    lines: list[str] = []
    tell = telling(settings, lines)
    tell(REJECTED, at=NOW + 9_000 * DAY)
    tell(REJECTED)
    tell(REJECTED, at=NOW + HOUR)
    assert len(lines) == 2


def test_one_post_tells_all_under_the_names_that_receivers_read(
    settings: Settings, hook: WebhookReceiver
) -> None:
    settings = replace(settings, alert_webhook_url=f"{hook.address}/services/{KEY}")
    assert telling(settings, [])(REJECTED, STALE) == []
    (body,) = hook.bodies
    assert hook.paths == [f"/services/{KEY}"]
    assert (
        body["text"]
        == body["content"]
        == body["message"]
        == f"Paceline, {REJECTED.line}\nPaceline, {STALE.line}"
    )
    assert body["title"] == "Paceline: The token was rejected and 1 more"
    assert [one["key"] for one in body["alerts"]] == [REJECTED.key, STALE.key]


def test_what_did_not_arrive_is_tried_at_the_next_look_and_the_log_is_not_told_twice(
    settings: Settings, hook: WebhookReceiver
) -> None:
    lines: list[str] = []
    tell = telling(replace(settings, alert_webhook_url=f"{hook.address}/{KEY}"), lines)
    for status in (500, 404, 429):
        hook.status = status
        (problem,) = tell(STALE)
        assert f"did not reach the webhook at 127.0.0.1: status {status}" in problem
        assert "tried again" in problem
    assert (hook.bodies, len(lines)) == ([], 1)
    hook.status = 200
    assert tell(STALE) == tell(STALE) == []
    assert (len(hook.bodies), len(lines)) == (1, 1)


def test_a_redirect_is_not_followed(settings: Settings, hook: WebhookReceiver) -> None:
    with serving(WebhookReceiver()) as elsewhere:
        hook.status, hook.location = 307, f"{elsewhere.address}/{KEY}"
        (problem,) = telling(replace(settings, alert_webhook_url=f"{hook.address}/{KEY}"), [])(STALE)
        assert (elsewhere.bodies, "status 307" in problem) == ([], True)


def test_a_hundred_alerts_are_one_message_of_a_size_that_is_taken(
    settings: Settings, hook: WebhookReceiver
) -> None:
    many = [replace(STALE, key=str(number), text=f"{number} " + "x" * 90) for number in range(100)]
    assert telling(replace(settings, alert_webhook_url=hook.address), [])(*many) == []
    assert len(hook.bodies) == 1
    assert len(hook.bodies[0]["content"]) <= MOST_CHARS
    assert "more: `paceline alerts`" in hook.bodies[0]["content"] or hook.bodies[0]["content"].endswith("…")


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificate"))


def by_mail(settings: Settings, server: MailServer, user: str = "", **more: str) -> Settings:
    named = {"alert_email_to": "me@example.org", "alert_email_from": "paceline@example.org", **more}
    return replace(settings, alert_smtp_url=f"smtp://{user}{server.host}", **named)


def test_a_mail_goes_over_tls_with_the_password_and_says_it_all(
    settings: Settings, pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with serving(MailServer(pem, PASSWORD)) as server:
        user = f"me%40example.org:{quote(PASSWORD, safe='')}@"
        settings = by_mail(settings, server, user, alert_email_to="a@example.org, b@example.org")
        assert telling(settings, [])(REJECTED, STALE) == []
    (mail,) = server.mails
    assert (mail["To"], mail["From"]) == ("a@example.org, b@example.org", "paceline@example.org")
    assert mail["Subject"] == "Paceline: The token was rejected and 1 more"
    assert str(mail.get_payload()).splitlines() == [f"Paceline, {REJECTED.line}", f"Paceline, {STALE.line}"]
    assert [line.split()[0] for line in server.lines_in_the_clear] == ["ehlo", "STARTTLS"]


@pytest.mark.parametrize(
    "fault", ["no TLS", "a foreign certificate", "a wrong password", "a mail not wanted", "gone"]
)
def test_a_mail_server_that_fails_is_told_without_the_password(
    settings: Settings, pem: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault != "a foreign certificate":
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    right = "another" if fault == "a wrong password" else PASSWORD
    lines: list[str] = []
    with serving(MailServer(None if fault == "no TLS" else pem, right)) as server:
        server.refuses = fault == "a mail not wanted"
        settings = by_mail(settings, server, f"me:{quote(PASSWORD, safe='')}@")
        tell = telling(settings, lines)
        if fault != "gone":
            (problem,) = tell(STALE)
    if fault == "gone":
        (problem,) = tell(STALE)
    assert "did not reach the mail server 127.0.0.1" in problem
    assert not server.mails
    forms = sought([PASSWORD])
    said = "\n".join([problem, *lines, repr(settings), *server.lines_in_the_clear]).encode()
    assert not found_in(said, forms)
    assert not found_in((settings.state_dir / "paceline.sqlite").read_bytes(), forms)


def test_no_address_is_shown_or_kept(settings: Settings, hook: WebhookReceiver) -> None:
    settings = replace(settings, alert_webhook_url=f"{hook.address}/services/{KEY}?token={KEY}")
    hook.status = 403
    lines: list[str] = []
    leaky = replace(STALE, text=f"somebody wrote {KEY} into a title")
    (problem,) = telling(settings, lines)(leaky)
    said = "\n".join([problem, *lines, repr(settings), repr(channels(settings, print))])
    assert KEY not in said
    assert len(lines) == 1
    kept = b"".join(path.read_bytes() for path in settings.state_dir.iterdir() if path.is_file())
    assert KEY.encode() not in kept


@pytest.mark.parametrize(
    "wrong",
    [
        {"alert_webhook_url": "hooks.example.org/abc"},
        {"alert_webhook_url": "ftp://example.org/abc"},
        {"alert_webhook_url": "https://example.org:notaport/abc"},
        {"alert_smtp_url": "https://example.org", "alert_email_to": "me@example.org"},
        {"alert_smtp_url": "smtp://mail.example.org", "alert_email_to": ""},
    ],
    ids=["no scheme", "no web", "no port", "no mail server", "nobody"],
)
def test_an_address_that_is_none_is_refused_by_its_name(settings: Settings, wrong: dict[str, str]) -> None:
    with pytest.raises(UsageProblem, match=r"ALERT_.*\. Set "):
        channels(replace(settings, **wrong), print)  # type: ignore[arg-type]


def test_a_channel_that_is_set_later_tells_what_holds(settings: Settings, hook: WebhookReceiver) -> None:
    lines: list[str] = []
    telling(settings, lines)(STALE)
    telling(replace(settings, alert_webhook_url=hook.address), lines)(STALE)
    assert (len(lines), len(hook.bodies)) == (1, 1)


def test_whoever_is_stopped_while_telling_tells_it_again(settings: Settings, hook: WebhookReceiver) -> None:
    """Twice rather than never."""

    class Stopped(BaseException):
        pass

    def stop(_: str) -> None:
        raise Stopped

    state = State(settings.state_dir)
    with pytest.raises(Stopped):
        deliver(state, "peloton", [STALE], channels(settings, stop), NOW)
    lines: list[str] = []
    telling(settings, lines)(STALE)
    assert len(lines) == 1
