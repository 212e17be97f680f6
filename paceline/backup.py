"""`paceline backup`, `backups` and `restore`: copies of the data folder that can be used at once."""

from __future__ import annotations

from pathlib import Path

import typer

from paceline.rebuild import rebuild_tables
from paceline.show import out, print_json, table
from resources.backup import copied
from resources.errors import UsageProblem
from resources.restore import backups_of
from resources.restore import restore as restore_backup
from resources.settings import load_settings
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
    as_json: bool = typer.Option(False, "--json", help="Print folder and size as JSON."),
) -> None:
    """Copy the data folder, also while a sync writes. Tables are built anew in the copy, tokens are left out.

    Example: paceline backup /media/disk/paceline-2026-11-22
    """
    settings = load_settings()
    target = (folder or settings.data_dir / "backups" / now().strftime("%Y-%m-%dT%H%M%SZ")).absolute()
    with copied(settings, target) as copy:
        rebuild_tables(copy)
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    if as_json:
        print_json({"folder": str(target), "bytes": size})
        return
    out.print(f"{target}: {size / 1e6:.1f} MB", markup=False, soft_wrap=True)
    out.print(
        "It is a data folder without tokens. To read it, or to go on in it, here or on another machine:"
    )
    out.print(f"  export PACELINE_DATA_DIR='{target}'", markup=False, soft_wrap=True)
    out.print("  paceline login peloton")


def backups(as_json: bool = typer.Option(False, "--json", help="Print the backups as JSON.")) -> None:
    """List the backups below the data folder, newest first, each opened to see that it is whole.

    Example: paceline backups
    """
    found = backups_of(load_settings())
    if as_json:
        print_json([vars(each) | {"folder": str(each.folder)} for each in found])
        return
    if not found:
        out.print("There is no backup yet. Make one: paceline backup")
        return
    table(
        ("name", "MB", "rows", "state"),
        [(each.name, round(each.bytes / 1e6, 1), each.rows, each.problem or "opens") for each in found],
    )
    out.print("To put one in the place of what is there now, which is kept aside:")
    for each in found:
        if not each.problem:
            out.print(f"  paceline restore {each.name}", markup=False, soft_wrap=True)


def restore(
    name: str = typer.Argument(help="The name of a backup, or the path of its folder."),
    as_json: bool = typer.Option(False, "--json", help="Print where the old data is now as JSON."),
) -> None:
    """Put a backup in the place of what is there now. Tokens stay; what was there is moved aside, not deleted.

    Example: paceline restore 2026-11-22T101500Z
    """
    settings = load_settings()
    inside = settings.data_dir / "backups" / Path(name).name
    folder = inside if inside.is_dir() and Path(name).name == name else Path(name).absolute()
    if not folder.is_dir():
        raise UsageProblem(f"There is no backup {name!r}", "`paceline backups` lists them.")
    aside = restore_backup(settings, folder)
    if as_json:
        print_json({"restored": str(folder), "before": str(aside)})
    else:
        out.print(
            f"Restored from {folder}. What was there before is in {aside}; delete it when you are content.",
            markup=False,
            soft_wrap=True,
        )
