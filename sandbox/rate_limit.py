"""An enforced limit: at most `rate` answers in any window of `window_seconds`, the rest refused.

A sliding window has no lucky edges: two bursts around a full second are refused here where a
fixed window would let them through. A refused request does not count as spent.
A rate below one a second stretches the window, so that 0.5 means one answer in two seconds.
"""

from __future__ import annotations

import math
from collections import deque
from email.utils import formatdate


class SlidingWindow:
    """Remembers when it admitted the latest requests. Not thread-safe: the caller holds a lock."""

    def __init__(self, rate: float, window_seconds: float = 1.0) -> None:
        self.rate = rate
        self.window_seconds = window_seconds
        self._admitted: deque[float] = deque()

    def admit(self, now_s: float) -> bool:
        """True if a request arriving now is within the limit; 0 means no limit."""
        if self.rate <= 0:
            return True
        allowed = max(1, math.floor(self.rate * self.window_seconds))
        window_s = max(self.window_seconds, allowed / self.rate)
        while self._admitted and now_s - self._admitted[0] >= window_s:
            self._admitted.popleft()
        if len(self._admitted) >= allowed:
            return False
        self._admitted.append(now_s)
        return True


def retry_after_value(form: str, now_unix_s: float) -> str | None:
    """A `Retry-After` header from its short form.

    `seconds:5` gives `5`, `date:5` the HTTP date five seconds from now, `none` no header, and
    anything else is sent as it stands, so that a test can send nonsense.
    """
    name, _, amount = form.partition(":")
    if form == "none":
        return None
    if name == "seconds":
        return amount
    if name == "date":
        return formatdate(now_unix_s + float(amount), usegmt=True)
    return form
