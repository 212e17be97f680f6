"""One request from arrival to answer: log it, limit it, let faults act, ask the provider.

All state of the sandbox hangs here behind one lock, so that counters, limits and data agree.
Waiting (latency, stalls) happens outside the lock: slow answers do not delay each other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sandbox.faults import FaultScript
from sandbox.messages import HTML_TYPE, Answer, Request, Target, text_answer
from sandbox.provider import Action, LimitsItself, Provider
from sandbox.rate_limit import SlidingWindow, retry_after_value
from sandbox.request_log import CONNECTION_DROPPED, RequestLog

NOT_FOUND_PAGE = "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>"


class World:
    """The providers, what was asked of them, and what is set to go wrong."""

    def __init__(self, providers: Iterable[Provider], rate: float = 0.0, latency_ms: float = 0.0) -> None:
        self.lock = threading.RLock()
        self.providers = {provider.name: provider for provider in providers}
        self.by_prefix = {prefix: p for p in self.providers.values() for prefix in p.path_prefixes}
        self.windows = {name: SlidingWindow(rate) for name in self.providers}
        self.log = RequestLog()
        self.script = FaultScript()
        self.settings: dict[str, Any] = {
            "rate": rate,
            "rate_window_seconds": 1.0,
            "retry_after": "seconds:1",
            "latency_ms": latency_ms,
            "clock_skew_seconds": 0.0,
        }
        self.events: Mapping[str, Action] = {"clock_skew": self._set_clock}

    def now_s(self) -> float:
        """The providers' time in Unix seconds."""
        return time.time() + float(self.settings["clock_skew_seconds"])

    def handle(self, request: Request) -> Answer:
        """Answer one request of a provider's API, faults included."""
        provider = self.by_prefix.get(request.path.lstrip("/").partition("/")[0])
        with self.lock:
            target = provider.identify(request) if provider else Target("unknown", is_data=False)
            entry = self.log.arrive(request, target)
            if provider is None:
                answer = not_found_page()
            elif target.is_data and not self._admit(provider, target):
                self.log.refused += 1
                answer = provider.refusal(retry_after_value(self.settings["retry_after"], self.now_s()))
            else:
                answer = self._with_faults(provider, request, target)
            entry.status = CONNECTION_DROPPED if answer.delivery.reset else answer.status
            entry.retry_after = answer.headers.get("Retry-After")
        if self.settings["latency_ms"]:
            time.sleep(self.settings["latency_ms"] / 1000)
        return answer

    def _admit(self, provider: Provider, target: Target) -> bool:
        if isinstance(provider, LimitsItself):
            return provider.admit(target, self.now_s())
        window = self.windows[provider.name]
        window.rate = self.settings["rate"]
        window.window_seconds = self.settings["rate_window_seconds"]
        return window.admit(time.monotonic())

    def _with_faults(self, provider: Provider, request: Request, target: Target) -> Answer:
        faults = self.script.hitting(request, target)
        self.log.faulted += bool(faults)
        events = self._events(provider)
        for fault in faults:
            if fault.kind.happens:
                events[fault.name](fault.parameters)
        now_s = self.now_s()
        answer = next((f.kind.make(f.hit(now_s)) for f in faults if f.kind.make), None)
        if answer is None:
            request = replace(request, now_s=now_s)
            for fault in faults:
                if fault.kind.ask:
                    request = fault.kind.ask(fault.hit(now_s), request)
            answer = provider.answer(request, target)
        for fault in faults:
            if fault.kind.spoil:
                fault.kind.spoil(fault.hit(now_s), answer)
        return answer

    def _events(self, provider: Provider) -> dict[str, Action]:
        """By name: the world's own, then those of the provider that is asked, then those of the others."""
        events: dict[str, Action] = {}
        for home in (*self.providers.values(), provider):
            events |= home.events
        return {**events, **self.events}

    def _set_clock(self, parameters: dict[str, Any]) -> None:
        self.settings["clock_skew_seconds"] = float(parameters["seconds"])


def not_found_page() -> Answer:
    return text_answer(NOT_FOUND_PAGE, 404, HTML_TYPE)
