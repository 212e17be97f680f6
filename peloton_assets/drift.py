"""Fields of Peloton's answers that were recorded from 2020 to 2025; others are news."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from resources import drift

KNOWN = Path(__file__).with_name("known_fields.json")


def known_fields(resource: str) -> dict[str, frozenset[str]]:
    """Path to the JSON types it may have."""
    return drift.known_fields(KNOWN, resource)


def find_drift(resource: str, payload: Any) -> set[tuple[str, str, str]]:
    """(path, unknown or retyped, JSON type that came) for all that is not as known."""
    return drift.find_drift(KNOWN, resource, payload)
