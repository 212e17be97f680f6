"""The Peloton provider: which address is which endpoint, who may ask, and the control actions.

Checks happen in the service's order: a token first, then the platform header, then parameters.
Payloads are serialised once and kept, so a class costs its building time on its first request only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sandbox.messages import Answer, Request, Target, compact_json, json_answer, text_answer
from sandbox.peloton.archive import ROWS_PER_PAGE_MAX, Archive
from sandbox.peloton.auth import TokenDesk
from sandbox.peloton.classes import PelotonClass
from sandbox.peloton.errors import error
from sandbox.peloton.library import Library
from sandbox.peloton.member_area import ENDPOINTS as MEMBER_ENDPOINTS
from sandbox.peloton.member_area import MemberArea
from sandbox.peloton.members import Member, make_members
from sandbox.peloton.payloads import Payloads
from sandbox.peloton.reference import browse_categories, instructor_page, me, metadata_mappings
from sandbox.peloton.seeds import Seeds
from sandbox.peloton.truth import Truth
from sandbox.peloton.workout_control import WorkoutControl
from sandbox.provider import Action
from sandbox.world import not_found_page

API_PREFIX, AUTH_PREFIX = "peloton", "peloton-auth"
CLOUDFLARE_REFUSAL = "error code: 1015"

ROUTES: tuple[tuple[str, str, str], ...] = (  # method, path, endpoint name
    ("GET", rf"/{API_PREFIX}/api/v2/ride/archived", "archived"),
    ("GET", rf"/{API_PREFIX}/api/ride/metadata_mappings", "mappings"),
    ("GET", rf"/{API_PREFIX}/api/ride/([^/]+)/details", "details"),
    ("GET", rf"/{API_PREFIX}/api/ride/([^/]+)", "ride"),
    ("GET", rf"/{API_PREFIX}/api/instructor", "instructor"),
    ("GET", rf"/{API_PREFIX}/api/instructor/([^/]+)", "instructor_by_id"),
    ("GET", rf"/{API_PREFIX}/api/browse_categories", "categories"),
    ("GET", rf"/{API_PREFIX}/api/me", "me"),
    ("GET", rf"/{AUTH_PREFIX}/authorize", "authorize"),
    ("POST", rf"/{AUTH_PREFIX}/oauth/token", "token"),
    *(("GET", f"/{API_PREFIX}{path}", name) for path, name in MEMBER_ENDPOINTS),
)
_COMPILED = tuple((method, re.compile(path + "/?"), name) for method, path, name in ROUTES)
SIGN_IN_ENDPOINTS = {"authorize", "token"}
NEEDS_PLATFORM_HEADER = {"archived"}


class Peloton:
    """The provider object that the world holds."""

    name: str = "peloton"
    path_prefixes: tuple[str, ...] = (API_PREFIX, AUTH_PREFIX)
    endpoints: tuple[str, ...] = tuple(name for _, _, name in ROUTES)
    """Those about members are counted from 0 only where there is something to ask them about."""

    def __init__(
        self,
        class_count: int,
        seed: int,
        until: date,
        access_token_seconds: int,
        workouts: int = 0,
        members: int = 1,
    ) -> None:
        if not workouts and members == 1:
            members_only = {name for _, name in MEMBER_ENDPOINTS}
            self.endpoints = tuple(name for name in self.endpoints if name not in members_only)
        self.settings: dict[str, Any] = {
            "access_token_seconds": access_token_seconds,
            "hide_explicit_rides": False,
            "hide_prenatal_rides": False,
            "list_order": "scheduled_start_time",
            "removed_details_status": 404,
            "summary_month": "local_created",
            "csv_timestamps": "workout_zone",
        }
        seeds = Seeds(seed)
        self.library = Library(seeds, class_count, until)
        self.payloads = Payloads(self.library)
        self.archive = Archive(self.payloads, self.settings)
        self.truth = Truth(self.payloads)
        self.members = make_members(seeds, members)
        self.desk = TokenDesk(seeds, self.settings, self.members)
        self.area = MemberArea(self.payloads, self.settings, self.members, workouts, until)
        self.control = WorkoutControl(self.area.histories, self.truth, seeds)
        self._cached: dict[tuple[str, str], bytes] = {}
        self.actions: Mapping[str, Action] = {
            "classes": lambda _: [self.truth.summary(cls) for cls in self.library.by_id.values()],
            "truth": lambda id_: self.truth.one(self._known(id_)),
            "publish": self._publish,
            "remove": self._remove,
            "restore": lambda body: self.library.restore(body["ids"]),
            "edit": self._edit,
            "expire_tokens": lambda body: self.desk.expire_access_tokens(self.control.member_number(body)),
            "revoke_refresh_tokens": lambda body: self.desk.revoke_refresh_tokens(
                self.control.member_number(body)
            ),
            **self.control.actions,
        }
        self.events: Mapping[str, Action] = {
            "expire_tokens": lambda _: self.desk.expire_access_tokens(),
            "shift": self._shift,
        }

    # -------------------------------------------------------------- requests

    def identify(self, request: Request) -> Target:
        for method, path, name in _COMPILED:
            if method == request.method and (found := path.fullmatch(request.path)):
                id_ = found.group(1) if found.groups() else None
                return Target(name, id_, is_data=name not in SIGN_IN_ENDPOINTS)
        return Target("unknown", is_data=False)

    def answer(self, request: Request, target: Target) -> Answer:
        if target.endpoint == "unknown":
            return not_found_page()
        if target.endpoint == "authorize":
            return self.desk.authorize(request)
        if target.endpoint == "token":
            return self.desk.token(request)
        member = self.desk.member_of(request)
        if member is None:
            return error(401, 3000, "Authentication required.")
        if target.endpoint in NEEDS_PLATFORM_HEADER and "peloton-platform" not in request.headers:
            return error(400, 2120, "Peloton-Platform header is required")
        try:
            return self._data(request, target, member)
        except ValueError:
            return error(400, 2100, "Request was invalid")

    def _data(self, request: Request, target: Target, member: Member) -> Answer:
        match target.endpoint:
            case "archived":
                return Answer(200, self.archive.page(request))
            case "details" | "ride":
                return self._one_class(target)
            case "instructor":
                return json_answer(instructor_page(self.payloads, request))
            case "instructor_by_id":
                row = self.payloads.instructor_rows.get(target.id or "")
                return json_answer(row) if row else error(404, 110, "Instructor not found")
            case "categories":
                if request.first("library_type") is None:
                    return error(400, 2120, "library_type is required")
                return json_answer(browse_categories(self.archive))
            case "mappings":
                return self._once("mappings", "", lambda: metadata_mappings(self.payloads, self.archive))
            case "me":
                return json_answer(me(self.library.seeds, member, len(self.area.histories[member.number])))
            case _:
                return self.area.answer(request, target, member)

    def _one_class(self, target: Target) -> Answer:
        cls = self.library.by_id.get(target.id or "")
        if cls is None or not cls.details_served:
            return error(404, 110, "Ride not found")
        removed_status = int(self.settings["removed_details_status"])
        if cls.id in self.library.removed_ids and removed_status != 200:
            return error(removed_status, 110, "Ride not found")
        build = self.payloads.details if target.endpoint == "details" else self.payloads.ride
        return self._once(target.endpoint, cls.id, lambda: build(cls))

    def _once(self, endpoint: str, id_: str, build: Callable[[], Any]) -> Answer:
        """Build and serialise at the first request, then answer the same bytes."""
        if (endpoint, id_) not in self._cached:
            self._cached[endpoint, id_] = compact_json(build())
        return Answer(200, self._cached[endpoint, id_])

    def refusal(self, retry_after: str | None) -> Answer:
        answer = text_answer(CLOUDFLARE_REFUSAL, 429)
        if retry_after is not None:
            answer.headers["Retry-After"] = retry_after
        return answer

    def counters(self) -> dict[str, Any]:
        return {"token_rotations": self.desk.rotations, "token_rejections": self.desk.rejected}

    def greeting(self, base_url: str) -> dict[str, Any]:
        return {
            "peloton_api_url": f"{base_url}/{API_PREFIX}",
            "peloton_auth_url": f"{base_url}/{AUTH_PREFIX}",
            "refresh_token": self.desk.first_refresh_token,
            "members": [
                {"user_id": member.user_id, "username": member.username, "refresh_token": token}
                for member, token in zip(self.members, self.desk.first_refresh_tokens, strict=True)
            ],
        }

    # -------------------------------------------------------------- control

    def _known(self, id_: str) -> PelotonClass:
        if id_ not in self.library.by_id:
            raise ValueError(f"no such class: {id_!r}")
        return self.library.by_id[id_]

    def _publish(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """{"count": n, "at": unix seconds, "only": "cycling/power_zone", "fields": {...}}, all optional."""
        new = self.library.publish(int(body.get("count", 1)), body.get("at"), body.get("only", ""))
        for cls in new:
            cls.edit(body.get("fields", {}))
        return [self.truth.summary(cls) for cls in new]

    def _remove(self, body: dict[str, Any]) -> list[str]:
        """{"ids": [...]} or {"count": n, "page": p}: the first n classes of that page of 100."""
        ids = body.get("ids")
        if ids is None:
            first = int(body.get("page", 0)) * ROWS_PER_PAGE_MAX
            ids = [cls.id for cls in self.library.listed()[first : first + int(body["count"])]]
        self.library.remove(ids)
        return list(ids)

    def _edit(self, body: dict[str, Any]) -> dict[str, Any]:
        """{"id": ..., "fields": {path: value}}; a `details.` path reaches beyond the ride."""
        cls = self._known(body["id"])
        cls.edit(body["fields"])
        self.library.changed()
        self.archive.forget(cls.id)
        for endpoint in ("details", "ride"):
            self._cached.pop((endpoint, cls.id), None)
        return self.truth.summary(cls)

    def _shift(self, parameters: dict[str, Any]) -> None:
        if publish := int(parameters.get("publish", 0)):
            self._publish({"count": publish})
        if remove := int(parameters.get("remove", 0)):
            self._remove({"count": remove, "page": parameters.get("page", 0)})
