"""Half a sign: JSON can spell a lone surrogate, UTF-8 cannot hold it.

Whoever meets one in a text fails in a way of its own: DuckDB refuses the whole file, SQLite the statement, a
header or an address the request. So it goes where an answer comes in, before anybody sees it.
"""

from __future__ import annotations

import re

# Every escape is a match, so that the backslash of `\\ud800`, which is a spelt backslash, begins none.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def mended(json_text: str) -> str:
    """The same JSON with U+FFFD in place of each lone surrogate that it spells."""
    if "\\ud" not in json_text and "\\uD" not in json_text:
        return json_text
    return _ESCAPE.sub(lambda escape: "\\ufffd" if escape[1] else escape[0], json_text)
