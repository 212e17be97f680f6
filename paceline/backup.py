"""`paceline backup`, `backups` and `restore`: copies of the data folder that can be used at once."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path

import typer

from paceline.rebuild import rebuild_tables
from paceline.show import out, print_json, table
from resources.backup import copied
from resources.errors import StorageProblem, UsageProblem
from resources.lake import Lake
from resources.restore import Backup, backups_of, looked_at
from resources.restore import restore as restore_backup
from resources.retention import NAME_FORMAT, prune
from resources.settings import Settings, load_settings
from resources.state import State
from resources.warehouse import publish
from resources.workspace import now


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backup")(backup)
    app.command("backups")(backups)
    app.command("restore")(restore)


def backup(
    folder: Path | None = typer.Argument(
        None, help="Where to; a folder of this moment below the data folder's `backups` when left out."
    ),
    landing: bool = typer.Option(
        True,
        "--with-landing/--without-landing",
        help="With all answers as they came; or only tables, state and warehouse: small, and to be restored here.",
    ),
    keep: int | None = typer.Option(
        None,
        min=1,
        help="Afterwards keep so many of these backups, and remove older ones that open. Without it, all.",
    ),
    as_json: bool = typer.Option(False, "--json", help="Print folder, size and what was removed as JSON."),
) -> None:
    """Copy the data folder, also while a sync writes. Tables are built anew in the copy, tokens are left out.

    Example: paceline backup /media/disk/paceline-2026-11-22
    """  # fmt: skip
    if folder is not None and keep is not None:
        raise UsageProblem("--keep is about the folder `backups`", "Leave out either --keep or the folder.")
    settings = load_settings()
    target = (folder or settings.data_dir / "backups" / now().strftime(NAME_FORMAT)).absolute()
    made = make_backup(settings, target, landing)
    removed = prune(settings, made, keep) if keep else []
    if as_json:
        facts = {"folder": str(target), "bytes": made.bytes, "rows": made.rows, "landing": landing}
        print_json({**facts, "removed": [each.name for each in removed]})
        return
    out.print(f"{target}: {made.bytes / 1e6:.1f} MB, {made.rows:,} rows", markup=False, soft_wrap=True)
    for each in removed:
        out.print(f"removed the older backup {each.name}, {each.bytes / 1e6:.1f} MB", markup=False)
    if landing:
        out.print(
            "It is a data folder without tokens. To read it, or to go on in it, here or on another machine:"
        )
        out.print(f"  export PACELINE_DATA_DIR='{target}'", markup=False, soft_wrap=True)
        out.print("  paceline login peloton")
    else:
        out.print(
            "It is without the landing zone. To read it, or to put it back beside the landing zone of here:"
        )
        out.print(
            f"  PACELINE_DATA_DIR='{target}' paceline sql 'FROM ops.coverage'", markup=False, soft_wrap=True
        )
        out.print(f"  {_restore_command(settings, made)}", markup=False, soft_wrap=True)


def make_backup(settings: Settings, target: Path, landing: bool) -> Backup:
    """Copy the data folder and open the copy. Raises StorageProblem when that cannot be opened."""
    with copied(settings, target, landing) as copy:
        if landing:
            rebuild_tables(copy)
        elif not copy.warehouse_file.exists():
            publish(copy.warehouse_file, Lake(copy.lake_dir), State(copy.state_place))
        if problem := looked_at(copy.data_dir).problem:
            raise StorageProblem(
                f"The copy cannot be opened: {problem}", "Look after the disk and try again."
            )
    return looked_at(target)


def backups(as_json: bool = typer.Option(False, "--json", help="Print the backups as JSON.")) -> None:
    """List the backups below the data folder, newest first, each opened to see that it is whole.

    Example: paceline backups
    """
    settings = load_settings()
    found = backups_of(settings)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    if not found:
        out.print("There is no backup yet. Make one: paceline backup")
        return
    table(
        ("name", "MB", "rows", "landing zone", "state"),
        [
            (each.name, round(each.bytes / 1e6, 1), each.rows, "yes" if each.landing else "left out",
             each.problem or "opens")
            for each in found
        ],
    )  # fmt: skip
    out.print("To put one in the place of what is there now, which is kept aside:")
    for each in found:
        if not each.problem:
            out.print(f"  {_restore_command(settings, each)}", markup=False, soft_wrap=True)


def restore(
    name: str = typer.Argument(help="The name of a backup, or the path of its folder."),
    as_json: bool = typer.Option(False, "--json", help="Print where the old data is now as JSON."),
) -> None:
    """Put a backup in the place of what is there now. Tokens stay; what was there is moved aside, not deleted.

    Of a backup without the landing zone, the landing zone that is there stays: what was landed since then is merged by
    the next sync, and is not asked for again.

    Example: paceline restore 2026-11-22T101500Z
    """
    settings = load_settings()
    inside = settings.data_dir / "backups" / Path(name).name
    folder = inside if inside.is_dir() and Path(name).name == name else Path(name).absolute()
    if not folder.is_dir():
        raise UsageProblem(f"There is no backup {name!r}", "`paceline backups` lists them.")
    landing = looked_at(folder).landing
    aside = restore_backup(settings, folder)
    if not landing and (settings.landing_dir / "strava").exists():
        rebuild_tables(settings, "strava")  # what had to go from the answers since then, must not come back
    if as_json:
        print_json({"restored": str(folder), "before": str(aside), "landing": landing})
        return
    out.print(
        f"Restored from {folder}. What was there before is in {aside}; delete it when you are content.",
        markup=False,
        soft_wrap=True,
    )
    if settings.state_url:
        out.print("The state of all hosts, in the database of STATE_URL, is that of the backup too.")
    if not landing:
        out.print(
            "The landing zone stayed as it was: the next sync merges what was landed since then, and asks for none"
            " of it again.",
            soft_wrap=True,
        )


def _restore_command(settings: Settings, backup: Backup) -> str:
    """Ready to paste, whatever folder the shell is in."""
    is_inside = backup.folder.parent == settings.data_dir / "backups"
    named = backup.name if is_inside else shlex.quote(str(backup.folder))
    return f"PACELINE_DATA_DIR={shlex.quote(str(settings.data_dir))} paceline restore {named}"
