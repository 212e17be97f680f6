"""Writes docs/images/explore-*.png: the pages of `paceline explore` over the demo warehouse.

Run `make demo` first, then `python -m docs.pages_screenshots`; another data folder may be named. Fails when a page
shows an error.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page

from resources.settings import CHECKOUT
from resources.warehouse import open_warehouse

sys.path.append(str(CHECKOUT / "tests"))  # the browser is that of the tests
from chromium import chromium

IMAGES = CHECKOUT / "docs" / "images"
DESK, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
MOST_BYTES = 200_000
SHOTS = {  # name: address, screen, colours
    "songs": ("/songs?q={song}&taken=no", DESK, "light"),
    "instructor": ("/instructors/{instructor}", DESK, "light"),
    "training": ("/training", DESK, "dark"),
    "health": ("/health", DESK, "light"),
    "query": ("/query?sql={sql}", DESK, "dark"),
    "songs-phone": ("/songs?q={song}", PHONE, "light"),
    "races-phone": ("/races?hours=6", PHONE, "dark"),
}
QUERY = """SELECT fitness_discipline, count(*) AS classes, round(avg(difficulty_rating_avg), 1) AS difficulty
FROM peloton.rides
GROUP BY ALL
ORDER BY classes DESC"""


def main() -> None:
    """Start the pages, look at each, stop them."""
    demo = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else CHECKOUT / "demo"
    words = _words(demo / "warehouse.duckdb")
    server = subprocess.Popen(
        [sys.executable, "-m", "paceline", "explore", "--port", "0"],
        env={"PACELINE_DATA_DIR": str(demo), "PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        greeting = server.stdout.readline() if server.stdout else ""
        url = next(word for word in greeting.split() if word.startswith("http://"))
        with chromium() as browser:
            for name, (path, screen, colours) in SHOTS.items():
                page = browser.new_page(viewport=screen, color_scheme=colours, timezone_id="Europe/Berlin")
                page.goto(url + "/")  # tells the pages the zone
                shoot(page, url + path.format(**words), IMAGES / f"explore-{name}.png")
                page.close()
    finally:
        server.terminate()
        server.wait()


def shoot(page: Page, address: str, target: Path) -> None:
    """One picture of a page that shows what it should."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    answer = page.goto(address)
    page.wait_for_load_state("networkidle")
    if answer is None or not answer.ok or complaints:
        raise SystemExit(f"{address} shows an error: {complaints}")
    page.screenshot(path=target)
    if target.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{target} is larger than {MOST_BYTES:,} bytes")


def _words(warehouse: Path) -> dict[str, str]:
    """A misspelt song of Latin letters, and who plays the most music."""
    with open_warehouse(warehouse) as connection:
        song = connection.execute(
            "SELECT title FROM peloton.tracks WHERE regexp_full_match(title, '[A-Z][a-z]{4,} [A-Z][a-z]{4,}')"
            " ORDER BY plays DESC, title LIMIT 1"
        ).fetchall()[0][0]
        instructor = connection.execute(
            "SELECT instructor_id FROM peloton.songs JOIN peloton.rides USING (ride_id)"
            " WHERE instructor_id IS NOT NULL GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 1"
        ).fetchall()[0][0]
    return {"song": quote(song[:4] + song[5:]), "instructor": instructor, "sql": quote(QUERY)}


if __name__ == "__main__":
    main()
