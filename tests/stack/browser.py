"""A browser that looks at pages of the Dagster UI, and complains about every error one of them shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from chromium import chromium
from playwright.sync_api import ConsoleMessage, Page

WIDTH_PX, HEIGHT_PX = 1600, 1000
SHOWS_IN_S = 60  # a busy machine is no error
COMPLAINTS = re.compile(
    r"GraphQL error|An error occurred|Unexpected error|failed to load|Something went wrong|PythonError|"
    r"Could not find",
    re.I,
)
# The UI asks an address on the internet for news and pictures of people; there need not be one.
FOREIGN = re.compile(r"net::ERR_|Failed to load resource.*(gravatar|dagster\.io)")


class Tab:
    """One page of the UI. `errors` are what its console said was wrong."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page, self.base_url = page, base_url
        self.errors: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not FOREIGN.search(message.text):
            self.errors.append(message.text)

    def open(self, path: str, *words: str) -> None:
        """Go to a page and wait until it shows these words; what it shows must be no error."""
        self.page.goto(self.base_url + path, wait_until="commit")
        for word in words:
            self.wait_for(word)
        self.check()

    def wait_for(self, word: str) -> None:
        """Wait until the page shows a text."""
        self.page.get_by_text(word).filter(visible=True).first.wait_for()

    def text(self) -> str:
        """All that the page shows."""
        return self.page.inner_text("body")

    def check(self) -> None:
        """Fail when the page, or its console, tells of an error."""
        complaint = COMPLAINTS.search(text := self.text())
        assert complaint is None, text[max(0, complaint.start() - 500) : complaint.end() + 1500]
        assert self.errors == []


@contextmanager
def opened(base_url: str) -> Iterator[Tab]:
    """A browser with one tab on a UI."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH_PX, "height": HEIGHT_PX})
        page.set_default_timeout(SHOWS_IN_S * 1000)
        yield Tab(page, base_url)
