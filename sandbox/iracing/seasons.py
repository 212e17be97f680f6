"""A season: its name, its weeks, and the object that series/seasons shows of it.

Weeks are built when somebody asks for them, for a library of a hundred series has thousands of past seasons.
Once built they are the truth: control actions edit them in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from sandbox.iracing.catalogue import Catalogue
from sandbox.iracing.patterns import KINDS, PlannedWeek, every
from sandbox.iracing.quarters import Quarter
from sandbox.iracing.series import Series
from sandbox.iracing.weeks import SeasonName, Week, is_heat, track_reference, week_document
from sandbox.peloton.seeds import Seeds

SHORT_SEASON_WEEKS = 4  # three such seasons made a quarter before 2014
TOUR_FIRST_DAY = 56  # of the year's first quarter

HEAT_COUNTS = [
    "consolation_delta_max_field_size",
    "consolation_delta_session_laps",
    "consolation_delta_session_length_minutes",
    "consolation_first_max_field_size",
    "consolation_first_session_laps",
    "consolation_first_session_length_minutes",
    "consolation_num_position_to_invert",
    "consolation_num_to_consolation",
    "consolation_num_to_main",
    "cust_id",
    "heat_caution_type",
    "heat_laps",
    "heat_length_minutes",
    "heat_max_field_size",
    "heat_num_from_each_to_main",
    "heat_num_position_to_invert",
    "heat_session_minutes_estimate",
    "main_laps",
    "main_length_minutes",
    "main_max_field_size",
    "main_num_position_to_invert",
    "max_entrants",
    "pre_main_practice_length_minutes",
    "pre_qual_num_to_main",
    "pre_qual_practice_length_minutes",
    "qual_caution_type",
    "qual_laps",
    "qual_length_minutes",
    "qual_num_to_main",
    "qual_open_delay_seconds",
    "qual_scoring",
    "qual_style",
    "race_style",
]


class Season:
    """One season of one series; `letter` tells the short seasons of one quarter apart."""

    def __init__(
        self,
        seeds: Seeds,
        catalogue: Catalogue,
        series: Series,
        quarter: Quarter,
        season_id: int,
        letter: str = "",
        active: bool = False,
        weeks_planned: Sequence[PlannedWeek] | None = None,
    ) -> None:
        self._seeds = seeds
        self._catalogue = catalogue
        self.series = series
        self.quarter = quarter
        self.season_id = season_id
        self.letter = letter
        self.active = active
        if weeks_planned is not None:
            self.planned = list(weeks_planned)

    @property
    def short_name(self) -> str:
        if self.series.kind == "tour":
            return f"{self.quarter.year} Season "
        if self.series.kind == "week_13":
            return f"{self.quarter.title} - 13th Week"
        return f"{self.quarter.title}{self.letter}"

    @property
    def name(self) -> str:
        return f"{self.series.name} - {self.short_name.strip()}{' Fixed' if self.series.is_fixed else ''}"

    @cached_property
    def planned(self) -> list[PlannedWeek]:
        rng = self._seeds.random("iracing-plan", self.season_id)
        start = self.quarter.start
        if self.letter:
            first = start + timedelta(weeks=SHORT_SEASON_WEEKS * (ord(self.letter) - ord("A")))
            days = [first + timedelta(weeks=number) for number in range(SHORT_SEASON_WEEKS)]
            return [PlannedWeek(day, [every(day, "00:15", 120, 60)]) for day in days]
        if self.series.kind == "tour":
            start += timedelta(days=TOUR_FIRST_DAY)
        return KINDS[self.series.kind](rng, start)

    @cached_property
    def tracks(self) -> list[dict[str, Any]]:
        """The track of each week as planned, before anybody edits a week."""
        rng = self._seeds.random("iracing-tracks", self.season_id)
        choice = self._catalogue.tracks_of(self.series.category, with_retired=self.quarter.year < 2015)
        return [rng.choice(choice) for _ in self.planned]

    @cached_property
    def weeks(self) -> list[Week]:
        name = SeasonName(self.season_id, self.name, self.quarter, self.series)
        return [
            week_document(
                self._seeds.random("iracing-week", f"{self.season_id}/{number}"),
                self._catalogue,
                name,
                number,
                planned,
                track,
            )
            for number, (planned, track) in enumerate(zip(self.planned, self.tracks, strict=True))
        ]

    def week_tracks(self) -> list[dict[str, Any]]:
        """Track references of all weeks, edits included, without building weeks that nobody asked for."""
        if "weeks" in self.__dict__:
            return [
                {key: value for key, value in week["track"].items() if not key.startswith("category")}
                for week in self.weeks
            ]
        return [track_reference(track, with_category=False) for track in self.tracks]

    def race_week(self, today: date) -> int:
        """The first week not yet over, or the last one."""
        now = datetime.combine(today, datetime.min.time(), UTC)
        ends = [datetime.fromisoformat(week["week_end_time"]) for week in self.weeks]
        return next((number for number, end in enumerate(ends) if end >= now), len(ends) - 1)

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The season level of series/seasons; `race_week`, `max_weeks` and `active` are set at each answer."""
        series, rng = self.series, self._seeds.random("iracing-season", self.season_id)
        is_endurance = series.kind == "endurance"
        is_oval = series.category in ("oval", "dirt_oval")
        early = timedelta(days=rng.choice([0, 0, 0, 2]))
        kinds = {self._catalogue.car_class(class_id)["short_name"].lower() for class_id in series.class_ids}
        row: dict[str, Any] = {
            "season_id": self.season_id,
            "season_name": self.name,
            "active": True,
            "allowed_season_members": None,
            "car_class_ids": list(series.class_ids),
            "car_switching": series.kind == "rotating",
            "car_types": [{"car_type": kind} for kind in sorted(kinds)],
            "caution_laps_do_not_count": False,
            "complete": False,
            "connection_black_flag": True,
            "consec_caution_within_nlaps": 2 if is_oval else 0,
            "consec_cautions_single_file": False,
            "cross_license": rng.random() < 0.3,
            "distributed_matchmaking": False,
            "driver_change_rule": 1 if is_endurance else 0,
            "driver_changes": is_endurance,
            "drops": rng.randint(0, 7),
            "enable_pitlane_collisions": False,
            "fixed_setup": series.is_fixed,
            "green_white_checkered_limit": 3 if is_oval else 0,
            "grid_by_class": len(series.class_ids) > 1,
            "hardcore_level": 1,
            "has_supersessions": series.kind in ("with_super_session", "simultaneous"),
            "ignore_license_for_practice": True,
            "incident_limit": 17,
            "incident_warn_mode": 1,
            "incident_warn_param1": 17,
            "incident_warn_param2": 0,
            "is_heat_racing": is_heat(series),
            "license_group": series.license_group,
            "license_group_types": [{"license_group_type": series.license_group}],
            "lucky_dog": is_oval,
            "max_team_drivers": 16 if is_endurance else 1,
            "max_weeks": len(self.planned),
            "min_team_drivers": 2 if is_endurance else 1,
            "multiclass": len(series.class_ids) > 1,
            "must_use_diff_tire_types_in_race": False,
            "next_race_session": None,
            "num_fast_tows": 0 if rng.random() < 0.8 else -1,
            "num_opt_laps": 0,
            "official": series.is_official,
            "op_duration": 120,
            "open_practice_session_type_id": 170,
            "qualifier_must_start_race": False,
            "race_week": 0,
            "race_week_to_make_divisions": 0,
            "reg_user_count": 0,
            "region_competition": True,
            "restrict_by_member": False,
            "restrict_to_car": False,
            "restrict_viewing": False,
            "schedule_description": f"{series.kind.replace('_', ' ').capitalize()} ",
            "season_quarter": self.quarter.quarter,
            "season_short_name": self.short_name,
            "season_year": self.quarter.year,
            "send_to_open_practice": True,
            "series_id": series.series_id,
            "short_parade_lap": False,
            "start_date": f"{(self.planned[0].start - early).isoformat()}T00:00:00Z",
            "start_on_qual_tire": False,
            "start_zone": is_oval,
            "track_types": [{"track_type": self.tracks[0]["category"]}],
            "unsport_conduct_rule_mode": 0,
        }
        if is_heat(series):
            row["heat_ses_info"] = self._heats()
        if series.number % 12 == 6:
            row["reg_open_minutes"] = 15
        return row

    def _heats(self) -> dict[str, Any]:
        flags = dict.fromkeys(("consolation_run_always", "consolation_scores_champ_points", "hidden"), False)
        flags |= dict.fromkeys(
            ("heat_scores_champ_points", "open_practice", "qual_scores_champ_points"), True
        )
        texts = {
            "created": f"{self.quarter.start.isoformat()}T17:38:41Z",
            "description": "30 Entries\r\n3 heats, then the feature",
            "heat_info_name": f"{self.quarter.year} heats",
        }
        counts = {name: number % 12 for number, name in enumerate(HEAT_COUNTS)}
        return dict(sorted({**counts, "heat_info_id": 180_000 + self.season_id, **flags, **texts}.items()))
