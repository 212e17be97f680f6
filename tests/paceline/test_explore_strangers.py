"""Other sites and other names at the door of `paceline explore` (F6)."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from explore_site import PAGES, Site, serving

pytestmark = pytest.mark.promise("F6")


@pytest.fixture(scope="module")
def site(three_sources: Path) -> Iterator[Site]:
    with serving(three_sources) as served:
        yield served


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4747", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.2", "", "[::2]",
     "localhost@evil.example"],
)  # fmt: skip
def test_another_name_is_refused(host: str, site: Site) -> None:
    answer = site.get("/songs?q=x", {"Host": host})
    assert answer.status_code in (400, 421)
    assert "<" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:9"])
def test_this_machines_names_are_ours(host: str, site: Site) -> None:
    assert site.get("/", {"Host": host}).status_code == 200


def test_two_host_headers_are_refused(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2])), 10) as connection:
        connection.sendall(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        )
        assert re.match(rb"HTTP/1.1 4(00|21)", connection.makefile("rb").read())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_but_reading_is_answered(method: str, site: Site) -> None:
    for headers in ({}, {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}):
        answer = site.ask(method, "/query?sql=SELECT+1", headers)
        assert answer.status_code == 405
        assert "access-control-allow-origin" not in answer.headers


def test_another_site_may_link_but_not_use(site: Site) -> None:
    embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    sent = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert site.get("/songs?q=x", embedded).status_code == 403
    assert site.get("/songs?q=x", sent).status_code == 200
    query = site.get("/query?sql=SELECT+41%2B1", sent)
    assert "Another site sent you here" in query.text and "42" not in query.text
    assert site.get("/query.csv?sql=SELECT+1", sent).status_code == 403
    assert site.get("/tables/peloton.rides.csv", sent).status_code == 403


def test_every_answer_forbids_frames_and_foreign_scripts(site: Site) -> None:
    for path in (*PAGES, "/nope", "/static/app.js", "/tables/peloton.rides.csv", "/query?sql=x"):
        headers = site.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%2f%2fevil.example", "/\\evil.example", "/songs/", "/https://evil.example",
             "/static/../app.py", "/static/..%2f..%2fapp.py", "/static//etc/passwd"],
)  # fmt: skip
def test_no_address_leads_elsewhere(path: str, site: Site) -> None:
    with socket.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2])), 10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = connection.makefile("rb").read()
    assert re.match(rb"HTTP/1.1 40[04]", answer), answer[:200]
    assert b"location:" not in answer.lower().partition(b"\r\n\r\n")[0]
