"""What will break next on this machine: disk, warehouse, clock, `.env`, locks, dead runs, Dagster. Makes no request.

Each check yields findings and changes nothing. Surprising: a run is known to be dead by the lock that nobody holds,
since who is running holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from resources.errors import PacelineError
from resources.lake import Lake
from resources.locks import Busy
from resources.operations import sizes
from resources.operations.daemon import daemon_findings, port_is_free, read_daemon
from resources.operations.stock import BROKEN, NOTE, SOON, Finding, Source, record_accounts, take_stock
from resources.settings import Settings, is_open_to_others
from resources.state import State, utc_text
from resources.table_docs import table_docs
from resources.token_table import token_store
from resources.warehouse import open_warehouse, require_duckdb
from resources.workspace import PROVIDERS, crawl_lock, now

FULL_WITHIN = timedelta(days=60)
CLOCK_TOLERANCE = timedelta(hours=1)
MACHINE = "machine"
# Where our own clock is written down.
TIMES = (
    ("coverage", "proven_at"),
    ("failures", "last_failed_at"),
    ("sync_runs", "started"),
    ("sizes", "measured_at"),
)


def machine_findings(settings: Settings) -> list[Finding]:
    """All of them; a check that cannot be made is a finding itself."""
    checks: list[Callable[[], Iterator[Finding]]] = [
        lambda: _dotenv(Path.cwd() / ".env"),
        lambda: _warehouse(settings),
        lambda: _growth(settings),
        lambda: _clock(State(settings.state_place)),
        lambda: _runs(State(settings.state_place)),
        lambda: _dagster(settings),
    ]
    found: list[Finding] = []
    for check in checks:
        try:
            found += check()
        except PacelineError as error:
            broken = Finding(BROKEN, "settings", error.what, error.next_step)
            found += [] if broken in found else [broken]
    return found


def _dotenv(dotenv: Path) -> Iterator[Finding]:
    if is_open_to_others(dotenv):
        yield Finding(
            SOON,
            "settings",
            f"{dotenv} holds a secret and is open to others on this machine",
            f"`chmod 600 {dotenv}`",
        )


def _warehouse(settings: Settings) -> Iterator[Finding]:
    file, lake = settings.warehouse_file, Lake(settings.lake_dir)
    try:
        require_duckdb()
    except PacelineError as error:
        yield Finding(BROKEN, "warehouse", error.what, error.next_step)
    tables = {table: lake.files(table) for table in table_docs()}
    written = {table: max(path.stat().st_mtime for path in files) for table, files in tables.items() if files}
    if not file.exists():
        if written:
            what = f"There is no {file.name}, but what it is made of is there ({len(written)} tables)"
            yield Finding(BROKEN, "warehouse", what, "`paceline rebuild`")
        return
    try:
        open_warehouse(file).close()
    except PacelineError as error:
        yield Finding(BROKEN, "warehouse", error.what, error.next_step)
        return
    newer = sorted(table for table, moment in written.items() if moment > file.stat().st_mtime)
    if newer and not any(_is_held(State(settings.state_place), source) for source in PROVIDERS):
        yield Finding(
            SOON, "warehouse", f"The warehouse is older than {', '.join(newer[:3])}{' and others' * (len(newer) > 3)}",
            "`paceline rebuild`",
        )  # fmt: skip


def _growth(settings: Settings) -> Iterator[Finding]:
    today = now().date()
    known = sizes.remembered(State(settings.state_place))
    for room, size in sizes.measure(settings).items():
        known.setdefault(room, {})[today] = size.bytes
    full = sizes.full_on(known, today)
    if full is not None and full - today <= FULL_WITHIN:
        grown = {room: sizes.growth(known[room], today, sizes.WEEK) or 0 for room in sizes.ROOMS}
        most = max(grown, key=lambda room: grown[room])
        yield Finding(
            SOON, "disk", f"The disk is full on {full} if the data folder grows on as it did, {most} most of all",
            f"Free some space, or move {settings.data_dir} to a larger disk (PACELINE_DATA_DIR)",
        )  # fmt: skip


def _clock(state: State) -> Iterator[Finding]:
    latest = utc_text(now() + CLOCK_TOLERANCE)
    for table, column in TIMES:
        rows = state.rows(f"SELECT max({column}) AS moment FROM {table} WHERE {column} > ?", latest)  # noqa: S608
        if rows[0]["moment"]:
            yield Finding(
                SOON, "clock", f"ops.{table} holds the time {rows[0]['moment'][:16]} UTC, which is yet to come:"
                " the clock was wrong then, or is now",
                "Compare `date -u` with a watch and run `timedatectl set-ntp true`. If it is right now: what was proven"
                " at such times is proven anew by the next sync",
            )  # fmt: skip
            return


def _runs(state: State) -> Iterator[Finding]:
    rows = state.rows(
        "SELECT source, resource, started FROM sync_runs WHERE outcome = 'running' ORDER BY started"
    )
    for source in PROVIDERS:
        is_held = _is_held(state, source)
        running = [row for row in rows if row["source"] == source]
        if is_held:
            since = f" since {running[0]['started'][:16]} UTC" if running else ""
            yield Finding(
                NOTE, "sync", f"A sync of {source} is running{since}, others wait for it",
                "Wait, or stop it in its terminal or in the UI: it goes on where it was",
            )  # fmt: skip
        for row in [] if is_held else running:
            yield Finding(
                SOON, "sync", f"{source} {row['resource']} of {row['started'][:16]} UTC is noted as running, but no"
                " process is at it: it was killed", f"`paceline sync {source}` goes on where it was, and notes its end",
            )  # fmt: skip


def _is_held(state: State, source: str) -> bool:
    try:
        with state.locks.hold(crawl_lock(source), 0):
            return False
    except Busy:
        return True


def _dagster(settings: Settings) -> Iterator[Finding]:
    daemon = read_daemon(settings, now())
    if daemon is not None:
        tokens = token_store(settings.state_place)
        connected = [source for source in PROVIDERS if tokens.accounts(source)]
        yield from daemon_findings(daemon, settings, connected, now(), port_is_free)


def note_in_passing(source: Source, settings: Settings) -> None:
    """What a build of the warehouse takes along: accounts and limits of a provider, and how large everything is."""
    state = State(settings.state_place)
    record_accounts(state, take_stock(source, settings, quick=True))
    sizes.record_sizes(state, sizes.measure(settings), now())
