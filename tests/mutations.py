"""Ways in which a provider's answers change over the years, drawn by chance, as faults for the sandbox."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

BEYOND_INT64 = 2**63
BRAND_NEW = "brand_new"
DEEPEST = 3


@dataclass(frozen=True)
class Mutation:
    """One change of one place of an answer; `path` begins at the answer."""

    kind: str
    path: str
    op: str
    value: Any = None

    def fault(self, **where: Any) -> dict[str, Any]:
        return {"kind": "field", "path": self.path, "op": self.op, "value": self.value, "times": 0, **where}


def draw_mutation(draw: random.Random, at: str, entry: dict[str, Any]) -> Mutation:
    """A change somewhere within the entry that stands at a path of an answer."""
    path, value = draw.choice([place for place in _places(at, entry) if place[0] != at])
    return draw.choice(list(_changes(draw, path, value)))


def _places(path: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """All paths of a value, but for keys that a path cannot spell."""
    yield path, value
    if depth == DEEPEST:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            if "." not in name:
                yield from _places(f"{path}.{name}", inner, depth + 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value[:3]):
            yield from _places(f"{path}.{place}", inner, depth + 1)


def _changes(draw: random.Random, path: str, value: Any) -> Iterator[Mutation]:
    above, _, name = path.rpartition(".")
    if not name.isdigit():  # a place in a list has no name, and none beside it
        yield Mutation(
            "added", f"{above}.{BRAND_NEW}", "set", draw.choice([1, "x", None, [1], {"a": {"b": 2}}])
        )
        yield Mutation("renamed", path, "rename", f"{name}_v2")
    yield Mutation("gone", path, "delete")
    yield Mutation("null", path, "set", None)
    if isinstance(value, bool) or value is None:
        yield Mutation("another type", path, "set", draw.choice(["yes", 7, [], {}]))
    elif isinstance(value, int | float):
        yield Mutation("number as string", path, "retype", "string")
        yield Mutation("beyond 64 bits", path, "set", BEYOND_INT64 + draw.randrange(10**30))
    elif isinstance(value, str):
        yield Mutation("string as number", path, "retype", "number")
        yield Mutation("new value", path, "set", "a_value_nobody_knew")
        yield Mutation("string as object", path, "set", {"value": value})
    elif isinstance(value, dict):
        yield Mutation("object as list", path, "retype", "list")
    elif isinstance(value, list):
        yield Mutation("list as object", path, "retype", "object")
