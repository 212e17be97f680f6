"""Whether a process of this host still lives."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def is_alive(process: int) -> bool:
    """Whether there is such a process; one that has ended and was not waited for yet is dead."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):  # no such file on a Mac, which is content with the answer above
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True
