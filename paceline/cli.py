"""The command `paceline`: one file per command, errors as one sentence with the right exit code."""

from __future__ import annotations

import logging
import sys

import typer

from paceline import (
    alerts,
    backup,
    dagster_ui,
    doctor,
    export,
    forget,
    import_files,
    login,
    race_changes,
    races,
    rebuild,
    songs,
    sql,
    status,
    sync,
    webhook,
    worker,
)
from paceline import sync_iracing as sync_iracing  # registers itself
from paceline import sync_strava as sync_strava  # the same
from paceline import sync_workouts as sync_workouts  # the same
from paceline.explore import command as explore
from paceline.show import err, inert
from resources.errors import INTERRUPTED, INTERRUPTED_EXIT_CODE, PacelineError
from resources.redact import protect_process, redact

app = typer.Typer(
    help="A private, complete, searchable warehouse of what you train and race with.\n\n"
    'Example: paceline sync peloton --year 2024 --month 3, then paceline songs "midnight train"',
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    sync,
    import_files,
    songs,
    races,
    race_changes,
    status,
    doctor,
    alerts,
    explore,
    sql,
    export,
    rebuild,
    backup,
    login,
    dagster_ui,
    forget,
    webhook,
    worker,
):
    command.register(app)


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 failed, 2 usage, 3 stopped by a limit, 4 sign-in needed, 130 interrupted."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    protect_process()
    # Bytes that are not UTF-8 arrive as half signs, which nothing behind here takes for text.
    sys.argv[1:] = [word.encode("utf-8", "replace").decode() for word in sys.argv[1:]]
    try:
        app()
    except PacelineError as error:
        # DuckDB's words have several lines, and may repeat a text of the provider.
        for line in redact(str(error)).splitlines():
            err.print(inert(line), markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print(INTERRUPTED, soft_wrap=True)
        sys.exit(INTERRUPTED_EXIT_CODE)
