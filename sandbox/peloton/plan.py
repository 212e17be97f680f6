"""What happens during a class: segments, cues, targets, and the averages of those who took it.

Offsets of cues and targets are seconds of the video and their `end` is the last second that still
belongs, so a length is end - start + 1. Power Zone classes have zones as targets, an FTP test none.
"""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

from sandbox.peloton.classes import PelotonClass
from sandbox.peloton.playlists import pedaling_start_s
from sandbox.peloton.seeds import Seeds, image_url
from sandbox.peloton.vocabulary import MUSCLES
from sandbox.peloton.words import CUE_NAMES, EXERCISE_NAMES

BIKE_DISCIPLINES = {"cycling", "bike_bootcamp"}
GRAPH_STEP_S = 15
GRAPH_POINTS_MAX = 40
CUE_COUNT_MAX = 10
SHORT_CLASS_MINUTES = 10
LONG_CLASS_PARTS = ("Warmup", "Main Part", "Main Part", "Cool Down")
ZONES = {"endurance": (2, 3), "power_zone": (3, 5), "max": (4, 7)}

Span = tuple[int, int]


def segments_payload(seeds: Seeds, cls: PelotonClass, is_old: bool) -> dict[str, Any]:
    rng = seeds.random("segments", cls.number)
    names = (
        ["Warmup", "Main Part", "Main Part", "Cool Down"]
        if cls.minutes > SHORT_CLASS_MINUTES
        else ["Main Part"]
    )
    length_s = cls.duration_s // len(names)
    segments = [
        _segment(seeds, cls, rng, name, position, length_s, is_old) for position, name in enumerate(names)
    ]
    share = str(round(1 / len(names), 4))
    payload: dict[str, Any] = {
        "segment_list": segments,
        "segment_category_distribution": dict.fromkeys(
            [f"{cls.kind.discipline} {name}" for name in names], share
        ),
        "segment_body_focus_distribution": {"cardio": "1.0", "core": share},
    }
    return payload if is_old else payload | {"movements_by_weight_category": {}}


def _segment(
    seeds: Seeds, cls: PelotonClass, rng: Random, name: str, position: int, length_s: int, is_old: bool
) -> dict[str, Any]:
    slug = name.lower().replace(" ", "_")
    segment: dict[str, Any] = {
        "id": seeds.hex_id("segment", f"{cls.number}/{position}"),
        "name": name,
        "length": length_s,
        "start_time_offset": position * length_s,
        "icon_url": image_url("segment-icons", slug),
        "icon_name": slug,
        "icon_slug": slug,
        "intensity_in_mets": rng.choice((3.5, 6.0, 6.5)),
        "metrics_type": cls.kind.discipline,
    }
    if is_old:
        return segment
    part_count = 2 if cls.minutes <= SHORT_CLASS_MINUTES else 1
    names = rng.sample(CUE_NAMES if cls.kind.discipline in BIKE_DISCIPLINES else EXERCISE_NAMES, part_count)
    part_s = length_s // part_count
    return segment | {
        "is_drill": False,
        "is_transition": False,
        "subsegments_v2": [
            _subsegment(seeds, rng, name, part * part_s, part_s) for part, name in enumerate(names)
        ],
    }


def _subsegment(seeds: Seeds, rng: Random, name: str, offset_s: int, length_s: int) -> dict[str, Any]:
    muscles = sorted(rng.sample(MUSCLES, 3))
    return {
        "id": seeds.hex_id("subsegment", f"{name}/{offset_s}/{length_s}"),
        "type": "movement",
        "length": length_s,
        "offset": offset_s,
        "rounds": None,
        "movements": [
            {
                "id": seeds.hex_id("movement", name),
                "name": name,
                "note": None,
                "slug": None,
                "image_url": None,
                "skill_level": "intermediate",
                "muscle_groups": [
                    {"ranking": rng.randint(1, 3), "display_name": muscle.title(), "muscle_group": muscle}
                    for muscle in muscles
                ],
                "long_video_url": None,
                "movement_videos": [],
                "short_video_url": None,
                "talkback_description": f"Called out as {name.lower()}.",
            }
        ],
        "display_name": name,
        "scheduled_offset": offset_s,
        "trackable_movements_disabled": True,
    }


def spans_of(cls: PelotonClass, count: int) -> list[Span]:
    """The class cut into `count` parts without a gap, first and last second of each."""
    start, length_s = pedaling_start_s(cls), cls.duration_s
    edges = [start + length_s * part // count for part in range(count + 1)]
    return [(first, following - 1) for first, following in pairwise(edges)]


def targets_payload(seeds: Seeds, cls: PelotonClass) -> dict[str, Any]:
    """The three fields about targets: `target_metrics_data`, `instructor_cues`, `target_class_metrics`."""
    rng = seeds.random("targets", cls.number)
    spans = spans_of(cls, min(CUE_COUNT_MAX, max(3, cls.minutes // 3)))
    on_bike = cls.kind.discipline == "cycling" and not cls.kind.is_scenic and not cls.kind.is_ftp_test
    levels = [(rng.randrange(60, 100, 5), rng.randrange(25, 55)) for _ in spans] if on_bike else []
    targets: list[dict[str, Any]] = []
    if cls.kind.power_zone is not None:
        zones = [1, *(rng.randint(*ZONES[cls.kind.power_zone]) for _ in spans[1:-1]), 1]
        targets = [
            _target(span, "power_zone", power_zone=(zone, zone))
            for span, zone in zip(spans, zones, strict=True)
        ]
    elif on_bike:
        targets = [
            _target(span, "cycling", resistance=(res, res + 10), cadence=(cad, cad + 15))
            for span, (cad, res) in zip(spans, levels, strict=True)
        ]
    low_output = cls.minutes * 5 if on_bike else 0
    output = {"expected_lower_output": low_output, "expected_upper_output": low_output * 2}
    return {
        "target_metrics_data": {"target_metrics": targets, "total_expected_output": output},
        "instructor_cues": [
            {
                "offsets": {"start": span[0], "end": span[1]},
                "resistance_range": {"upper": res + 10, "lower": res},
                "cadence_range": {"upper": cad + 15, "lower": cad},
            }
            for span, (cad, res) in zip(spans, levels, strict=False)
        ],
        "target_class_metrics": {
            "target_graph_metrics": [
                _graph("cadence", [cad for cad, _ in levels], 15, cls),
                _graph("resistance", [res for _, res in levels], 10, cls),
            ]
            if levels
            else [],
            "total_expected_output": output,
        },
    }


def _target(span: Span, segment_type: str, **ranges: tuple[int, int]) -> dict[str, Any]:
    return {
        "offsets": {"start": span[0], "end": span[1]},
        "segment_type": segment_type,
        "metrics": [{"name": name, "lower": low, "upper": high} for name, (low, high) in ranges.items()],
    }


def _graph(name: str, lower: list[int], width: int, cls: PelotonClass) -> dict[str, Any]:
    points = min(GRAPH_POINTS_MAX, cls.duration_s // GRAPH_STEP_S)
    lows = [lower[point * len(lower) // points] for point in range(points)]
    return {
        "graph_data": {
            "upper": [low + width for low in lows],
            "lower": lows,
            "average": [low + width // 2 for low in lows],
        },
        "max": max(lower) + width,
        "min": min(lower),
        "average": sum(lows) // points,
        "type": name,
    }


def averages_payload(seeds: Seeds, cls: PelotonClass, is_old: bool) -> dict[str, Any]:
    rng = seeds.random("averages", cls.number)
    on_bike = cls.kind.discipline in BIKE_DISCIPLINES
    power_w = rng.randint(90, 170) if on_bike else 0
    averages: dict[str, Any] = {
        "average_total_work": power_w * cls.duration_s // 1000,
        "average_distance": round(cls.minutes * rng.uniform(0.2, 0.3), 2),
        "average_calories": cls.minutes * rng.randint(4, 11),
        "average_avg_power": power_w,
        "average_avg_speed": round(rng.uniform(12, 20), 1),
        "average_avg_cadence": rng.randint(60, 90) if on_bike else 0,
        "average_avg_resistance": rng.randint(35, 50) if on_bike else 0,
    }
    return (
        averages
        if is_old
        else averages | {"average_effort_score": None, "total_heart_rate_zone_durations": None}
    )


def muscle_scores(seeds: Seeds, cls: PelotonClass) -> list[dict[str, Any]]:
    rng = seeds.random("muscles", cls.number)
    scores = [rng.randrange(120, 1000, 60) for _ in MUSCLES]
    return [
        {
            "muscle_group": muscle,
            "display_name": muscle.title(),
            "score": score,
            "percentage": round(100 * score / sum(scores)),
            "bucket": 1 + score // 350,
        }
        for muscle, score in zip(MUSCLES, scores, strict=True)
    ]
