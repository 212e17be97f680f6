"""Links to the pages of `paceline explore`: strangers' words stay words, and ids cannot leave their place."""

from __future__ import annotations

import re

import pytest
from hostile import TEXTS

from resources.links import class_page, instructor_page, link, markdown_table, song_page


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORE_URL", "http://127.0.0.1:4747/")


def test_addresses_are_those_of_the_pages() -> None:
    assert class_page("abc") == "http://127.0.0.1:4747/classes/abc"
    assert instructor_page("a/../b?c") == "http://127.0.0.1:4747/instructors/a%2F..%2Fb%3Fc"
    assert song_page("Rock & Roll", ["Él"]) == "http://127.0.0.1:4747/songs?q=Rock+%26+Roll+%C3%89l"


def test_no_title_is_markup() -> None:
    for text in TEXTS:
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            continue  # no text of a stored row
        cell = link(text, class_page("x"))
        assert "\n" not in markdown_table(["class"], [[cell]]).split("\n")[-1]
        shown = cell.removesuffix("](http://127.0.0.1:4747/classes/x)").removeprefix("[")
        assert not re.search(r"[<>]", shown), text
        assert not re.search(r"(?<!\\)(?:\\\\)*[|`*_\[\]()]", shown), text
