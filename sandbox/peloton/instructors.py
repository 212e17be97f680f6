"""The invented instructors: people, retired people, and groups who teach together.

A retired instructor still has classes and appears in side tables, but is missing from the
instructor list. A group is an instructor of its own whose `individual_instructor_ids` name two others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.peloton.seeds import Seeds, image_url
from sandbox.peloton.vocabulary import DISCIPLINES
from sandbox.peloton.words import INSTRUCTOR_NAMES, SENTENCES, THEMES

RETIRED_COUNT = 4
RETIRED_SINCE_YEAR = 2022
GROUPS = ((0, 5), (2, 11), (8, 17))  # positions of the two who teach together
FIRST_DISCIPLINES = ("cycling", "running", "strength", "yoga", "meditation", "cycling")


@dataclass(frozen=True, slots=True)
class Instructor:
    id: str
    name: str
    position: int
    disciplines: tuple[str, ...]
    is_retired: bool = False
    member_ids: tuple[str, ...] = ()


class Faculty:
    """All instructors, and who may teach what."""

    def __init__(self, seeds: Seeds) -> None:
        self.all = make_instructors(seeds)
        self.groups = [i for i in self.all if i.member_ids]
        self._teachers: dict[tuple[str, bool], list[Instructor]] = {}

    def teachers(self, discipline: str, with_retired: bool) -> list[Instructor]:
        key = (discipline, with_retired)
        if key not in self._teachers:
            people = [i for i in self.all if not i.member_ids and (with_retired or not i.is_retired)]
            self._teachers[key] = [i for i in people if discipline in i.disciplines] or people
        return self._teachers[key]


def make_instructors(seeds: Seeds) -> tuple[Instructor, ...]:
    """People first, retired ones last among them, then the groups."""
    people = [_person(seeds, position, name) for position, name in enumerate(INSTRUCTOR_NAMES)]
    groups = [
        Instructor(
            id=seeds.hex_id("instructor-group", f"{a}+{b}"),
            name=f"{people[a].name.split()[0]} & {people[b].name.split()[0]}",
            position=len(people) + number,
            disciplines=people[a].disciplines,
            member_ids=(people[a].id, people[b].id),
        )
        for number, (a, b) in enumerate(GROUPS)
    ]
    return (*people, *groups)


def _person(seeds: Seeds, position: int, name: str) -> Instructor:
    names = list(DISCIPLINES)
    rng = seeds.random("instructor", position)
    first = (
        FIRST_DISCIPLINES[position % len(FIRST_DISCIPLINES)]
        if position % 2
        else names[position // 2 % len(names)]
    )
    return Instructor(
        id=seeds.hex_id("instructor", position),
        name=name,
        position=position,
        disciplines=tuple(dict.fromkeys([first, *rng.sample(names, 3)])),
        is_retired=position >= len(INSTRUCTOR_NAMES) - RETIRED_COUNT,
    )


def instructor_row(seeds: Seeds, instructor: Instructor) -> dict[str, Any]:
    """One instructor as the side table of the class list and `/api/instructor` show it."""
    rng = seeds.random("instructor-row", instructor.position)
    first, _, last = instructor.name.partition(" ")
    picture = {
        name: image_url(f"instructors/{name}", instructor.id[:12])
        for name in ("portrait", "wide", "hero", "about", "dark", "phone", "list")
    }
    return {
        "id": instructor.id,
        "bio": " ".join(rng.sample(SENTENCES, 3)),
        "short_bio": rng.choice(SENTENCES),
        "coach_type": "peloton_coach",
        "is_filterable": not instructor.is_retired,
        "is_instructor_group": bool(instructor.member_ids),
        "individual_instructor_ids": list(instructor.member_ids),
        "is_visible": not instructor.is_retired,
        "is_announced": True,
        "list_order": instructor.position + 1,
        "featured_profile": not instructor.member_ids,
        "film_link": "",
        "facebook_fan_page": "",
        "music_bio": "",
        "spotify_playlist_uri": "",
        "background": rng.choice(SENTENCES),
        "ordered_q_and_as": [
            ["What do you like to teach?", f"Anything with {rng.choice(THEMES)} in its name."],
            ["And at home?", rng.choice(SENTENCES)],
            ["", ""],
        ],
        "instagram_profile": "",
        "strava_profile": "",
        "twitter_profile": "",
        "quote": rng.choice(SENTENCES),
        "username": f"{first}_{instructor.position}",
        "name": instructor.name,
        "first_name": first,
        "last_name": last,
        "user_id": seeds.hex_id("instructor-user", instructor.position),
        "life_style_image_url": picture["wide"],
        "bike_instructor_list_display_image_url": None,
        "web_instructor_list_display_image_url": picture["list"],
        "ios_instructor_list_display_image_url": picture["phone"],
        "about_image_url": picture["about"],
        "image_url": picture["portrait"],
        "jumbotron_url": None,
        "jumbotron_url_dark": picture["dark"],
        "jumbotron_url_ios": picture["phone"],
        "web_instructor_list_gif_image_url": None,
        "instructor_hero_image_url": picture["hero"],
        "workout_share_images": [
            {"fitness_discipline": slug, "image_url": image_url("share", slug)}
            for slug in instructor.disciplines
        ],
        "fitness_disciplines": list(instructor.disciplines),
    }


def instructor_in_details(row: dict[str, Any]) -> dict[str, Any]:
    """The same instructor inside a class's details, where three more fields are shown."""
    return row | {"is_active": row["is_visible"], "default_cue_delay": 5, "default_cross_fade": 0}
