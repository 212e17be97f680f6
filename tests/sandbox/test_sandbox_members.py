"""Members: each has an id, a name and a family of tokens of his own, and sees only his own things."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from probe import Probe

from sandbox.client import Sandbox, SandboxError


@pytest.fixture
def two() -> Iterator[tuple[Probe, Probe]]:
    with Sandbox(rate=0, classes=60, workouts=12, members=2) as sandbox:
        yield Probe(sandbox), Probe(sandbox, member=1)


def test_each_member_is_who_the_greeting_says(two: tuple[Probe, Probe]) -> None:
    members = two[0].sandbox.members
    assert len({member["user_id"] for member in members}) == 2
    assert [member["username"] for member in members] == ["sandbox_member", "rider_1"]
    assert members[0]["refresh_token"] == two[0].sandbox.refresh_token
    for probe, member in zip(two, members, strict=True):
        me = probe.get("/api/me").json
        assert (me["id"], me["username"], me["total_workouts"]) == (
            member["user_id"],
            member["username"],
            12,
        )
        assert len(me["id"]) == 32
        probe.sign_in()
        assert probe.get("/api/me").json["id"] == member["user_id"], "a rotated token stays in the family"


def test_one_member_changes_nothing_for_the_first(two: tuple[Probe, Probe]) -> None:
    with Sandbox(rate=0, classes=60) as alone:
        assert alone.refresh_token == two[0].sandbox.refresh_token
        assert len(alone.members) == 1
        assert Probe(alone).get("/api/me").json["id"] == two[0].user_id


def test_another_members_things_are_refused(two: tuple[Probe, Probe]) -> None:
    one, other = two
    id_ = other.workouts()["data"][0]["id"]
    for path in (f"/api/user/{other.user_id}/workouts", f"/api/workout/{id_}"):
        reply = one.get(path)
        assert (reply.status, reply.json["error_code"]) == (403, 3030), path
        assert other.get(path).status == 200
    for path in (f"/api/user/{'0' * 32}/workouts", f"/api/workout/{'0' * 32}"):
        reply = one.get(path)
        assert (reply.status, reply.json["error_code"]) == (404, 110), path


def test_tokens_of_one_member_or_of_all_are_ended(two: tuple[Probe, Probe]) -> None:
    one, other = two
    one.sandbox.expire_tokens(member=1)
    assert [probe.get("/api/me").status for probe in two] == [200, 401]
    one.sandbox.expire_tokens()
    assert [probe.get("/api/me").status for probe in two] == [401, 401]
    one.sandbox.control("revoke_refresh_tokens", {"member": 0})
    assert [probe.refresh().status for probe in two] == [403, 200]
    one.sandbox.control("revoke_refresh_tokens", {})
    assert other.refresh().status == 403
    with pytest.raises(SandboxError, match="no member 2"):
        one.sandbox.expire_tokens(member=2)


def test_there_must_be_a_member() -> None:
    with pytest.raises(SandboxError):
        Sandbox(rate=0, classes=5, members=0).start()
