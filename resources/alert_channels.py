"""Ways by which alerts reach a person: the log, a webhook, e-mail. Addresses are secrets and never shown whole.

Surprising: a webhook's address is a password by itself, its path lets anybody post. So of an address only the host is
ever named, and a redirect, which would carry the alerts elsewhere, is a failure.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol
from urllib.parse import unquote, urlsplit

import requests

from resources.alerts import Alert
from resources.errors import AlertNotDelivered, UsageProblem
from resources.redact import one_line, remember, remember_address
from resources.settings import Settings

TIMEOUT_S = 15.0
MOST_LINES = 20
MOST_CHARS = 1_900  # Discord takes 2,000
SHORTEST_KEY = 16


class Channel(Protocol):
    """One way to tell; `name` is what the state file remembers it by."""

    @property
    def name(self) -> str: ...
    @property
    def where(self) -> str: ...

    def send(self, alerts: Sequence[Alert]) -> None:
        """Tell these alerts in one message; raises AlertNotDelivered."""


@dataclass(frozen=True)
class Log:
    """A line for each alert."""

    write: Callable[[str], object]
    name: str = "log"
    where: str = "the log"

    def send(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            self.write(f"alert, {alert.line}")


@dataclass(frozen=True)
class Webhook:
    """One POST with the same text under the names by which Slack, Discord and ntfy look for it."""

    url: str = field(repr=False)
    name: str = "webhook"

    @property
    def where(self) -> str:
        return f"the webhook at {urlsplit(self.url).hostname}"

    def send(self, alerts: Sequence[Alert]) -> None:
        text = message(alerts)
        body = {
            "text": text, "content": text, "message": text, "title": subject(alerts),
            "alerts": [vars(alert) | {"text": one_line(alert.text, MOST_CHARS)} for alert in alerts],
        }  # fmt: skip
        try:
            answer = requests.post(self.url, json=body, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            raise _undelivered(self.where, type(error).__name__) from None
        if not answer.ok or answer.is_redirect:
            raise _undelivered(self.where, f"status {answer.status_code}")


@dataclass(frozen=True)
class Email:
    """A mail by an SMTP server; a password only ever goes over TLS."""

    url: str = field(repr=False)
    sender: str
    to: str
    name: str = "email"

    @property
    def where(self) -> str:
        return f"the mail server {urlsplit(self.url).hostname}"

    def send(self, alerts: Sequence[Alert]) -> None:
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["To"] = subject(alerts), self.sender, self.to
        mail["Date"], mail["Message-ID"] = formatdate(localtime=True), make_msgid(domain="paceline.invalid")
        mail.set_content(message(alerts))
        try:
            with self._connected() as server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            why = f"{type(error).__name__}, {one_line(error)}"  # a server may repeat what was sent to it
            raise _undelivered(self.where, why) from None

    def _connected(self) -> smtplib.SMTP:
        parts, tls = urlsplit(self.url), ssl.create_default_context()
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_S, context=tls)
        else:
            server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT_S)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=tls)
            elif parts.password:
                server.quit()
                raise smtplib.SMTPNotSupportedError(
                    "it offers no TLS, and a password is not sent in the clear"
                )
        if parts.username or parts.password:
            server.login(unquote(parts.username or ""), unquote(parts.password or ""))
        return server


def channels(settings: Settings, write: Callable[[str], object]) -> list[Channel]:
    """The log, and what is configured. Raises UsageProblem for an address that is none."""
    found: list[Channel] = [Log(write)]
    if settings.alert_webhook_url:
        _remember(settings.alert_webhook_url)
        if not _is_address(settings.alert_webhook_url, "https", "http"):
            raise UsageProblem("ALERT_WEBHOOK_URL is not an address", "Set it to https://HOST/PATH.")
        found.append(Webhook(settings.alert_webhook_url))
    if settings.alert_smtp_url:
        remember_address(settings.alert_smtp_url)
        if not _is_address(settings.alert_smtp_url, "smtps", "smtp"):
            raise UsageProblem(
                "ALERT_SMTP_URL is not the address of a mail server",
                "Set it to smtps://USER:PASSWORD@HOST:465, with %40 for an @ in the name or password.",
            )
        sender = settings.alert_email_from or unquote(urlsplit(settings.alert_smtp_url).username or "")
        to = settings.alert_email_to or sender
        if "@" not in sender or "@" not in to:
            raise UsageProblem(
                "ALERT_EMAIL_TO names nobody", "Set it and ALERT_EMAIL_FROM to mail addresses."
            )
        found.append(Email(settings.alert_smtp_url, one_line(sender), one_line(to)))
    return found


def subject(alerts: Sequence[Alert]) -> str:
    """One line for all of them."""
    more = f" and {len(alerts) - 1} more" if len(alerts) > 1 else ""
    return one_line(f"Paceline: {alerts[0].text}", 120) + more


def message(alerts: Sequence[Alert]) -> str:
    """All of them as text, a line each, cut to what receivers take."""
    lines = [f"Paceline, {alert.line}" for alert in alerts[:MOST_LINES]]
    if len(alerts) > MOST_LINES:
        lines.append(f"... and {len(alerts) - MOST_LINES} more: `paceline alerts`")
    text = "\n".join(lines)
    return text if len(text) <= MOST_CHARS else text[: MOST_CHARS - 1] + "…"


def _undelivered(where: str, why: str) -> AlertNotDelivered:
    return AlertNotDelivered(
        f"Alerts did not reach {where}: {why}",
        "They are tried again. `paceline alerts --test` shows whether the address is right.",
    )


def _remember(url: str) -> None:
    """Whatever stands behind the host may be the key to it; a short word alone may be an ordinary one."""
    remember_address(url)
    remember(url, *(word for word in re.split(r"[/?&=]", url) if len(word) >= SHORTEST_KEY))


def _is_address(url: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
