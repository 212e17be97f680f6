"""Change a JSON value at a dotted path: `ride.title`, `data.0.id`, `playlist.songs.*.artists`.

A part is a key of an object, a position in a list, or `*` for every element of a list or object.
A path that leads nowhere changes nothing: answers differ, and a fault is no place to stop one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_DELETE = object()


@dataclass(frozen=True)
class _Renamed:
    key: str
    value: Any


def _as_number(value: Any) -> Any:
    try:
        return float(value) if "." in str(value) else int(value)
    except (TypeError, ValueError):
        return 0


RETYPE: dict[str, Callable[[Any], Any]] = {
    "string": lambda value: value if isinstance(value, str) else str(value),
    "number": _as_number,
    "boolean": bool,
    "null": lambda _: None,
    "list": lambda value: value if isinstance(value, list) else [value],
    "object": lambda value: value if isinstance(value, dict) else {"value": value},
}


def edit_json(payload: Any, path: str, operation: str, value: Any = None) -> None:
    """Change `payload` in place.

    Operations: `delete`; `set` (also adds a key); `retype`, whose value names the wanted type; `rename`, whose
    value is the new key (of an object); `add`, whose value is added to a number.
    """
    if operation == "retype":
        if value not in RETYPE:
            raise ValueError(f"retype needs one of {sorted(RETYPE)}, not {value!r}")
        change = RETYPE[value]
    elif operation == "set":
        change = lambda _: value  # noqa: E731
    elif operation == "delete":
        change = lambda _: _DELETE  # noqa: E731
    elif operation == "rename":
        change = lambda old: _Renamed(str(value), old)  # noqa: E731
    elif operation == "add":
        change = lambda old: old + value if isinstance(old, int | float) else old  # noqa: E731
    else:
        raise ValueError(f"unknown operation {operation!r}; known: add, delete, rename, retype, set")
    _walk(payload, path.split("."), change, may_add=operation == "set")


def _walk(node: Any, parts: list[str], change: Callable[[Any], Any], may_add: bool) -> None:
    for key in reversed(_keys(node, parts[0], may_add and len(parts) == 1)):
        if len(parts) > 1:
            _walk(node[key], parts[1:], change, may_add)
            continue
        old = node.get(key) if isinstance(node, dict) else node[key]
        new = change(old)
        if new is _DELETE:
            del node[key]
        elif isinstance(new, _Renamed):
            if isinstance(node, dict):  # a place in a list has no name
                del node[key]
                node[new.key] = new.value
        else:
            node[key] = new


def _keys(node: Any, part: str, may_add: bool) -> list[Any]:
    """The keys or positions of `node` that one part of a path means."""
    if isinstance(node, dict):
        if part == "*":
            return list(node)
        return [part] if part in node or may_add else []
    if isinstance(node, list):
        if part == "*":
            return list(range(len(node)))
        return [int(part)] if part.isdigit() and int(part) < len(node) else []
    return []
