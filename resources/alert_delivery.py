"""Tells each alert once through each channel; the state file remembers what was told.

Written down after a message went out: whoever is killed in between tells it twice rather than never. What went away
is forgotten, so that it is told again when it comes back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from resources.alert_channels import Channel
from resources.alerts import SEVERE, Alert
from resources.errors import AlertNotDelivered
from resources.state import State, utc_text

REMIND_AFTER = timedelta(days=1)
Told = dict[str, dict[str, str]]  # by channel: key of an alert to the moment at which it was told last


def deliver(
    state: State, source: str, alerts: Sequence[Alert], channels: Sequence[Channel], now: datetime
) -> list[AlertNotDelivered]:
    """Tell what is due; give what did not arrive, which is due again at the next look."""
    note = f"alerts told of {source}"
    told: Told = json.loads(state.note(note) or "{}")
    problems = []
    for channel in channels:
        before = told.get(channel.name, {})
        after = {alert.key: before[alert.key] for alert in alerts if alert.key in before}
        due = [alert for alert in alerts if _is_due(alert, after.get(alert.key), now)]
        try:
            if due:
                channel.send(due)
                after |= {alert.key: utc_text(now) for alert in due}
        except AlertNotDelivered as problem:
            problems.append(problem)
        if after != before:
            told[channel.name] = after
            state.set_note(note, json.dumps(told))
    return problems


def _is_due(alert: Alert, told: str | None, now: datetime) -> bool:
    if told is None:
        return True
    # A moment in the future was noted while the clock was wrong.
    return alert.severity == SEVERE and not timedelta(0) <= now - datetime.fromisoformat(told) < REMIND_AFTER
