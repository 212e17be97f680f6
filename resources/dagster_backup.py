"""The job `backup` and its weekly schedule: `paceline backup --keep N` in a process of its own.

The command is what a person runs and what is tested; a process of its own gives the memory of the rebuild back.
"""

import json
import subprocess
import sys

import dagster as dg
from pydantic import Field

from resources.errors import StorageProblem
from resources.redact import one_line
from resources.settings import load_settings


class BackupOptions(dg.Config):
    """What the launchpad offers."""

    landing: bool = Field(
        default=True,
        description="With all answers as they came, so that it is a data folder by itself. Without them it is small and"
        " can be put back only where the landing zone is.",
    )
    keep: int = Field(
        default=0, ge=0, description="How many backups of this kind are kept; 0 for the setting BACKUP_KEEP."
    )


@dg.op(
    pool="backup",
    description="Copies the data folder while syncs may write, opens the copy, then removes what is superseded.",
    tags={"kind": "shell"},
)
def copy_and_open(context: dg.OpExecutionContext, config: BackupOptions) -> None:
    keep = config.keep or load_settings().backup_keep
    command = ["backup", "--json", "--keep", str(keep), *([] if config.landing else ["--without-landing"])]
    ended = subprocess.run(
        [sys.executable, "-m", "paceline", *command], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        said = one_line(ended.stderr)
        context.log.error(said)
        raise dg.Failure(
            said, metadata={"kind": StorageProblem.__name__, "next step": "Run `paceline backup`."}
        )
    made = json.loads(ended.stdout)
    name = made["folder"].rpartition("/")[2]
    context.add_output_metadata(
        {
            "folder": dg.MetadataValue.path(made["folder"]),
            "MB": round(made["bytes"] / 1e6, 1),
            "rows": made["rows"],
            "landing zone": "with" if made["landing"] else "left out",
            "removed": ", ".join(made["removed"]) or "none",
            "to restore": f"paceline restore {name}",
        }
    )


@dg.job(
    name="backup",
    executor_def=dg.in_process_executor,
    config={"ops": {"copy_and_open": {"config": {"landing": True, "keep": 0}}}},
    description="A verified copy of the data folder below `backups`; the newest BACKUP_KEEP of its kind are kept.",
)
def backup_job() -> None:
    copy_and_open()


weekly_backup = dg.ScheduleDefinition(
    name="weekly_backup",
    job=backup_job,
    cron_schedule="11 2 * * 0",
    execution_timezone="UTC",
    description="On Sundays at night. Stopped until somebody starts it, since it takes room on the disk.",
)
