"""A scenario: a fault script in a JSON file, with a name and a sentence about it.

    {
        "name": "slow mornings",
        "about": "Every third page of the list is late, and the tokens die once.",
        "faults": [
            {"kind": "drip", "endpoint": "archived", "chance": 0.3, "chunk_bytes": 20000, "note": "a slow page"},
            {"kind": "expire_tokens", "after_requests": 40}
        ]
    }

A bare list of faults is one too. Those in `sandbox/scenarios` are known by their file's name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCENARIOS = Path(__file__).with_name("scenarios")


@dataclass(frozen=True)
class Scenario:
    name: str
    about: str
    faults: list[dict[str, Any]]


def read_scenario(place: str | Path) -> Scenario:
    """The scenario in a file, or the one of that name; raises ValueError when it is none."""
    path = Path(place)
    if not path.exists() and path.name == str(place):
        path = SCENARIOS / f"{place}.json"
    if not path.exists():
        raise ValueError(f"no scenario {str(place)!r}: no such file, and known are {', '.join(known())}")
    content = json.loads(path.read_text())
    if isinstance(content, list):
        content = {"faults": content}
    if not isinstance(content, dict) or not isinstance(content.get("faults"), list):
        raise ValueError(f"{path} holds no list of faults")
    if unknown := sorted(content.keys() - {"name", "about", "faults"}):
        raise ValueError(f"{path} has {unknown}; a scenario has name, about and faults")
    return Scenario(str(content.get("name", path.stem)), str(content.get("about", "")), content["faults"])


def known() -> list[str]:
    """Names of the scenarios that come with the sandbox."""
    return sorted(path.stem for path in SCENARIOS.glob("*.json"))
