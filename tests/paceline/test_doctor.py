"""`paceline doctor` and `paceline status` as a person runs them: exit codes, cures, no request, no token spent."""

from __future__ import annotations

import json
from pathlib import Path

from command import Home, together

from sandbox.client import Sandbox


def test_an_empty_folder_is_well(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    told, facts = together(lambda: home.run("doctor"), lambda: home.run("doctor", "--json"))
    assert (told.code, facts.code, facts.facts) == (0, 0, [])
    assert "All is well" in told.out


def test_what_is_broken_is_told_with_its_cure_and_nothing_is_spent(
    library: Home, library_sandbox: Sandbox, tmp_path: Path
) -> None:
    home = library.copy(tmp_path / "data", library_sandbox)
    tokens = home.path / "state" / "tokens"
    tokens.mkdir(mode=0o700)
    dead = {"access_token": "a-secret", "refresh_token": "another", "refresh_sent": "x", "obtained_at": 1.7e9}
    (tokens / "peloton.json").write_text(json.dumps({"accounts": {"me": dead}}))
    home.warehouse.chmod(0o644)
    home.warehouse.write_bytes(b"nothing")
    before = (tokens / "peloton.json").read_bytes(), len(library_sandbox.requests())
    told, facts = together(lambda: home.run("doctor"), lambda: home.run("doctor", "--json"))
    assert (told.code, facts.code) == (1, 1)
    broken = {row["area"]: row for row in facts.facts if row["severity"] == "broken"}
    assert broken.keys() == {"sign-in", "warehouse"}
    assert "paceline login peloton --account me" in broken["sign-in"]["cure"]
    assert "paceline rebuild" in broken["warehouse"]["cure"]
    assert "paceline login peloton --account me" in told.out
    assert ((tokens / "peloton.json").read_bytes(), len(library_sandbox.requests())) == before
    assert "a-secret" not in told.out + told.err + facts.out + facts.err


def test_status_shows_months_as_signs_and_what_is_left_in_words(library: Home) -> None:
    told, json_told = together(lambda: library.run("status"), lambda: library.run("status", "--json"))
    facts = json_told.facts
    of_2024 = next(
        row for row in facts["coverage"] if (row["resource"], row["year"]) == ("ride_list", "2024")
    )
    assert of_2024["months"].count("complete") == 1 and of_2024["months"].count("unknown") == 11
    signs = {"complete": "#", "unknown": "?", "incomplete": "!"}
    line = next(line for line in told.out.splitlines() if line.startswith("peloton ride_list 2024"))
    assert line.split()[3:] == [signs[month] for month in of_2024["months"]]
    left = {row["resource"]: row for row in facts["backlog"] if row["source"] == "peloton"}
    assert left["ride_list"]["is_at_least"] and left["ride_list"]["months_left"] > 11
    requests = sum(row["requests_left"] for row in left.values())
    assert f"peloton: at least {requests:,} requests left" in told.out
    assert {row["room"] for row in facts["sizes"]} >= {"landing", "lake", "warehouse", "disk free"}
    stored = library.state("SELECT resource, requests_left FROM backlog WHERE source = 'peloton'")
    assert dict(stored) == {name: row["requests_left"] for name, row in left.items()}
