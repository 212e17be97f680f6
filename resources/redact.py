"""Keep secrets out of every message: remembered values by name, unknown ones by their shape.

Whoever reads a credential calls `remember` at once; every error text and log line passes `redact`.
Surprising: a secret inside base64 looks different at each of three alignments (`user:secret` in a Basic
header), so the middle part that survives each alignment is remembered as well.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from urllib.parse import quote, quote_plus, unquote

MASK = "[redacted]"
SHORTEST_SECRET = 6  # a shorter value would blank out ordinary words
LONGEST_MESSAGE_CHARS = 300

_QUERY_NAMES = (
    r"code|code_verifier|state|nonce|token|access_token|refresh_token|id_token|client_secret|password|"
    r"session_id|peloton_session_id|authorization|x-amz-signature|x-amz-credential|x-amz-security-token|signature|awsaccesskeyid"
)
_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|COOKIE|WEBHOOK_URL")
_SHAPES = (
    re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=%-]{6,}"),
    re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){0,4}"),  # a JWT, whole or cut
    re.compile(r"\bv1\.[\w.~-]{12,}"),  # an Auth0 refresh token, see the Peloton facts, 1.3 (2026)
)
_PAIRS = (
    re.compile(r"(?i)(\b(?:authorization|cookie|set-cookie)\s*:\s*)[^\r\n]+"),
    re.compile(r"(://[^\s/@:]*:)[^\s/@]+(?=@)"),  # the password of an address
    re.compile(rf"(?i)(\b(?:{_QUERY_NAMES})=)[^&\s\"'<>;,)]+"),
    re.compile(rf"(?i)((?:\b|(?<=%3F)|(?<=%26))(?:{_QUERY_NAMES})%3D)[^&\s\"'<>;,)]+"),
    re.compile(
        r"(?i)(\\?[\"'](?:access_token|refresh_token|id_token|client_secret|password|code_verifier"
        r"|session_id)\\?[\"']\s*:\s*\\?[\"'])[^\"'\\]*"
    ),
)

_known: set[str] = set()
_known_lock = threading.Lock()


def remember(*secrets: str | None) -> None:
    """Never let these values through again, in any of their usual spellings."""
    with _known_lock:
        new = [secret for secret in secrets if secret and secret.strip() not in _known]
    forms = {form for secret in new for form in _spellings(secret)}
    with _known_lock:
        _known.update(form for form in forms if len(form) >= SHORTEST_SECRET)


def is_secret(name: str, value: str) -> bool:
    """Whether a setting is one: by its name, or as an address with a password."""
    return bool(value) and bool(_SECRET_NAME.search(name) or _password_of(value))


def remember_address(address: str) -> None:
    """The password of an address, as it is spelt there and as it is meant."""
    password = _password_of(address)
    remember(password, unquote(password))


def _password_of(address: str) -> str:
    user, _, host = (address.partition("://")[2] or address).rpartition("@")
    return user.partition(":")[2] if host and not re.search(r"\s", address) else ""


def remember_environment() -> None:
    """The secrets of the environment, before anybody reads them: what is called one, and passwords in addresses."""
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name):
            remember(value)
        remember_address(value)


def redact(text: str) -> str:
    """The text with every remembered secret and everything that looks like one replaced."""
    with _known_lock:
        known = sorted((form for form in _known if form in text), key=len, reverse=True)
    for form in known:
        text = text.replace(form, MASK)
    for shape in _SHAPES:
        text = shape.sub(MASK, text)
    for pair in _PAIRS:
        text = pair.sub(rf"\g<1>{MASK}", text)
    return text


def one_line(text: object, longest: int = LONGEST_MESSAGE_CHARS) -> str:
    """Foreign text fit for an error message: redacted, printable, one line, cut to `longest`."""
    printable = "".join(char if char.isprintable() else " " for char in redact(str(text)))
    line = " ".join(printable.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


class RedactingFilter(logging.Filter):
    """For a handler: the record leaves with its message and traceback already redacted."""

    def filter(self, record: logging.LogRecord) -> bool:
        clean_record(record)
        return True


def clean_record(record: logging.LogRecord) -> None:
    """Redact message, arguments and traceback of one record in place."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit their format string
        message = f"{record.msg} {record.args}"
    clean = redact(message)
    if clean != message:
        record.msg, record.args = clean, ()
    if record.exc_info and record.exc_info[0] is not None:
        trace = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if (safe := redact(trace)) != trace:
            record.exc_text, record.exc_info = safe, None
    if record.stack_info:
        record.stack_info = redact(record.stack_info)


def protect_logging() -> None:
    """Redact every log record of this process, whichever handler prints it. Safe to call twice."""
    previous = logging.getLogRecordFactory()
    if getattr(previous, "redacts", False):
        return

    def factory(*args: object, **kwargs: object) -> logging.LogRecord:
        record: logging.LogRecord = previous(*args, **kwargs)
        clean_record(record)
        return record

    factory.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(factory)


def protect_process() -> None:
    """`protect_logging`, the tracebacks of exceptions that nobody caught, and no core file, which holds everything."""
    protect_logging()
    with suppress(ImportError):  # not a Unix
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sys.excepthook = _print_redacted
    threading.excepthook = lambda told: _print_redacted(told.exc_type, told.exc_value, told.exc_traceback)


def _print_redacted(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    if not issubclass(kind, SystemExit):
        sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace))))


def _spellings(secret: str) -> Iterator[str]:
    secret = secret.strip()
    if len(secret) < SHORTEST_SECRET:
        return
    yield secret
    yield json.dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
    lone = "surrogatepass"  # what was pasted in another encoding holds half signs
    for quoted in (
        quote(secret, "", errors=lone),
        quote(secret, errors=lone),
        quote_plus(secret, errors=lone),
    ):
        yield quoted
        yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quoted)
    raw = secret.encode("utf-8", lone)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            encoded = encode(b"\0" * shift + raw)
            # Characters that mix in a neighbour's bits differ from text to text; keep the certain middle.
            start, length = -(-shift * 8 // 6), (shift + len(raw)) * 8 // 6
            middle = encoded[start:length].decode()
            if len(middle) >= 2 * SHORTEST_SECRET:
                yield middle
