"""What a provider's stand-in must offer to the server, the control routes and the faults.

The server side never names a provider; another one is added by putting an object of this shape
into the world's list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from sandbox.messages import Answer, Request, Target

Action = Callable[[Any], Any]
"""Takes the JSON a person sent, returns the JSON to answer; raises ValueError on nonsense."""


class Provider(Protocol):
    name: str
    path_prefixes: tuple[str, ...]
    """First path segments that belong to this provider, such as ("peloton", "peloton-auth")."""

    endpoints: tuple[str, ...]
    """Short names of its endpoints; the counters show each of them, also with 0."""

    settings: dict[str, Any]
    """Values that `POST /_sandbox/settings` may change; read at each request."""

    actions: Mapping[str, Action]
    """Control actions: what stands after `/_sandbox/`, such as publish, remove, edit, classes."""

    events: Mapping[str, Action]
    """Things a fault may make happen before a request is answered, such as expire_tokens, shift."""

    def identify(self, request: Request) -> Target: ...

    def answer(self, request: Request, target: Target) -> Answer: ...

    def refusal(self, retry_after: str | None) -> Answer:
        """The answer above the rate limit."""
        ...

    def counters(self) -> dict[str, Any]:
        """Figures of its own to show among the counters."""
        ...

    def greeting(self, base_url: str) -> dict[str, Any]:
        """Its part of the line printed at the start: addresses and first credentials."""
        ...


@runtime_checkable
class LimitsItself(Protocol):
    """A provider whose limit is not so many requests a second: it decides itself what is too much."""

    def admit(self, target: Target, now_s: float) -> bool:
        """Count a data request that arrives now (its Unix seconds); False when it is above the limit."""
        ...
