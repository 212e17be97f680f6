"""Notices fields that the provider added or retyped, so that a change of theirs is news and not a mystery.

A provider's `known_fields.json` holds path to JSON types, taken from recordings; null is always allowed, since any
field may be null, and so is an empty list of types (only null was ever seen).
Only the parts we read are looked into; arrays share the path of their elements.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from resources.redact import one_line

LONGEST_PATH_CHARS = 200  # a new name is foreign text of any length
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


@cache
def known_fields(known: Path, resource: str) -> dict[str, frozenset[str]]:
    """Path to the JSON types it may have, from a provider's file."""
    stored = json.loads(known.read_text())[resource]
    return {path: frozenset(types.split()) for path, types in stored.items()}


@cache
def _containers(known: Path, resource: str) -> frozenset[str]:
    return frozenset(path.rpartition(".")[0] for path in known_fields(known, resource))


def find_drift(known: Path, resource: str, payload: Any) -> set[tuple[str, str, str]]:
    """(path, unknown or retyped, JSON type that came) for all that is not as known."""
    return set(_differences(known, resource, "", payload))


def _differences(known: Path, resource: str, path: str, value: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, list):
        for element in value:
            if isinstance(element, dict | list):
                yield from _differences(known, resource, path, element)
    elif isinstance(value, dict):
        fields = known_fields(known, resource)
        for name, field in value.items():
            where = f"{path}.{name}" if path else name
            kind = _TYPES.get(type(field), "null")
            types = fields.get(where)
            if types is None:
                yield one_line(where, LONGEST_PATH_CHARS), "unknown", kind
            elif kind != "null" and types and kind not in types:
                yield where, "retyped", kind
            elif where in _containers(known, resource):
                yield from _differences(known, resource, where, field)
