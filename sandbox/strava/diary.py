"""All that is true about one athlete: his activities, visible or not, his gear, and what only the export has."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from sandbox.peloton.seeds import Seeds
from sandbox.strava.activities import Activity
from sandbox.strava.history import draw, gear_by_kind, id_at, plan
from sandbox.strava.vocabulary import BRANDS, HOME_ZONES, MODELS, WEIGHTS_KG

BIKES, SHOES = 4, 6
SINCE_UPLOAD_S = 120
ATHLETES_AT_MOST = 16
EXPORT_ONLY_SHARE = 20  # one activity that only the export has for so many that both have
RECENT = timedelta(weeks=4)
STATS = ("ride", "run", "swim")

Row = dict[str, Any]


class Diary:
    def __init__(self, seeds: Seeds, number: int, athlete_id: int, count: int, today: date) -> None:
        self.seeds, self.number, self.athlete_id, self.today = seeds, number, athlete_id, today
        self._count = count
        self.zone = HOME_ZONES[number % len(HOME_ZONES)]
        self.gear = self._make_gear()

    @cached_property
    def activities(self) -> dict[int, Activity]:
        """By id; deleted ones stay here and are marked."""
        found: dict[int, Activity] = {}
        kinds = gear_by_kind(self.gear)
        for activity in plan(self.seeds, self.athlete_id, self._count, self.today, self.zone, kinds):
            self._put(found, activity)
        return found

    @cached_property
    def only_exported(self) -> list[Activity]:
        """Oldest first; their ids lead nowhere in the API."""
        count = max(2, self._count // EXPORT_ONLY_SHARE)
        begin = datetime.combine(self.today, time(10), UTC) - timedelta(days=3_000)
        found = []
        for index in range(count):
            start = int((begin + timedelta(days=index * 2_900 // count, minutes=17)).timestamp())
            activity = draw(
                self.seeds, self.athlete_id, 1_000_001 + index, start, self.zone, {}, 0.0, is_plain=True
            )
            self._number(self.activities, activity)
            found.append(activity)
        return found

    def latest_s(self) -> float:
        """The last second that has been, in the athlete's world."""
        newest = max((a.uploaded for a in self.activities.values()), default=0)
        return max(newest, int(datetime.combine(self.today, time(6), UTC).timestamp()))

    def activity(self, activity_id: int) -> Activity:
        if activity_id not in self.activities:
            raise ValueError(f"no such activity: {activity_id}")
        return self.activities[activity_id]

    def listed(self, with_private: bool) -> list[Activity]:
        """What a client may see, oldest first."""
        seen = [a for a in self.activities.values() if is_visible(a, with_private)]
        return sorted(seen, key=lambda activity: activity.order)

    def upload(self, start: int | None, sport: str | None, fields: Row) -> Activity:
        """A new activity, visible from now on whenever it happened; without a start it is the newest of all."""
        uploaded = int(self.latest_s()) + SINCE_UPLOAD_S
        newest = max((a.start for a in self.activities.values() if not a.deleted), default=0)
        kinds = gear_by_kind(self.gear)
        number = len(self.activities)
        begin = newest + 60 if start is None else start
        activity = draw(
            self.seeds, self.athlete_id, number, begin, self.zone, kinds, 1.0, sport, is_plain=True
        )
        if start is None:
            activity.start = max(begin, uploaded - activity.elapsed_time - 60)
            uploaded = max(uploaded, activity.start + activity.elapsed_time + 60)
        activity.uploaded = uploaded
        activity.id = id_at(uploaded) + number % 50
        activity.change(fields)
        self._put(self.activities, activity)
        return activity

    def _put(self, home: dict[int, Activity], activity: Activity) -> None:
        self._number(home, activity)
        home[activity.id] = activity

    def _number(self, taken: dict[int, Activity], activity: Activity) -> None:
        """Make the id one that no other activity has, of this athlete or another."""
        activity.id += (self.number - activity.id) % ATHLETES_AT_MOST
        while activity.id in taken:
            activity.id += ATHLETES_AT_MOST

    # -------------------------------------------------------------- gear, totals

    def _make_gear(self) -> list[Row]:
        """The oldest of each kind first; all but the newest two are retired."""
        rows = []
        for kind, count in (("b", BIKES), ("g", SHOES)):
            for place in range(count):
                rng = self.seeds.random(f"strava-gear-{kind}", f"{self.number}-{place}")
                brand, model = rng.choice(BRANDS), rng.choice(MODELS)
                rows.append(
                    {
                        "id": f"{kind}{9_000_000 + self.number * 100 + place + (50 if kind == 'g' else 0)}",
                        "primary": place == count - 1,
                        "name": f"{brand} {model}",
                        "nickname": ("", None, "Old faithful")[place % 3],
                        "retired": place < count - 2,
                        "brand_name": brand,
                        "model_name": model,
                        "weight": WEIGHTS_KG[place % len(WEIGHTS_KG)],
                        "description": "Invented." if place % 2 else None,
                    }
                )
        return rows

    def gear_row(self, gear_id: str | None, state: int) -> Row | None:
        """A piece of gear, as summaries (2) and its own address (3) give it."""
        item = next((item for item in self.gear if item["id"] == gear_id), None)
        if item is None:
            return None
        used = [a.distance for a in self.activities.values() if a.gear_id == gear_id and not a.deleted]
        metres = round(sum(used))
        row = {name: item[name] for name in ("id", "primary", "name", "nickname")}
        row |= {
            "resource_state": state,
            "retired": item["retired"],
            "distance": metres,
            "converted_distance": round(metres / 1_000, 1),
        }
        if state == 3:
            row |= {name: item[name] for name in ("brand_name", "model_name", "description")}
            if str(gear_id).startswith("b"):
                row |= {"frame_type": 3, "weight": item["weight"]}
            else:
                row |= {"notification_distance": 0}
        return row

    def stats(self) -> Row:
        """Totals of what everyone may see, so not of all."""
        moments = {"recent": self.today - RECENT, "all": date.min, "ytd": self.today.replace(month=1, day=1)}
        row: Row = {}
        for span, since in moments.items():
            for kind in STATS:
                found = [
                    a
                    for a in self.listed(with_private=False)
                    if a.visibility == "everyone"
                    and a.shown_local.date() >= since
                    and a.sport.type.removeprefix("Virtual").lower() == kind
                ]
                row[f"{span}_{kind}_totals"] = {
                    "count": len(found),
                    "distance": sum(a.distance for a in found),
                    "moving_time": sum(a.moving_time for a in found),
                    "elapsed_time": sum(a.elapsed_time for a in found),
                    "elevation_gain": sum(a.gain for a in found),
                    **({"achievement_count": 0} if span == "recent" else {}),
                }
        return row


def is_visible(activity: Activity, with_private: bool) -> bool:
    return not activity.deleted and (with_private or not activity.is_private)
