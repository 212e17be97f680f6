"""Who the members are: an id, a name, units, a home.

The first member is the one that the sandbox always had, under his old id and name, so that a run with one
member answers the same bytes as before there were more.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.peloton.seeds import Seeds

FIRST_USERNAME = "sandbox_member"
HOMES = (  # (IANA name, POSIX name) of one place
    ("America/New_York", "Etc/GMT+5"),
    ("Europe/Berlin", "Etc/GMT-1"),
    ("America/Los_Angeles", "Etc/GMT+8"),
    ("Pacific/Auckland", "Etc/GMT-12"),
)


@dataclass(frozen=True, slots=True)
class Member:
    number: int
    user_id: str
    username: str
    is_metric: bool
    """Whether speeds and distances are shown in kph and km; every second member."""
    home_zone: str
    home_posix_zone: str
    """The same place as newer devices write it: without summer time and with the sign turned round."""


def make_members(seeds: Seeds, count: int) -> tuple[Member, ...]:
    if count < 1:
        raise ValueError(f"there must be a member; members={count}")
    members = []
    for number in range(count):
        home_zone, home_posix_zone = HOMES[number % len(HOMES)]
        members.append(
            Member(
                number=number,
                user_id=seeds.hex_id("member", number + 1),
                username=f"rider_{number}" if number else FIRST_USERNAME,
                is_metric=number % 2 == 1,
                home_zone=home_zone,
                home_posix_zone=home_posix_zone,
            )
        )
    return tuple(members)
