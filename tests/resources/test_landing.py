"""The landing zone: one line an answer, saying what came, readable with DuckDB alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from landed import BEGAN, Told

from peloton_assets.transform import connect
from resources.errors import StorageProblem
from resources.landed import show_landed
from resources.landing import Landing, landed_line, read_lines, require_whole

SEGMENT = ("peloton", "ride_details", "2024-03")


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def items(paths: list[Path]) -> list[str]:
    return [json.loads(line)["item"] for path in paths for line in read_lines(path)]


def test_a_segment_that_got_no_answer_leaves_no_file(landing: Landing) -> None:
    with landing.writer(*SEGMENT) as writer:
        pass
    assert writer.seal() is None
    assert landing.sealed(*SEGMENT) == []
    assert landing.segments("peloton", "ride_details") == []


def test_what_was_written_before_an_error_is_sealed(landing: Landing) -> None:
    with pytest.raises(RuntimeError), landing.writer(*SEGMENT) as writer:
        writer.write(Told("{}", BEGAN), "kept")
        raise RuntimeError
    assert items(landing.sealed(*SEGMENT)) == ["kept"]


TEXTS = st.text(
    st.characters(categories=["L", "N", "P", "S", "Z", "Cc", "Cs"])
    | st.sampled_from('\\"/ud8cef\ud83d\ude00')
)
PAYLOADS = st.recursive(
    TEXTS | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def without_lone_surrogates(value: Any) -> Any:
    """The same value with U+FFFD for each half of a pair; found by another way than ours, by UTF-16."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [without_lone_surrogates(element) for element in value]
    if isinstance(value, dict):
        return {
            without_lone_surrogates(name): without_lone_surrogates(field) for name, field in value.items()
        }
    return value


@pytest.mark.promise("F1")
@settings(max_examples=300, deadline=None)
@given(PAYLOADS, TEXTS, st.sampled_from([None, 1, "\r\n"]))
def test_any_payload_is_one_line_that_says_the_same(
    payload: Any, item: str, indent: int | str | None
) -> None:
    line = landed_line(Told(json.dumps(payload, indent=indent), BEGAN), item)
    assert line.count(b"\n") == 1 and line.endswith(b"\n") and b"\r" not in line
    read = json.loads(line.decode())
    assert read["payload"] == without_lone_surrogates(payload)
    assert (read["item"], read["status"], read["fetched_at"]) == (
        item,
        200,
        BEGAN.isoformat(timespec="microseconds"),
    )
    stored = line.decode().partition(', "payload": ')[2].removesuffix("}\n")
    assert read["sha256"] == hashlib.sha256(stored.encode()).hexdigest()


def test_duckdb_alone_reads_it(landing: Landing) -> None:
    texts = ["nul \x00", "line\nbreak", "😀 \ud83d", "'; --", "x" * 300_000, "Ørvik", "\\u005c"]
    with landing.writer(*SEGMENT) as writer:
        for number, text in enumerate(texts):
            writer.write(
                Told(json.dumps({"title": text, "n": 1.50, "big": 2**70}, indent=2), BEGAN), str(number)
            )
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT item, payload ->> '$.title', fetched_at::TIMESTAMPTZ"
            " FROM read_json(?, format = 'newline_delimited', maximum_object_size = 16777216, columns ="
            " {item: 'VARCHAR', payload: 'JSON', fetched_at: 'VARCHAR'})",
            [f"{landing.root}/peloton/ride_details/*/*.zst"],
        ).fetchall()
    expected = [(str(n), without_lone_surrogates(text), BEGAN) for n, text in enumerate(texts)]
    assert found == expected


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "a flipped bit": lambda content: content[:99] + bytes([content[99] ^ 4]) + content[100:],
    "a torn end": lambda content: content[: len(content) // 2],
    "one byte short": lambda content: content[:-1],
    "nothing": lambda _: b"",
    "something else": lambda _: b"a cat walked over the disk",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_named_and_not_read_in_part(landing: Landing, damage: str) -> None:
    """DuckDB alone reads the beginning of a torn file without a word."""
    with landing.writer(*SEGMENT) as writer:
        for number in range(50):
            writer.write(
                Told(json.dumps({"filling": hashlib.sha256(bytes([number])).hexdigest()}), BEGAN), "a"
            )
    (sealed,) = landing.sealed(*SEGMENT)
    require_whole([sealed])
    sealed.write_bytes(DAMAGE[damage](sealed.read_bytes()))
    with pytest.raises(StorageProblem, match=f"{sealed.name} is damaged"):
        require_whole([sealed])
    with pytest.raises(StorageProblem, match="is damaged"):
        list(read_lines(sealed))
    with connect() as connection, pytest.raises(StorageProblem, match="is damaged"):
        show_landed(connection, [sealed])


@pytest.mark.promise("F4")
@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "/etc", "a\\b", "a b", "ä", "-rf", ".hidden", "x" * 90, "a\n"]
)
def test_unsafe_names_are_refused(landing: Landing, name: str) -> None:
    for place in range(3):
        names = ["peloton", "ride_details", "2024-03"]
        names[place] = name
        with pytest.raises(ValueError, match="not a safe name"):
            landing.writer(*names)
    assert not landing.root.exists()
