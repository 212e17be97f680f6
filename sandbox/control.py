"""The control routes under `/_sandbox`: look at the world and change it, without signing in.

`GET /_sandbox/NAME` looks, `POST /_sandbox/NAME` with a JSON body changes. A name that is not
common to all is looked up among the providers' own actions; `/_sandbox/PROVIDER/NAME` says whose.
A mistake in the body is answered with 400 and the sentence that explains it.

    curl 127.0.0.1:PORT/_sandbox/counters
    curl 127.0.0.1:PORT/_sandbox/settings -d '{"rate": 2, "latency_ms": 80}'
    curl 127.0.0.1:PORT/_sandbox/faults -d '[{"kind": "status", "status": 503, "times": 3}]'
    curl 127.0.0.1:PORT/_sandbox/publish -d '{"count": 2, "only": "cycling/power_zone"}'
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from sandbox.messages import Answer, Request, json_answer
from sandbox.provider import Action
from sandbox.world import World

PREFIX = "/_sandbox"


def control(world: World, request: Request) -> Answer:
    """Answer one control request; it is neither limited, logged nor counted."""
    name = request.path.removeprefix(PREFIX).strip("/")
    with world.lock:
        action = _find(world, name)
        if action is None:
            return json_answer({"error": f"no control action {name!r}", "known": known_actions(world)}, 404)
        try:
            return json_answer(action(json.loads(request.body) if request.body else None))
        except (ValueError, KeyError, TypeError, AttributeError) as mistake:
            return json_answer({"error": f"{type(mistake).__name__}: {mistake}"}, 400)


def known_actions(world: World) -> list[str]:
    return sorted({*_common(world), *(name for p in world.providers.values() for name in p.actions)})


def _find(world: World, name: str) -> Action | None:
    if name in (common := _common(world)):
        return common[name]
    provider_name, _, rest = name.partition("/")
    if provider_name in world.providers:
        return world.providers[provider_name].actions.get(rest)
    for provider in world.providers.values():
        action_name, _, argument = name.partition("/")
        if action_name in provider.actions:
            action = provider.actions[action_name]
            return partial(_with_argument, action, argument) if argument else action
    return None


def _with_argument(action: Action, argument: str, _: Any) -> Any:
    return action(argument)


def _common(world: World) -> dict[str, Action]:
    return {
        "counters": lambda _: _counters(world),
        "requests": lambda _: world.log.requests(),
        "reset": lambda _: world.log.reset(),
        "settings": lambda changes: _settings(world, changes or {}),
        "faults": lambda lines: _faults(world, lines),
    }


def _counters(world: World) -> dict[str, Any]:
    counters = world.log.counters()
    names = [name for provider in world.providers.values() for name in provider.endpoints]
    counters["by_endpoint"] = dict.fromkeys(names, 0) | counters["by_endpoint"]
    for provider in world.providers.values():
        counters |= provider.counters()
    return counters


def _settings(world: World, changes: dict[str, Any]) -> dict[str, Any]:
    """Change what is named, answer all; refuse everything if one name is unknown."""
    homes = [world.settings, *(provider.settings for provider in world.providers.values())]
    known = {name: home for home in reversed(homes) for name in home}
    if unknown := sorted(set(changes) - set(known)):
        raise ValueError(f"unknown settings {unknown}; known: {', '.join(sorted(known))}")
    for name, value in changes.items():
        known[name][name] = value
    return {name: home[name] for name, home in sorted(known.items())}


def _faults(world: World, lines: Any) -> list[dict[str, Any]]:
    """Replace the script, or show it when nothing was sent."""
    if lines is not None:
        if not isinstance(lines, list):
            raise ValueError("send a list of faults; [] removes them all")
        world.script.replace(lines)
    return world.script.state()
