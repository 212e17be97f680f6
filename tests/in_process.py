"""A provider in the same process: the real client asks the sandbox's own world, without HTTP between them.

For tests that need hundreds of syncs to prove what stored answers mean. What HTTP may do to an answer is proven
elsewhere, so there are no retries here: an answer is believed or it is not. Faults work as in the sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from observing import Row, quiet

from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from peloton_assets.members import Member, member_of
from peloton_assets.references import sync_references
from peloton_assets.scope import Scope
from peloton_assets.workout_items import (
    CLASSES,
    GRAPHS,
    SESSIONS,
    ask_for,
    plan_classes,
    plan_graphs,
    plan_sessions,
)
from peloton_assets.workout_list import sync_workouts
from peloton_assets.workspace import Workspace
from resources.errors import BadAnswer, NotServed, ProviderUnavailable
from resources.http import Answer, JsonHttp, Shape
from resources.peloton import PelotonClient
from resources.settings import load_settings
from sandbox.messages import Request, Target
from sandbox.peloton.api import Peloton
from sandbox.world import World

LATER = "Sync again later."
A_YEAR_S = 365 * 86_400


class InProcess:
    """One provider and what was asked of it; to a client it is what `JsonHttp` is."""

    def __init__(self, classes: int, until: date, seed: int = 7, workouts: int = 0) -> None:
        self.peloton = Peloton(classes, seed, until, access_token_seconds=A_YEAR_S, workouts=workouts)
        self.world = World([self.peloton])
        self.before: Callable[[Target], None] = lambda _: None  # called with each request; may raise
        self.requests_made = 0
        self.limiter = self  # nobody waits here, so nobody gives up waiting
        form = {
            "grant_type": "refresh_token", "client_id": "tests",
            "refresh_token": self.peloton.desk.first_refresh_token,
        }  # fmt: skip
        answer = self.world.handle(
            Request("POST", "/peloton-auth/oauth/token", body=urlencode(form).encode())
        )
        self._headers = {
            "authorization": f"Bearer {json.loads(answer.body)['access_token']}",
            "peloton-platform": "web",
        }

    def get(self, url: str, shape: Shape, params: Mapping[str, str | int] | None = None) -> Answer:
        """The answer, believed or refused as over HTTP."""
        request = Request("GET", url, urlencode(params or {}), self._headers)
        self.before(self.peloton.identify(request))
        self.requests_made += 1
        answer = self.world.handle(request)
        if answer.delivery.reset or answer.status >= 500:
            raise ProviderUnavailable(f"{url}: status {answer.status}", LATER)
        if answer.status in (404, 410):
            raise NotServed(f"{url}: status {answer.status}", LATER)
        text = answer.body[: answer.delivery.body_bytes_sent].decode()
        try:
            payload = json.loads(text)
        except ValueError as error:
            raise BadAnswer(f"{url}: {error}", LATER) from None
        if wrong := shape(payload):
            raise BadAnswer(f"{url}: {wrong}", LATER)
        return Answer(url, answer.status, datetime.now(UTC), text, payload)

    def giving_up(self) -> AbstractContextManager[None]:
        return nullcontext()

    def workspace(self, data_dir: Path, run_id: str = "in process") -> Workspace:
        """A workspace of a data folder whose client asks this provider."""
        work = Workspace(replace(load_settings(), data_dir=data_dir, peloton_requests_per_second=8), run_id)
        work.client = PelotonClient("/peloton", cast(JsonHttp, self))
        return work

    # what a test does to the provider, and sees of it

    def faults(self, *lines: Row) -> None:
        """Replace the script of faults."""
        self.world.script.replace(lines)

    def act(self, action: str, body: Any = None) -> Any:
        """A control action of the sandbox: publish, remove, restore, edit, classes, truth."""
        return self.peloton.actions[action](body)

    def listed(self) -> list[Row]:
        """Classes that are on the list now, newest first."""
        return [self.peloton.truth.summary(cls) for cls in self.peloton.library.listed()]

    def asked(self) -> dict[str, int]:
        """Requests since the last time this was asked, by endpoint."""
        counted = dict(self.world.log.by_endpoint)
        self.world.log.reset()
        return counted


def crawl_workouts(work: Workspace, months: Collection[str] | None = None) -> Member:
    """A member's workouts in both phases, without building anything of it."""
    with work.crawling():
        member = member_of(work)
        sync_workouts(work, member, quiet, months)
        ask_for(SESSIONS, work, member, plan_sessions(work, member, months), quiet)
        ask_for(CLASSES, work, member, plan_classes(work, member, months), quiet)
        ask_for(GRAPHS, work, member, plan_graphs(work, member, months), quiet)
    return member


def crawl(work: Workspace, scope: Scope, *disciplines: str, names: bool = True) -> None:
    """What a run fetches, without building anything of it; details only of some disciplines, when given."""
    with work.crawling():
        sync_list(work, scope, quiet)
        sync_details(work, replace(scope, disciplines=disciplines), quiet)
        if names:
            sync_references(work)
