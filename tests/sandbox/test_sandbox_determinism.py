"""Same seed and options: the same bytes, from another process and in any order of asking."""

from __future__ import annotations

from probe import Probe

from sandbox.client import Sandbox

OPTIONS = {"rate": 0, "classes": 400, "until": "2024-06-30"}


def answers(probe: Probe, backwards: bool) -> dict[str, bytes]:
    ids = [row["id"] for row in probe.sandbox.classes()]
    paths = [
        "/api/v2/ride/archived",
        "/api/v2/ride/archived?browse_category=cycling&limit=100&page=1",
        "/api/instructor?limit=100",
        "/api/ride/metadata_mappings",
        "/api/browse_categories?library_type=on_demand",
        "/api/me",
        *(f"/api/ride/{class_id}/details" for class_id in ids[::5]),
    ]
    return {path: probe.get(path).body for path in (reversed(paths) if backwards else paths)}


def test_two_processes_answer_the_same_bytes() -> None:
    with Sandbox(seed=11, **OPTIONS) as one, Sandbox(seed=11, **OPTIONS) as two:
        assert one.refresh_token == two.refresh_token
        assert answers(Probe(one), backwards=False) == answers(Probe(two), backwards=True)
        assert one.publish(3) == two.publish(3)


def test_another_seed_is_another_library() -> None:
    with Sandbox(seed=11, **OPTIONS) as one, Sandbox(seed=12, **OPTIONS) as two:
        ids = [{row["id"] for row in sandbox.classes()} for sandbox in (one, two)]
        assert ids[0].isdisjoint(ids[1])
        assert one.refresh_token != two.refresh_token
