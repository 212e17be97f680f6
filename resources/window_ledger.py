"""Limits in fixed windows of the clock, shared by all processes and hosts and corrected by what the provider says.

A call takes one from every window or from none. Where an answer tells of more than ours, others spend too. How windows
are counted stands in `window_book.py`, where the counts are kept in `window_shelves.py`.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

from resources.window_book import OpenPage, Spent, Told, Window
from resources.window_shelves import shelf_at


class WindowLedger:
    """The windows of one application. Each thread has one call under way at most.

    `place` is the file of one host, or the address of a Redis or PostgreSQL that several share.
    """

    def __init__(self, place: Path | str, name: str, windows: Sequence[Window], caller: str = "") -> None:
        self.name = name
        self.windows = tuple(windows)
        self._shelf = shelf_at(place)
        self._caller = caller

    def take(self, reserve_share: float = 0.0) -> tuple[float, Window | None]:
        """Take one call: (0, None) when it may go, else seconds to the end of the window that is full.

        `reserve_share` of each window is left for others, such as a person's command beside a background sync.
        """

        def edit(page: OpenPage) -> tuple[float, Window | None]:
            states = page.spent(self.windows)
            full = [one for one in states if one.used >= max(1, int(one.allowed * (1 - reserve_share)))]
            if full:
                last = max(full, key=lambda one: one.resets_in_s)
                return last.resets_in_s, last.window
            page.take(self.caller)
            return 0.0, None

        return self._shelf.change(self.name, edit)

    def answered(self, told: Sequence[Told], server_time: float | None) -> None:
        """This thread's call came back, with what the provider counts; nothing told where its answer says nothing."""
        self._shelf.change(
            self.name, lambda page: page.answered(self.caller, self.windows, told, server_time)
        )

    def fill(self, bucket: str | None, period_s: int, server_time: float | None = None) -> float:
        """The provider refused: no call until the end of this window (of all buckets where it did not say which).

        Seconds until then; 0 when that window has ended since.
        """
        return self._shelf.change(
            self.name, lambda page: page.fill(self.windows, bucket, period_s, server_time)
        )

    def spent(self) -> list[Spent]:
        """All windows as they are now."""
        return self._shelf.change(self.name, lambda page: page.spent(self.windows))

    @property
    def caller(self) -> str:
        """This thread of this process of this host."""
        return self._caller or f"{socket.gethostname()} {os.getpid()} {threading.get_ident()}"
