"""A disk that fills up while an answer is landed: what was acknowledged is whole, and nothing is glued to it."""

from __future__ import annotations

import json
import resource
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from resources.errors import StorageProblem
from resources.landing import Landing, SegmentWriter, read_lines

MOST_BYTES = 2_000


@dataclass(frozen=True)
class Answer:
    text: str
    url: str = "https://api.example/ride"
    status: int = 200
    fetched_at: datetime = datetime(2024, 3, 1, tzinfo=UTC)


def land(writer: SegmentWriter, item: str, length: int) -> bool:
    """Whether the answer was acknowledged."""
    try:
        writer.write(Answer(json.dumps({"title": "x" * length})), item)
    except StorageProblem:
        return False
    return True


@pytest.fixture
def writer(tmp_path: Path) -> SegmentWriter:
    return Landing(tmp_path).writer("peloton", "ride_details", "2024-03")


def landed_items(writer: SegmentWriter, tmp_path: Path) -> list[str]:
    """What is landed; fails when any line is not whole."""
    sealed = writer.seal()
    assert sealed is not None
    return [json.loads(line)["item"] for line in read_lines(sealed)]


@pytest.mark.promise("E1")
@pytest.mark.parametrize("length", range(300, 420, 7))
def test_an_answer_is_landed_whole_or_refused_however_much_of_it_fits(
    writer: SegmentWriter, tmp_path: Path, length: int
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, before[1]))
    try:
        acknowledged = [name for name in "abcdef" if land(writer, name, length)]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert 0 < len(acknowledged) < 6
    assert land(writer, "when there is space again", length)
    assert landed_items(writer, tmp_path) == [*acknowledged, "when there is space again"]


def test_a_file_that_may_not_grow_is_told_in_a_sentence(writer: SegmentWriter) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        with pytest.raises(StorageProblem, match=r"may not grow any more.*Raise the limit"):
            writer.write(Answer("{}"), "a")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
