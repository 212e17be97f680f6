"""`paceline import`: the other doors, for who does not want to give a token or has none."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import typer

from iracing_assets import public_documents
from iracing_assets.rebuild import build_iracing
from iracing_assets.workspace import Workspace as IracingWorkspace
from paceline.show import err, inert, out, print_json
from peloton_assets.history_csv import read_csv
from peloton_assets.members import DEFAULT, Record
from peloton_assets.pending import merge_pending
from peloton_assets.transform import (
    WORKOUT_CSV,
    WORKOUT_TABLES,
    build_months,
    connect,
    show_stored,
    stale_months,
    write_missing,
)
from peloton_assets.workspace import SOURCE, Workspace, now
from resources.errors import UsageProblem
from resources.files import storage_errors
from resources.settings import load_settings
from resources.warehouse import publish, require_warehouse
from strava_assets.export_import import land_export
from strava_assets.rebuild import build_strava
from strava_assets.workspace import Workspace as StravaWorkspace

MOST_BYTES = 64 * 2**20  # a workout is a line of some 200 bytes
imports = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.add_typer(imports, name="import")


@imports.callback()
def choose_a_source() -> None:
    """Bring in files that you downloaded yourself.

    Example: paceline import workouts ~/Downloads/my_workouts.csv
    """


@imports.command("workouts")
def workouts(
    file: Path = typer.Argument(
        help="The CSV of the members' web site: profile, Workouts, Download workouts."
    ),
    username: str = typer.Option(DEFAULT, help="Whose workouts these are: the account's name."),
    zone: list[str] = typer.Option(
        [], help="What an abbreviation in the file means, such as IST=+05:30; may be repeated."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """Import the workouts CSV that Peloton's web site offers; no sign-in needed.

    A workout that is known already stays one row. The same file may be imported again and again.

    Example: paceline import workouts ~/Downloads/my_workouts.csv
    """
    settings = load_settings()
    if settings.warehouse_file.exists():
        require_warehouse(settings.warehouse_file)
    text = _text(file)
    zones = dict(_zone(each) for each in zone)
    rows = read_csv(text, zones)
    if not rows:
        raise UsageProblem(f"{file} holds no workout", "Download it again.")
    work = Workspace(settings, account=username)
    with work.crawling(wait_s=0):
        record = Record(f"file:{file.name}", now(), json.dumps({"csv": text, "zones": zones}))
        with work.landing.writer(SOURCE, "workout_csv", now().strftime("%Y-%m")) as writer:
            writer.write(record, username)
        merge_pending(work.lake, work.landing, work.state)
        with connect() as connection:
            months = stale_months(work.lake, *WORKOUT_TABLES)
            build_months(connection, work.lake, months, WORKOUT_TABLES)
            write_missing(connection, work.lake)
            show_stored(connection, work.lake, WORKOUT_CSV)
            found = connection.execute(
                "SELECT count(*) FILTER (NOT starts_with(workout_id, 'csv-')), count(*) FROM workout_csv"
                " WHERE account = ?",
                [username],
            ).fetchall()
        publish(settings.warehouse_file, work.lake, work.state)
    known, total = found[0]
    if as_json:
        print_json({"rows": len(rows), "workouts": total, "known_from_the_api": known})
        return
    out.print(
        f"{len(rows)} lines read. {total} workouts of {username} are known from such files, {known} of them also from"
        " the API.",
        markup=False,
        soft_wrap=True,
    )


@imports.command("iracing")
def iracing(
    folder: Path = typer.Argument(help="A folder of documents in JSON, or one file."),
    as_of: datetime | None = typer.Option(
        None, formats=["%Y-%m-%d"], help="When they were true; otherwise told by the documents themselves."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """Import documents of iRacing's /data API that somebody saved: seasons, schedules, cars, tracks; no sign-in needed.

    What each file is tells its content. The same folder may be imported again and again.

    Example: paceline import iracing ~/iracing-documents --as-of 2026-09-15
    """
    settings = load_settings()
    if settings.warehouse_file.exists():
        require_warehouse(settings.warehouse_file)
    found = public_documents.find_documents(folder, as_of.replace(tzinfo=UTC) if as_of else None)
    if not found.documents:
        raise UsageProblem(
            f"{folder} holds no document of iRacing that can be read",
            "Wanted are answers of /data such as series/seasons, car/get or track/get, as files *.json.",
        )
    work = IracingWorkspace(settings)
    with work.crawling(wait_s=0):
        imported = public_documents.land_documents(work, found.documents)
        build_iracing(work.lake)
        publish(settings.warehouse_file, work.lake, work.state)
    if as_json:
        unused = [{"file": name, "why": why} for name, why in found.unused]
        print_json({**vars(imported), **vars(work.change), "unused": unused})
        return
    for name, why in found.unused:
        err.print(inert(f"{name}: {why}"), markup=False, soft_wrap=True)
    out.print(
        f"{imported.new} documents read, {imported.known} were known already, {len(found.unused)} files were of no use."
        f" {work.change.created} things are new, {work.change.updated} changed.",
        markup=False,
        soft_wrap=True,
    )


@imports.command("strava")
def strava(
    export: Path = typer.Argument(
        help="The ZIP of Strava's bulk export, or the folder it was unpacked into."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """Import the bulk export that Strava sends on request: activities with their tracks; no sign-in needed.

    An activity that came from the API too stays one row. The same export may be imported again and again.

    Example: paceline import strava ~/Downloads/export_1234567.zip
    """
    settings = load_settings()
    if settings.warehouse_file.exists():
        require_warehouse(settings.warehouse_file)
    problems: list[tuple[str, str]] = []
    work = StravaWorkspace(settings)
    with work.crawling(wait_s=0):
        imported = land_export(work, export, lambda name, why: problems.append((name, why)))
        build_strava(work.lake, work.landing)
        publish(settings.warehouse_file, work.lake, work.state)
    if as_json:
        told = [{"file": name, "why": why} for name, why in problems]
        print_json({**vars(imported), "problems": told})
        return
    for name, why in problems:
        err.print(inert(f"{name}: {why}"), markup=False, soft_wrap=True)
    out.print(
        f"{imported.new} activities read, {imported.known} were known already, {len(problems)} files had a problem.",
        markup=False,
        soft_wrap=True,
    )


def _zone(text: str) -> tuple[str, str]:
    name, is_there, offset = text.partition("=")
    if not is_there or not re.fullmatch(r"[+-]\d{1,2}(:?\d\d)?", offset):
        raise UsageProblem(f"{text!r} is no zone", "Write it like IST=+05:30.")
    return name, offset


def _text(file: Path) -> str:
    with storage_errors(file):
        if not file.is_file():
            raise UsageProblem(f"There is no file {str(file)!r}", "Give the path of the downloaded CSV.")
        if file.stat().st_size > MOST_BYTES:
            raise UsageProblem(f"{file} is too large for a list of workouts", "Is it the right file?")
        content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageProblem(f"{file} is no text in UTF-8", "Import it as it was downloaded.") from None
