"""Control of members' workouts: look at what is true about them, add, delete, finish and edit them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.peloton.graphs import graph_truth
from sandbox.peloton.histories import History, find_workout
from sandbox.peloton.history_csv import is_exported
from sandbox.peloton.seeds import Seeds
from sandbox.peloton.truth import Truth
from sandbox.peloton.workouts import Workout
from sandbox.provider import Action


class WorkoutControl:
    def __init__(self, histories: list[History], truth: Truth, seeds: Seeds) -> None:
        self._histories = histories
        self._truth = truth
        self._seeds = seeds
        self.actions: Mapping[str, Action] = {
            "workouts": self._control_workouts,
            "graph": self._control_graph,
            "add_workouts": self._control_add,
            "delete_workouts": self._control_delete,
            "finish_workout": self._control_finish,
            "edit_workout": self._control_edit,
        }

    def member_number(self, body: Any) -> int | None:
        """{"member": i} of a control request; None when it names nobody."""
        number = body.get("member") if isinstance(body, dict) else None
        if number is not None and int(number) not in range(len(self._histories)):
            raise ValueError(f"no member {number!r}; there are {len(self._histories)}, counted from 0")
        return None if number is None else int(number)

    def truth(self, workout: Workout) -> dict[str, Any]:
        """What is true about a workout, whatever its row shows; the ride also where the row says null."""
        cls = workout.cls
        facts = {
            "id": workout.id,
            "user_id": workout.member.user_id,
            "username": workout.member.username,
            "ride_id": cls.id if cls else None,
            "ride_in_row": cls is not None and workout.ride_is_shown,
            "peloton_id": workout.peloton_id,
            "workout_type": workout.workout_type,
            "created_at": workout.created_at,
            "start_time": workout.start_time,
            "end_time": workout.end_time,
            "device_time_created_at": workout.device_time_created_at,
            "status": workout.status,
            "fitness_discipline": workout.discipline,
            "timezone": workout.timezone,
            "total_work": workout.total_work,
            "has_graph": workout.has_metrics,
            "in_csv": is_exported(workout),
            "ride_listed": self._truth.is_listed(cls) if cls else False,
            "details_status": self._truth.details_status(cls) if cls else None,
            "oddities": sorted(workout.oddities),
        }
        return facts | {name: value for name, value in workout.edits.items() if name in facts}

    def known(self, id_: str) -> Workout:
        workout = find_workout(self._histories, id_)
        if workout is None:
            raise ValueError(f"no such workout: {id_!r}")
        return workout

    def _control_workouts(self, body: Any) -> list[dict[str, Any]]:
        history = self._histories[self.member_number(body) or 0]
        return [self.truth(workout) for workout in history.newest_first()]

    def _control_graph(self, body: dict[str, Any]) -> dict[str, Any]:
        """{"id": ..., "every_n": 1}: all values of the series, at every second unless told otherwise."""
        return graph_truth(self._seeds, self.known(body["id"]), step_of(body.get("every_n"), 1))

    def _control_add(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """{"member": i, "count": n, "at": unix seconds, "status": ..., "fields": {...}}, all optional."""
        history = self._histories[self.member_number(body) or 0]
        new = history.add(
            int(body.get("count", 1)), body.get("at"), body.get("status"), body.get("fields") or {}
        )
        return [self.truth(workout) for workout in reversed(new)]

    def _control_delete(self, body: dict[str, Any]) -> list[str]:
        workouts = [self.known(id_) for id_ in body["ids"]]
        for workout in workouts:
            self._histories[workout.member.number].delete(workout.id)
        return [workout.id for workout in workouts]

    def _control_finish(self, body: dict[str, Any]) -> dict[str, Any]:
        workout = self.known(body["id"])
        workout.finish()
        self._histories[workout.member.number].changed()
        return self.truth(workout)

    def _control_edit(self, body: dict[str, Any]) -> dict[str, Any]:
        """{"id": ..., "fields": {path: value}}: dotted paths into the row, as for classes."""
        workout = self.known(body["id"])
        workout.edit(body["fields"])
        self._histories[workout.member.number].changed()
        return self.truth(workout)


def step_of(given: Any, otherwise: int) -> int:
    step = otherwise if given is None else int(given)
    if step < 1:
        raise ValueError("every_n")
    return step
