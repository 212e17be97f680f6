"""Fetches the tables of names: instructors, class types, equipment. Two or three requests, once a day at most."""

from __future__ import annotations

from datetime import timedelta

from peloton_assets.drift import find_drift
from peloton_assets.pending import merge_pending
from peloton_assets.workspace import SOURCE, Workspace, now
from resources.http import Answer
from resources.landing import SegmentWriter
from resources.peloton_list import PAGE_ROWS, read_page
from resources.state import SyncCounts

RESOURCE = "references"
FRESH_FOR = timedelta(days=1)
MOST_INSTRUCTOR_PAGES = 20


def sync_references(work: Workspace, refresh: bool = False, counts: SyncCounts | None = None) -> SyncCounts:
    """Land and merge instructors and name tables, unless what is landed is fresh.

    Who passes `counts` has them also when this raises.
    """
    counts = counts or SyncCounts()
    if not refresh and _is_fresh(work):
        return counts
    sent = work.client.requests_made
    try:
        _land_references(work, counts)
    finally:
        counts.requests = counts.minimum_requests = work.client.requests_made - sent
    merge_pending(work.lake, work.landing, work.state)
    return counts


def _land_references(work: Workspace, counts: SyncCounts) -> None:
    segment = now().strftime("%Y-%m")
    seen: set[str] = set()
    with work.landing.writer(SOURCE, "instructors", segment) as writer:
        for page in range(MOST_INSTRUCTOR_PAGES):
            answer = work.client.instructors(page)
            _land(work, writer, "instructors", answer, str(page))
            listed = read_page(page, answer)
            counts.fetched += listed.row_count
            is_last = listed.agrees_with_total and listed.row_count < PAGE_ROWS
            if is_last or seen.issuperset(listed.ids):
                break
            seen.update(listed.ids)
    with work.landing.writer(SOURCE, "metadata_mappings", segment) as writer:
        _land(work, writer, "metadata_mappings", work.client.metadata_mappings(), "all")


def _land(work: Workspace, writer: SegmentWriter, resource: str, answer: Answer, item: str) -> None:
    writer.write(answer, item)
    work.note_drift(resource, find_drift(resource, answer.payload))


def _is_fresh(work: Workspace) -> bool:
    """Whether the last landed name tables are younger than a day."""
    landed = work.landing.sealed(SOURCE, "metadata_mappings")
    ages_s = [now().timestamp() - path.stat().st_mtime for path in landed]
    return any(
        0 <= age_s < FRESH_FOR.total_seconds() for age_s in ages_s
    )  # a file of the future proves nothing
