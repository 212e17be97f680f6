"""Canaries in every spelling, through text, log lines and tracebacks."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import subprocess
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources.redact as redact_module
from resources.redact import MASK, RedactingFilter, one_line, protect_logging, redact, remember

pytestmark = pytest.mark.promise("D4")


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets of tests that ran before in this process are forgotten meanwhile."""
    monkeypatch.setattr(redact_module, "_known", set())


CANARY = "canary/Zq7+w p=ünïcode&42"
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=12, max_size=60)


@pytest.mark.parametrize(
    "spelling",
    [
        CANARY,
        quote(CANARY),
        quote(CANARY, safe=""),
        re.sub("%..", lambda found: found[0].lower(), quote(CANARY, safe="")),
        quote_plus(CANARY),
        json.dumps(CANARY)[1:-1],
        repr(CANARY)[1:-1],
        base64.b64encode(CANARY.encode()).decode(),
        base64.urlsafe_b64encode(CANARY.encode()).decode(),
        base64.b64encode(CANARY.encode()).decode().rstrip("="),
    ],
)
def test_a_remembered_secret_is_found_in_every_spelling(spelling: str) -> None:
    remember(CANARY)
    assert spelling not in redact(f"before {spelling} after")
    assert MASK in redact(f"before {spelling} after")


@given(secret=SECRETS, before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_a_secret_inside_other_base64_loses_its_middle(secret: str, before: bytes, after: bytes) -> None:
    remember(secret)
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    left = redact(f"Basic-like {encoded}")
    assert MASK in left
    assert encoded not in left


@given(secret=SECRETS, before=st.text(), after=st.text())
def test_a_secret_never_survives(secret: str, before: str, after: str) -> None:
    remember(secret)
    assert secret not in redact(f"{before}{secret}{after}") or secret in MASK


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("authorization: token abcdefghijkl", "abcdefghijkl"),
        ("curl -H 'bearer QWERTYUIOP'", "QWERTYUIOP"),
        ("x eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl y", "eyJzdWIiOiIxIn0"),
        ("cut eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJSUzI1NiJ9"),
        ("v1.MZ2pQ8x_ab-cd.efgh", "MZ2pQ8x_ab"),
        ("https://host/callback?code=abc123&state=xyz789", "abc123"),
        ("https://host/callback?code=abc123&state=xyz789", "xyz789"),
        ("next=https%3A%2F%2Fh%2Fcb%3Fcode%3Dabc123", "abc123"),
        ("grant_type=refresh_token&refresh_token=opaque-value", "opaque-value"),
        ('{"refresh_token": "opaque-value"}', "opaque-value"),
        ('\'{\\"access_token\\":\\"opaque-value\\"}\'', "opaque-value"),
        ("Set-Cookie: peloton_session_id=0123456789abcdef; Path=/", "0123456789abcdef"),
    ],
)
def test_what_looks_like_a_secret_goes_unasked(text: str, gone: str) -> None:
    assert gone in text
    assert gone not in redact(text)


@pytest.mark.parametrize("text", ["", "nothing to hide", "30 min Power Zone Ride", "v1.2.3", "page 3 of 12"])
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


def test_one_line_has_one_line_and_a_length() -> None:
    line = one_line("first\nsecond\x1b[31m \x00" + "word " * 1_000, 100)
    assert len(line) == 100
    assert line.isprintable()
    assert line.startswith("first second [31m word word")


@pytest.fixture
def log_text() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(RedactingFilter())
    logger = logging.getLogger("tests.redact")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, written
    logger.removeHandler(handler)


def log_a_failure(logger: logging.Logger) -> None:
    logger.error("sent %s with %d", CANARY, 5)
    try:
        raise ValueError(f"no {CANARY} here")
    except ValueError:
        logger.exception("failed with %s", {"token": CANARY})
    logger.error("arguments that do not fit %d %d", CANARY)


def test_the_filter_cleans_messages_arguments_and_tracebacks(
    log_text: tuple[logging.Logger, io.StringIO],
) -> None:
    remember(CANARY)
    logger, written = log_text
    log_a_failure(logger)
    assert CANARY not in written.getvalue()
    assert repr(CANARY)[1:-1] not in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert "sent [redacted] with 5" in written.getvalue()


def test_protected_logging_needs_no_filter_on_the_handler(caplog: pytest.LogCaptureFixture) -> None:
    factory = logging.getLogRecordFactory()
    try:
        remember(CANARY)
        protect_logging()
        protect_logging()
        log_a_failure(logging.getLogger("tests.unfiltered"))
    finally:
        logging.setLogRecordFactory(factory)
    assert CANARY not in caplog.text
    assert "ValueError" in caplog.text


def test_a_crash_tells_no_secret(python: Callable[..., subprocess.Popen[str]]) -> None:
    code = """
import sys, threading
from resources.redact import protect_process, remember
remember(sys.argv[1])
protect_process()
def fail(): raise ValueError(f"no {sys.argv[1]} here")
thread = threading.Thread(target=fail); thread.start(); thread.join()
fail()
"""
    process = python(code, CANARY)
    out, err = process.communicate()
    assert process.returncode == 1
    assert err.count("ValueError: no [redacted] here") == 2
    assert CANARY not in out + err
