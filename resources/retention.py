"""How many backups are kept: the newest of each kind, of those that carry a name of our own and open.

Only what is surely superseded goes: a folder with another name, or one that cannot be opened, is never touched.
"""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta

from resources.files import storage_errors
from resources.restore import Backup, backups_of
from resources.settings import Settings

NAME_FORMAT = "%Y-%m-%dT%H%M%SZ"
OURS = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")
LEFTOVER = re.compile(rf"\.({OURS.pattern})\.(unfinished|removed)")
NOBODY_WRITES_AFTER = timedelta(days=1)


def prune(settings: Settings, made: Backup, keep: int) -> list[Backup]:
    """Remove backups of the kind of the one just made, but for the newest `keep`; give those that went.

    Raises StorageProblem when the disk fails. What a dead backup left unfinished goes too.
    """
    folder = settings.data_dir / "backups"
    same = [
        each
        for each in backups_of(settings)
        if OURS.fullmatch(each.name) and not each.problem and each.landing == made.landing
    ]
    with storage_errors(folder):
        for each in same[keep:]:
            hidden = folder / f".{each.name}.removed"  # whoever is killed in between leaves no half of one
            each.folder.rename(hidden)
        for path in folder.glob(".*"):
            found = LEFTOVER.fullmatch(path.name)
            if found and (found[2] == "removed" or _is_old(found[1])):
                shutil.rmtree(path)
    return same[keep:]


def _is_old(name: str) -> bool:
    return datetime.now(UTC) - datetime.strptime(name, NAME_FORMAT).replace(tzinfo=UTC) > NOBODY_WRITES_AFTER
