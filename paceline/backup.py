"""`paceline backup`: a copy of the data folder that can be used at once."""

from __future__ import annotations

from pathlib import Path

import typer

from paceline.rebuild import rebuild_tables
from paceline.show import out, print_json
from resources.backup import copied
from resources.settings import load_settings
from resources.workspace import now


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backup")(backup)


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
