"""The pages of `paceline explore` in a real browser: typing, keys, clicking, at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import chromium, needs_chromium
from explore_site import Site, serving
from playwright.sync_api import Browser, Page, expect

from resources.warehouse import open_warehouse

DESK, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
PATIENCE_MS = 60_000
PAGES = (
    "/", "/songs?instructor=a", "/instructors", "/library", "/training", "/training/music", "/races?hours=168",
    "/health", "/query?sql=FROM+peloton.rides", "/tables", "/tables/peloton.rides",
)  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.tier("N"),
    needs_chromium,
]


@pytest.fixture(scope="module")
def site(three_sources: Path) -> Iterator[Site]:
    with serving(three_sources) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(browser: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh page in Berlin. What the browser complains of fails the test."""
    context = browser.new_context(viewport=request.param, timezone_id="Europe/Berlin", base_url=site.url)
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "request", lambda asked: None if asked.url.startswith(site.url) else complaints.append(asked.url)
    )
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def song(three_sources: Path) -> tuple[str, str]:
    """Title and first artist of a song whose title is long enough to be misspelt."""
    with open_warehouse(three_sources) as connection:
        title, artist = connection.execute(
            "SELECT title, artist_names[1] FROM peloton.tracks"
            " WHERE regexp_full_match(title, '[A-Z][a-z]{4,} [A-Z][a-z]{4,}')"
            " ORDER BY plays DESC, title LIMIT 1"
        ).fetchall()[0]
    return title, artist


def hits(page: Page) -> list[str]:
    return page.locator(".hits h2 b").all_inner_texts()


def test_a_song_is_found_while_typing_and_opened_by_keys(page: Page, song: tuple[str, str]) -> None:
    title, artist = song
    page.goto("/songs")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(title[:3] + title[4:])  # a letter left out
    expect(page.locator(".hits h2").first).to_contain_text(title)
    expect(page.locator(".hits h2").first).to_contain_text(artist)
    expect(page.locator("#hits")).to_have_attribute("aria-busy", "false")
    assert re.search(r"/songs\?q=", page.url)
    links = page.locator(".hits a")
    page.keyboard.press("ArrowDown")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/classes/"))
    expect(page.locator("tr.marked")).to_contain_text(title)
    page.go_back()
    expect(page.locator(".hits h2").first).to_contain_text(title)


def test_filters_work_as_they_are_chosen(page: Page, song: tuple[str, str]) -> None:
    page.goto("/songs")
    page.locator("#q").fill(song[1])
    expect(page.locator(".hits a").first).to_be_visible()
    every = page.locator("#found").inner_text()
    page.locator("summary").click()
    page.locator("[name=taken]").select_option("yes")
    expect(page.locator("#found")).not_to_have_text(every)
    page.locator("[name=taken]").select_option("no")
    page.wait_for_url(re.compile("taken=no"))
    page.locator("[name=q]").fill("")
    expect(page.locator("#found")).to_contain_text("Say what song")
    page.locator(".clear").click()
    expect(page.locator(".hits")).to_have_count(0)


def test_nothing_found_says_what_to_try(page: Page) -> None:
    page.goto("/songs")
    page.locator("#q").fill("qqqqxxxxzzzz")
    expect(page.locator("#found")).to_contain_text("No song matches")


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_the_screen_or_moves_while_it_loads(page: Page, path: str) -> None:
    page.add_init_script(
        "window.shifts = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => {"
        " window.shifts += entry.value; })).observe({type: 'layout-shift', buffered: true});"
    )
    page.goto("/")  # the zone is known from here on
    page.goto(path)
    page.wait_for_load_state("networkidle")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], path  # type: ignore[index]
    assert page.evaluate("window.shifts") < 0.01
    unnamed = page.evaluate(
        "[...document.querySelectorAll('input, select, textarea, button, a')].filter((each) =>"
        " !(each.labels?.length || each.textContent.trim() || each.getAttribute('aria-label') || each.closest('svg')))"
        ".map((each) => each.outerHTML)"
    )
    assert unnamed == []


def test_an_instructor_is_found_and_narrowed_to_a_year(page: Page) -> None:
    page.goto("/instructors")
    name = page.locator("tbody a").nth(3).inner_text()
    page.keyboard.press("/")
    page.keyboard.type(name)
    expect(page.locator("tbody tr:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name)
    page.locator(".choices a").nth(1).click()
    page.wait_for_url(re.compile(r"\?year="))
    expect(page.locator("h2").first).to_contain_text("most played in")


def test_the_months_of_the_library_lead_to_their_classes(page: Page) -> None:
    page.goto("/library")
    link = page.locator("table a").first
    count = int(link.inner_text().replace(",", ""))
    link.click()
    expect(page.locator(".lines a")).to_have_count(min(count, 200))
    page.locator(".lines a").first.click()
    expect(page.locator("h2").first).to_have_text("Playlist")


def test_training_changes_its_measure(page: Page) -> None:
    page.goto("/training")
    expect(page.locator(".chart rect").first).to_be_attached()
    page.locator("[name=measure]").select_option("output_kj")
    page.wait_for_url(re.compile("measure=output_kj"))
    assert " kJ " in page.locator(".chart rect title").first.inner_html()
    page.get_by_role("link", name="Output and music").click()
    page.locator("[name=least]").select_option("1")
    page.wait_for_url(re.compile("least=1"))
    expect(page.locator("table tbody tr").first).to_contain_text("%")


def test_races_are_told_in_the_zone_of_the_browser_and_go_into_a_calendar(page: Page) -> None:
    page.goto("/races?hours=168")
    expect(page.locator("[data-zones]")).to_have_value("Europe/Berlin")
    moment = page.locator("time").first
    shown = page.evaluate(
        "(at) => new Date(at).toLocaleTimeString('en-GB',"
        " {hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Berlin'})",
        moment.get_attribute("datetime"),
    )
    expect(moment).to_have_text(shown)
    with page.expect_download() as download:
        page.get_by_role("link", name="To my calendar").click()
    assert download.value.suggested_filename == "races.ics"
    assert "BEGIN:VEVENT" in Path(download.value.path()).read_text()
    page.locator("[data-zones]").select_option("Asia/Tokyo")
    page.wait_for_url(re.compile("Tokyo"))
    expect(moment).not_to_have_text(shown)
    page.goto("/races?hours=168")  # the choice is kept
    expect(page.locator("[data-zones]")).to_have_value("Asia/Tokyo")


def test_a_query_runs_by_its_key_and_its_answer_is_a_file(page: Page) -> None:
    page.goto("/query")
    page.locator("#sql").fill("SELECT '<b>bold</b>' AS word, 6 * 7 AS number")
    page.keyboard.press("Control+Enter")
    expect(page.locator("table.answer td").nth(0)).to_have_text("<b>bold</b>")
    expect(page.locator("table.answer td").nth(1)).to_have_text("42")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert Path(download.value.path()).read_text() == "word,number\n<b>bold</b>,42\n"


def test_a_table_is_found_and_read(page: Page) -> None:
    page.goto("/tables")
    page.locator("#filter").fill("peloton.songs")
    expect(page.locator("tbody tr:visible")).to_have_count(1)
    page.locator("tbody tr:visible a").first.click()
    expect(page.locator("h1")).to_have_text("peloton.songs")
    expect(page.locator("table.answer tbody tr").first).to_be_visible()


def test_the_pages_work_without_their_script(browser: Browser, site: Site, song: tuple[str, str]) -> None:
    with browser.new_context(java_script_enabled=False, base_url=site.url) as context:
        page = context.new_page()
        page.goto("/songs", timeout=PATIENCE_MS)
        page.locator("#q").fill(song[0])
        page.get_by_role("button", name="Search").click(timeout=PATIENCE_MS)
        expect(page.locator(".hits h2").first).to_contain_text(song[0])


def test_every_page_can_be_read_in_light_and_dark(browser: Browser, site: Site) -> None:
    """Text stands out from its ground by 4.5 to 1 at least, as WCAG asks."""
    for scheme in ("light", "dark"):
        with browser.new_context(base_url=site.url, color_scheme=scheme) as context:  # type: ignore[arg-type]
            page = context.new_page()
            page.goto("/health", timeout=PATIENCE_MS)
            low = page.evaluate(CONTRAST)
            assert low == [], scheme


CONTRAST = """() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (!color.endsWith(", 0)")) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const each of document.querySelectorAll("main *, header a, footer *")) {
    const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || each.closest("svg") || !each.checkVisibility()) continue;
    const [a, b] = [light(getComputedStyle(each).color), light(ground(each))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(each.outerHTML.slice(0, 100));
  }
  return found;
}"""
