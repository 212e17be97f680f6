"""The song search and its command, on an invented library built by the project's own path."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bench.song_queries import KINDS, read_questions, recorded_tracks, write_questions
from paceline import songs
from paceline.show import out
from paceline.song_filters import Question
from paceline.song_search import SongSearch
from resources.errors import StorageProblem, UsageProblem
from resources.lake import Lake
from resources.settings import CHECKOUT
from resources.state import State
from resources.warehouse import open_warehouse, publish
from tests.paceline.invented_songs import (
    LETTERS,
    PlayedClass,
    Track,
    build_warehouse,
    invent_classes,
    invent_tracks,
    is_right,
    make_queries,
)

TRACKS, PLAYS, PER_KIND = 3_000, 9_000, 40
# Of 40 questions of a kind, how many have their track among the first ten. Measured here: all, for every kind.
RIGHT_AT_LEAST = {
    "exact": 40,
    "one typo": 39,
    "two typos": 38,
    "swapped words": 40,
    "accents dropped": 40,
    "half title": 39,
    "artist then title": 40,
    "title then artist": 39,
    "artist, title, typo": 39,
}
CONTRACT = [
    "track_title", "artist_names", "album_name", "ride_id", "ride_title", "instructor_name",
    "fitness_discipline", "duration_s", "air_time", "start_offset_s", "score",
]  # fmt: skip

FIRST_TEN = "SELECT title, artist_names FROM peloton.find_songs($query) LIMIT 10"

TRICKY = [
    Track("夜空の自転車道", ("月影楽団",), "月の本"),
    Track("طريق القمر الطويل", ("فرقة الواحة",)),
    Track("Тихий трамвай домой", ("Ансамбль Ветвь",)),
    Track("Señora Crème Brûlée", ("Bëyondra",)),
    Track("🛼🌋", ("Emojette",)),
    Track("Don't Stall the Rockin' Engine", ("Fuseboxers",)),
    Track("Velvet Quarry (feat. Dj Umbra)", ("Marrowline", "Dj Umbra")),
    Track("Salt & Cinder", ("Wick & Tallow",), "Ashes of Cinder"),
    Track("The Orchard Wakes", ("The Pomologists",)),
    Track("Orbit Machine", ("Quillfeather",)),
    Track("Orbit Machine - Umbra Remix", ("Quillfeather",)),
    Track("Lighthouse", ("Anna Okbo",)),
    Track("Lighthouse", ("Bertil Rund",)),
    Track("Paperweight", ("Zoë Marrón",)),
    Track("Glasswork", ("Zoe Marron",)),
    Track("Some Body Else's Somewhere", ("Kite9",)),
    Track("99.9 Percent", ("!?!",)),
    Track("\x1b[31mred[/]\n[bold]loud[/bold] \x00\u202eevil", ("[link=file:///]x[/link]",)),
    Track("'); DROP TABLE rides; --", ("%s {x} $1",)),
]


def _class(number: int, track: Track, **changes: Any) -> PlayedClass:
    values: dict[str, Any] = {
        "ride_id": f"tricky{number}",
        "title": f"30 min ride {number}",
        "instructor": 0,
        "discipline": "cycling",
        "minutes": 30,
        "air_time": datetime(2024, 3, 1, 9, tzinfo=UTC) + timedelta(hours=number),
        "tracks": (track,),
    }
    return PlayedClass(**(values | changes))


def _tricky_classes() -> list[PlayedClass]:
    """One class a track; the remix is played most, one Lighthouse twice, Orbit Machine in various classes."""
    orbit, remix, lighthouse = TRICKY[9], TRICKY[10], TRICKY[12]
    return [
        *(_class(number, track) for number, track in enumerate(TRICKY)),
        *(_class(100 + number, remix) for number in range(5)),
        _class(200, lighthouse),
        _class(301, orbit, instructor=1, minutes=20, discipline="caesar"),
        _class(302, orbit, instructor=2, air_time=datetime(2025, 6, 1, tzinfo=UTC)),
        _class(303, orbit, instructor=3, discipline="caesar_bootcamp", tracks=(lighthouse, orbit)),
    ]


@pytest.fixture(scope="module")
def library() -> list[Track]:
    return invent_tracks(TRACKS)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, library: list[Track]) -> Path:
    """A data folder with a published warehouse; one class of Orbit Machine was removed."""
    folder = tmp_path_factory.mktemp("songs")
    classes = [*invent_classes(library, PLAYS), *_tricky_classes()]
    build_warehouse(folder, classes, removed=[_class(400, TRICKY[9], title="a removed ride")])
    return folder


@pytest.fixture(scope="module")
def warehouse(data: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(data / "warehouse.duckdb") as connection:
        yield connection


@pytest.fixture
def find(warehouse: duckdb.DuckDBPyConnection) -> Callable[[str | None], list[str]]:
    """Titles that the macro finds, best first."""

    def ask(query: str | None) -> list[str]:
        found = warehouse.execute("SELECT title FROM peloton.find_songs($query)", {"query": query})
        return [row[0] for row in found.fetchall()]

    return ask


@pytest.fixture
def command(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command in this process; errors meant for a person are raised."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PACELINE_DATA_DIR", str(data))
    app = typer.Typer()
    songs.register(app)

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, list(arguments))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def hits(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


# ------------------------------------------------------------------ the macros


@pytest.mark.tier("N")
def test_recall(warehouse: duckdb.DuckDBPyConnection, library: list[Track]) -> None:
    right = dict.fromkeys(RIGHT_AT_LEAST, 0)
    for query in make_queries(library, PER_KIND):
        found = warehouse.execute(FIRST_TEN, {"query": query.text}).fetchall()
        right[query.kind] += any(is_right(query, title, artists) for title, artists in found)
    assert {kind: count for kind, count in right.items() if count < RIGHT_AT_LEAST[kind]} == {}


def test_random_letters_find_nothing(find: Callable[[str], list[str]], draw: random.Random) -> None:
    questions = [
        " ".join("".join(draw.choices(LETTERS, k=draw.randint(5, 9))) for _ in range(draw.randint(1, 3)))
        for _ in range(50)
    ]
    assert sum(not find(question) for question in questions) >= 47


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("夜空の自転車道", "夜空の自転車道"),
        ("自転車道", "夜空の自転車道"),
        ("月影楽団 夜空", "夜空の自転車道"),
        ("夜空の自転車道月影楽団", "夜空の自転車道"),
        ("القمر الطويل", "طريق القمر الطويل"),
        ("طريق القمز الطويل", "طريق القمر الطويل"),
        ("тихий трамвай", "Тихий трамвай домой"),
        ("тихй трамвай домой", "Тихий трамвай домой"),
        ("senora creme brulee", "Señora Crème Brûlée"),
        ("brulee bëyondra", "Señora Crème Brûlée"),
        ("🛼🌋", "🛼🌋"),
        ("🌋", "🛼🌋"),
        ("dont stall the rockin engine", "Don't Stall the Rockin' Engine"),
        ("don’t stall rocking engine", "Don't Stall the Rockin' Engine"),
        ("velvet quarry", "Velvet Quarry (feat. Dj Umbra)"),
        ("velvet quarry featuring dj umbra", "Velvet Quarry (feat. Dj Umbra)"),
        ("dj umbra ft velvet quarry", "Velvet Quarry (feat. Dj Umbra)"),
        ("salt and cinder", "Salt & Cinder"),
        ("salt cinder wick and tallow", "Salt & Cinder"),
        ("orchard wakes", "The Orchard Wakes"),
        ("the orchard wakes by the pomologists", "The Orchard Wakes"),
        ("orbit machine", "Orbit Machine"),
        ("orbit machine remix", "Orbit Machine - Umbra Remix"),
        ("somebody else's some where", "Some Body Else's Somewhere"),
        ("bertil lighthouse", "Lighthouse"),
        ("99 9 percent", "99.9 Percent"),
        ("drop table rides", "'); DROP TABLE rides; --"),
    ],
)
def test_tricky_titles_come_first(find: Callable[[str], list[str]], query: str, title: str) -> None:
    assert find(query)[:1] == [title]


def test_same_title_is_ranked_by_plays(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        "SELECT artist_names[1], plays, score FROM peloton.find_songs('lighthouse') WHERE title = 'Lighthouse'"
    )
    assert found.fetchall() == [("Bertil Rund", 3, 1.0), ("Anna Okbo", 1, 1.0)]


def test_two_spellings_of_an_artist_are_found_as_one(find: Callable[[str], list[str]]) -> None:
    assert {*find("zoe marron")[:2]} == {*find("Zoë Marrón")[:2]} == {"Paperweight", "Glasswork"}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("velvet quarry", "title"),
        ("fuseboxers", "artist"),
        ("quillfeather orbit", "artist and title"),
        ("velvt quary", "title, spelling"),
        ("fusebocers", "artist, spelling"),
    ],
)
def test_why(warehouse: duckdb.DuckDBPyConnection, query: str, why: str) -> None:
    found = warehouse.execute("SELECT why FROM peloton.find_songs($query) LIMIT 1", {"query": query})
    assert found.fetchall() == [(why,)]


@pytest.mark.parametrize("query", [None, "", "   ", "!?.,-'\"()", "…", "\0", "\n\t", "%", "_"])
def test_nothing_asked_finds_nothing(find: Callable[[str | None], list[str]], query: str | None) -> None:
    assert find(query) == []


HOSTILE = [
    "'", '"', "''; DROP TABLE x; --", "%", "%s %(x)s", "{x}", "{0}", "$1", "\\", "\\p{L}", "(((", "[a-", "*",
    "\0\0", "a\0b", "👩‍🚀👍🏽", "\u202e\u200b", "ＦＵＬＬ　ＷＩＤＴＨ", "a" * 100_000, "ab " * 33_000, "夜" * 33_000,
    "the", "and the", "feat. ft &", "' '' s t", "0", "-1", "NaN",
]  # fmt: skip


@pytest.mark.promise("F2")
@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_questions_never_raise(warehouse: duckdb.DuckDBPyConnection, query: str) -> None:
    for macro in ("find_songs", "search_songs"):
        found = warehouse.execute(f"SELECT score FROM peloton.{macro}($query)", {"query": query}).fetchall()
        assert all(0 <= row[0] <= 1 for row in found)


@pytest.mark.promise("F2")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=60))
def test_any_text_gives_scores(warehouse: duckdb.DuckDBPyConnection, query: str) -> None:
    found = warehouse.execute("SELECT score FROM peloton.find_songs($query)", {"query": query}).fetchall()
    scores = [row[0] for row in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0.6 <= score <= 1 for score in scores)


def test_a_part_of_the_tracks_can_be_searched(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute("CREATE TEMP VIEW remixes AS FROM peloton.tracks WHERE contains(title, 'Remix')")
    found = warehouse.execute("SELECT title FROM peloton.find_songs('orbit machine', tracks := 'remixes')")
    assert found.fetchall()[0][0] == "Orbit Machine - Umbra Remix"


def test_plays_of_a_track_newest_class_first_without_removed_ones(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    found = warehouse.execute(
        "SELECT ride_id, start_offset_s FROM peloton.search_songs('quillfeather orbit machine')"
        " WHERE track_title = 'Orbit Machine'"
    )
    assert found.fetchall() == [("tricky302", 60), ("tricky303", 260), ("tricky301", 60), ("tricky9", 60)]


@pytest.fixture(scope="module")
def search(data: Path) -> SongSearch:
    """The search in memory over the same warehouse."""
    return SongSearch.open(data / "warehouse.duckdb")


ASKED_OF_BOTH = [
    "夜空の自転車道月影楽団", "القمر الطويل", "senora creme brulee", "🌋", "dont stall the rockin engine",
    "somebody else's", "orbit machine remix", "99 9 percent", "'); DROP TABLE rides; --", "the the", "zoë", "a",
    "ashes of cinder", "lu jac ol",
]  # fmt: skip


def _same(warehouse: duckdb.DuckDBPyConnection, search: SongSearch, text: str) -> None:
    told = warehouse.execute(
        "SELECT title, artist_names FROM peloton.find_songs($query)", {"query": text}
    ).fetchall()
    assert search.tracks(text, 1_000_000) == told


def test_memory_and_sql_find_the_same_in_the_same_order(
    warehouse: duckdb.DuckDBPyConnection, search: SongSearch, library: list[Track]
) -> None:
    for text in [*ASKED_OF_BOTH, *(query.text for query in make_queries(library, 3, seed=5))]:
        _same(warehouse, search, text)


@pytest.mark.tier("N")
def test_memory_and_sql_answer_every_labelled_question_alike(
    warehouse: duckdb.DuckDBPyConnection, search: SongSearch
) -> None:
    for question in read_questions():
        _same(warehouse, search, question.text)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=30) | st.text(st.characters(codec="ascii"), max_size=30))
def test_words_are_read_alike(warehouse: duckdb.DuckDBPyConnection, search: SongSearch, text: str) -> None:
    (told,) = warehouse.execute("SELECT peloton.search_words($text)[:12]", {"text": text}).fetchall()
    assert search.words(text) == told[0]


def test_a_misspelt_article_says_as_little_as_an_article(
    warehouse: duckdb.DuckDBPyConnection, search: SongSearch
) -> None:
    def best(query: str) -> tuple[str, float, str]:
        found = warehouse.execute(
            "SELECT title, score, why FROM peloton.find_songs($query)", {"query": query}
        )
        title, score, why = found.fetchall()[0]
        (hit, *_), _ = search.find(Question.of(query, {}))
        assert (hit["track_title"], hit["score"], hit["why"]) == (title, score, why)
        return title, score, why

    assert best("thqe orchard wakes") == best("the orchard wakes") == ("The Orchard Wakes", 1, "title")
    assert best("glasswork annd marron")[1:] == best("glasswork and marron")[1:]


def test_the_first_question_is_answered_like_any_later_one(data: Path, search: SongSearch) -> None:
    for question in ("orbit machine", "lighthouse", "nothing like it anywhere"):
        fresh = SongSearch.open(data / "warehouse.duckdb")
        first, again = (fresh.find(Question.of(question, {}), 50) for _ in range(2))
        assert first == again == search.find(Question.of(question, {}), 50)


def test_recorded_songs_are_found(recorded: Path, tmp_path: Path) -> None:
    tracks = recorded_tracks(recorded)
    assert len(tracks) >= 4
    build_warehouse(tmp_path, [_class(place, track) for place, track in enumerate(tracks)])
    found = SongSearch.open(tmp_path / "warehouse.duckdb")
    rng = random.Random(3)
    questions = [q for kind in KINDS for q in write_questions(rng, kind, tracks, len(tracks))]
    assert len(questions) >= 4 * 4
    missed = [q for q in questions if not any(q.is_answered_by(*track) for track in found.tracks(q.text))]
    assert missed == []


def test_an_empty_lake_still_publishes(tmp_path: Path) -> None:
    publish(tmp_path / "warehouse.duckdb", Lake(tmp_path / "lake"), State(tmp_path / "state"))


# ------------------------------------------------------------------ the command


def test_json(command: Callable[..., Result]) -> None:
    (hit,) = hits(command("salt and cinder", "--json"))
    assert list(hit)[: len(CONTRACT)] == CONTRACT
    assert {name: hit[name] for name in CONTRACT} == {
        "track_title": "Salt & Cinder",
        "artist_names": ["Wick & Tallow"],
        "album_name": "Ashes of Cinder",
        "ride_id": "tricky7",
        "ride_title": "30 min ride 7",
        "instructor_name": "Zoë Brandtner",
        "fitness_discipline": "cycling",
        "duration_s": 1800,
        "air_time": "2024-03-01T16:00:00+00:00",
        "start_offset_s": 60,
        "score": 1.0,
    }


@pytest.mark.parametrize(
    ("options", "rides"),
    [
        (["--instructor", "ZOE"], {"tricky9"}),
        (["--instructor", "brantner"], {"tricky9"}),
        (["--instructor", "o'kled"], {"tricky301"}),
        (["--discipline", "caesar"], {"tricky301"}),
        (["--discipline", "Rowing"], {"tricky301"}),
        (["--discipline", "cyclng"], {"tricky9", "tricky302"}),
        (["--discipline", "croquet"], set()),
        (["--minutes", "20"], {"tricky301"}),
        (["--since", "2025-01-01"], {"tricky302"}),
        (
            ["--since", "2024-03-01", "--minutes", "30", "--discipline", "cycling", "--instructor", "zoë"],
            {"tricky9"},
        ),
        (["--artist", "quilfeather"], {"tricky9", "tricky301", "tricky302", "tricky303"}),
        (["--artist", "marrowline"], set()),
        (["--title", "machine orbit"], {"tricky9", "tricky301", "tricky302", "tricky303"}),
        (["--title", "remix"], set()),
        (["--album", "ashes"], set()),
    ],
)
def test_filters(command: Callable[..., Result], options: list[str], rides: set[str]) -> None:
    found = hits(command("orbit machine", *options, "--limit", "50", "--json"))
    assert {hit["ride_id"] for hit in found if hit["track_title"] == "Orbit Machine"} == rides


@pytest.mark.parametrize(
    ("options", "title"),
    [
        (["--artist", "fuseboxer"], "Don't Stall the Rockin' Engine"),
        (["--artist", "!?!"], "99.9 Percent"),
        (["--title", "senora brulee"], "Señora Crème Brûlée"),
        (["--title", "🌋"], "🛼🌋"),
        (["--album", "ashes of cindr"], "Salt & Cinder"),
        (["--album", "月の本"], "夜空の自転車道"),
        (["", "--artist", "zoe marron", "--title", "glass"], "Glasswork"),
    ],
)
def test_filters_without_a_question(command: Callable[..., Result], options: list[str], title: str) -> None:
    assert hits(command(*options, "--json"))[0]["track_title"] == title


def test_limit_and_words_without_quotes(command: Callable[..., Result]) -> None:
    assert len(hits(command("orbit", "machine", "--json"))) == 10
    assert len(hits(command("orbit", "machine", "--limit", "3", "--json"))) == 3


def test_a_song_played_everywhere_does_not_hide_the_next(command: Callable[..., Result]) -> None:
    """Two artists have the title, one of them three plays; a cut list shows both, best first."""
    found = hits(command("orbit machine umbra remix", "--limit", "4", "--json"))
    assert [hit["score"] for hit in found] == sorted((hit["score"] for hit in found), reverse=True)
    assert {hit["track_title"] for hit in hits(command("lighthouse", "--limit", "3", "--json"))} == {
        "Lighthouse"
    }
    assert {hit["artist_names"][0] for hit in hits(command("lighthouse", "--limit", "3", "--json"))} == {
        "Anna Okbo", "Bertil Rund",
    }  # fmt: skip


def test_no_hits_is_no_failure(command: Callable[..., Result]) -> None:
    assert command("xqzvw", "--json").stdout == "[]\n"
    said = command("xqzvw", "--instructor", "zoe")
    assert said.exit_code == 0
    assert "Try fewer words" in said.stdout and "--instructor" in said.stdout


def test_table_on_a_wide_terminal(command: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "width", 170)
    text = command("velvet quarry").stdout
    for part in ("starts at", "Velvet Quarry (feat. Dj Umbra)", "Marrowline, Dj Umbra", "30 min ride 6",
                 "Zoë Brandtner", "2024-03-01", "30 min", "1:00", "0.98"):  # fmt: skip
        assert part in text
    assert "\x1b" not in text


@pytest.mark.parametrize("width", [20, 40, 80, 99, 100])
def test_nothing_is_cut_on_a_narrow_terminal(
    command: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(out, "width", width)
    text = command("dont stall the rockin engine").stdout
    letters = "".join(c for c in text if c.isalnum())
    assert "…" not in text
    for part in ("Rockin", "Engine", "Fuseboxers", "Brandtner", "score"):
        assert part in letters


@pytest.mark.promise("F1")
@pytest.mark.parametrize("width", [80, 170])
def test_hostile_titles_are_inert(
    command: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(out, "width", width)
    text = command("--title", "loud", "--artist", "link").stdout
    assert "[bold]loud[/bold]" in text
    assert "[link=file:///]x[/link]" in text
    assert not {"\x1b", "\x00", "\u202e"} & {*text}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [""],
        ["--instructor", "zoe"],
        ["x", "--since", "yesterday"],
        ["x", "--since", "2024-13-01"],
        ["x", "--limit", "0"],
        ["x", "--limit", "-3"],
        ["x", "--minutes", "-1"],
        ["x", "--minutes", "99999999999999999999"],
    ],
)
def test_questions_that_make_no_sense(command: Callable[..., Result], arguments: list[str]) -> None:
    with pytest.raises(UsageProblem):
        command(*arguments)


@pytest.mark.promise("F2")
@pytest.mark.parametrize("query", [*HOSTILE, "\udcff\udcfe"], ids=range(len(HOSTILE) + 1))
def test_hostile_arguments_never_raise(command: Callable[..., Result], query: str) -> None:
    assert command("--json", "--", query or "x").exit_code == 0
    assert command("lighthouse", "--artist", query, "--album", query, "--instructor", query).exit_code == 0


def test_no_warehouse(
    command: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / "nothing"))
    with pytest.raises(StorageProblem, match="no warehouse"):
        command("x")


def test_warehouse_without_classes(
    command: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path / "warehouse.duckdb", Lake(tmp_path / "lake"), State(tmp_path / "state"))
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path))
    for arguments in (["x"], ["--artist", "x"]):
        with pytest.raises(StorageProblem, match="paceline sync peloton"):
            command(*arguments)


@pytest.mark.parametrize("table", ["tracks", "ride_plays"])
def test_a_warehouse_of_an_older_version_says_what_to_run(
    data: Path, command: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    target = tmp_path / "warehouse.duckdb"
    shutil.copyfile(data / "warehouse.duckdb", target)
    with duckdb.connect(target) as connection:
        connection.execute(f"CREATE OR REPLACE TABLE peloton.{table} AS SELECT 1 AS another")
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path))
    with pytest.raises(StorageProblem, match="paceline rebuild"):
        command("x")


def test_what_is_published_anew_is_searched_at_once(data: Path, tmp_path: Path) -> None:
    """The index stays in memory, and nobody in this process gets the old file by it."""
    target = tmp_path / "warehouse.duckdb"
    shutil.copy(data / "warehouse.duckdb", target)
    assert songs.find(target, "lighthouse", {})[1] > 0
    build_warehouse(tmp_path, [_class(1, Track("Only One", ("Solo",)))])
    assert songs.find(target, "lighthouse", {}) == ([], 0)
    with open_warehouse(target) as connection:
        assert connection.execute("SELECT title FROM peloton.tracks").fetchall() == [("Only One",)]
    assert songs.find(target, "only one", {})[1] == 1


@pytest.mark.parametrize(
    ("arguments", "code"), [(["lighthouse", "--json"], 0), (["x", "--since", "soon"], 2)]
)
def test_exit_code_of_the_process(data: Path, tmp_path: Path, arguments: list[str], code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "paceline", "songs", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PACELINE_DATA_DIR": str(data), "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, ended.stderr
    if code == 0:
        assert json.loads(ended.stdout)[0]["track_title"] == "Lighthouse"


def test_help_has_an_example(command: Callable[..., Result]) -> None:
    assert "Example: paceline songs" in command("--help").stdout


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, None), (0, "0:00"), (65, "1:05"), (3725, "62:05"), (-5, "-0:05")]
)
def test_clock(seconds: int | None, text: str | None) -> None:
    assert songs.clock(seconds) == text
