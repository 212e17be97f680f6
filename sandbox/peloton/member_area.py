"""What a member can ask about himself: workouts, sessions, graphs, the CSV export.

Only the member himself is answered: another one's id is 403 with error 3030, an id that nobody has 404. The
list never has more than 100 rows a page, and its `next` names the last row of the page, not the next one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sandbox.messages import Answer, Request, Target, json_answer
from sandbox.peloton.errors import error
from sandbox.peloton.graphs import DEFAULT_STEP, graph_payload
from sandbox.peloton.heart import effort_zones
from sandbox.peloton.histories import History, find_workout
from sandbox.peloton.history_csv import CSV_TYPE, history_csv
from sandbox.peloton.members import Member
from sandbox.peloton.payloads import Payloads
from sandbox.peloton.workout_control import step_of
from sandbox.peloton.workout_payloads import WorkoutPayloads
from sandbox.peloton.workouts import Workout

ROWS_PER_PAGE_MAX = 100
DEFAULT_LIMIT = 20
ENDPOINTS: tuple[tuple[str, str], ...] = (  # path, endpoint name
    (r"/api/user/([^/]+)/workouts", "workouts"),
    (r"/api/user/([^/]+)/workout_history_csv", "history_csv"),
    (r"/api/workout/([^/]+)", "workout"),
    (r"/api/workout/([^/]+)/performance_graph", "performance_graph"),
    (r"/api/peloton/([^/]+)", "session"),
)


class MemberArea:
    """Answers for all members. Not thread-safe: the caller holds a lock."""

    def __init__(
        self,
        payloads: Payloads,
        settings: dict[str, Any],
        members: tuple[Member, ...],
        count: int,
        until: date,
    ) -> None:
        self._settings = settings
        self._seeds = payloads.seeds
        self._class_payloads = payloads
        self.members = members
        self.payloads = WorkoutPayloads(payloads)
        self.histories = [History(payloads.library, member, count, until) for member in members]
        self._by_user_id = {member.user_id: self.histories[member.number] for member in members}
        self.answers: Mapping[str, Callable[[Request, str, Member], Answer]] = {
            "workouts": self._workouts,
            "workout": self._workout,
            "performance_graph": self._graph,
            "history_csv": self._csv,
            "session": self._session,
        }

    def answer(self, request: Request, target: Target, member: Member) -> Answer:
        return self.answers[target.endpoint](request, target.id or "", member)

    # -------------------------------------------------------------- endpoints

    def _own_history(self, user_id: str, member: Member) -> History | Answer:
        if user_id not in self._by_user_id:
            return error(404, 110, "User not found")
        if user_id != member.user_id:
            return error(403, 3030, "No permission to access this resource.")
        return self._by_user_id[user_id]

    def _own_workout(self, id_: str, member: Member) -> Workout | Answer:
        workout = find_workout(self.histories, id_)
        if workout is None:
            return error(404, 110, "Workout not found")
        if workout.member is not member:
            return error(403, 3030, "No permission to access this resource.")
        return workout

    def _workouts(self, request: Request, id_: str, member: Member) -> Answer:
        history = self._own_history(id_, member)
        if isinstance(history, Answer):
            return history
        limit = min(int(request.first("limit") or DEFAULT_LIMIT), ROWS_PER_PAGE_MAX)
        page = int(request.first("page") or 0)
        if limit < 1 or page < 0:
            raise ValueError("limit and page")
        ascending = (request.first("sort_by") or "-created") in ("created", "created_at")
        rows = history.newest_first()
        if ascending:
            rows = rows[::-1]
        joins = joins_of(request)
        shown = rows[page * limit : (page + 1) * limit]
        page_count = math.ceil(len(rows) / limit)
        show_next = page + 1 < page_count
        return json_answer(
            {
                "data": [self.payloads.list_row(workout, joins) for workout in shown],
                "limit": limit,
                "page": page,
                "total": len(rows),
                "count": len(shown),
                "page_count": page_count,
                "show_previous": page > 0,
                "show_next": show_next,
                "sort_by": "created_at,pk" if ascending else "-created_at,-pk",
                "next": {"workout_id": shown[-1].id, "created_at": shown[-1].created_at}
                if show_next
                else None,
                "summary": history.summary(str(self._settings["summary_month"])),
                "aggregate_stats": [],
                "total_heart_rate_zone_durations": self._zone_totals(history),
            }
        )

    def _zone_totals(self, history: History) -> dict[str, int]:
        if history.zone_totals is None:
            totals = {f"heart_rate_z{zone}_duration": 0 for zone in range(1, 6)}
            for workout in history.newest_first():
                zones = effort_zones(self._seeds, workout)
                for name, seconds in (zones or {}).get("heart_rate_zone_durations", {}).items():
                    totals[name] += seconds
            history.zone_totals = totals
        return history.zone_totals

    def _workout(self, request: Request, id_: str, member: Member) -> Answer:
        workout = self._own_workout(id_, member)
        if isinstance(workout, Answer):
            return workout
        return json_answer(self.payloads.own(workout, joins_of(request)))

    def _graph(self, request: Request, id_: str, member: Member) -> Answer:
        workout = self._own_workout(id_, member)
        if isinstance(workout, Answer):
            return workout
        return json_answer(
            graph_payload(self._seeds, workout, step_of(request.first("every_n"), DEFAULT_STEP))
        )

    def _csv(self, request: Request, id_: str, member: Member) -> Answer:
        history = self._own_history(id_, member)
        if isinstance(history, Answer):
            return history
        zone, shown_in = request.first("timezone"), str(self._settings["csv_timestamps"])
        rows = history.newest_first()[::-1]
        return Answer(
            200, history_csv(self._class_payloads, rows, member.is_metric, zone, shown_in), CSV_TYPE
        )

    def _session(self, request: Request, id_: str, _: Member) -> Answer:
        """Sessions are nobody's own: whoever knows the id may ask."""
        for history in self.histories:
            if (workout := history.by_session.get(id_)) is not None:
                return json_answer(self.payloads.session(workout, request.now_s))
        return error(404, 110, "Peloton not found")


def joins_of(request: Request) -> frozenset[str]:
    texts = request.query.get("joins", [])
    return frozenset(name.strip() for text in texts for name in text.split(",") if name.strip())
