"""One exception per cause a person can act on; each message ends with the next step.

The command line turns `exit_code` into the process's exit code (see docs/errors.md). Messages never hold
secrets or bodies of answers.
"""

from __future__ import annotations

from datetime import datetime

INTERRUPTED = "Stopped. What arrived is kept; run the same command again to go on."
INTERRUPTED_EXIT_CODE = 130  # 128 + SIGINT, as shells report it; SIGTERM ends a run in the same way


class PacelineError(Exception):
    """Base of every expected failure. `str(error)` is one or two sentences for a person."""

    exit_code = 1

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(f"{what.rstrip('.')}. {next_step}")
        self.what = what
        self.next_step = next_step


class UsageProblem(PacelineError):
    """The request itself makes no sense: an unknown discipline, a month without a year."""

    exit_code = 2


class LimitReached(PacelineError):
    """A provider asked us to wait longer than a run should; `resume_at` (UTC) says until when."""

    exit_code = 3

    def __init__(self, what: str, next_step: str, resume_at: datetime) -> None:
        super().__init__(what, next_step)
        self.resume_at = resume_at


class SignInNeeded(PacelineError):
    """No usable credential. Only a person can mend this."""

    exit_code = 4


class ProviderUnavailable(PacelineError):
    """Outage, block page or network fault that outlasted the bounded retries. Nothing stored is affected."""


class ProviderRefused(ProviderUnavailable):
    """403 to the end: a block page, a throttle or a dead session. It is about us and not about one item."""


class BadAnswer(PacelineError):
    """An answer arrived but must not be believed: wrong content type, torn JSON, wrong shape."""


class NotServed(PacelineError):
    """404 or 410 on one item: the only statuses that speak about the item and not about the service."""


class StorageProblem(PacelineError):
    """The disk is full, the folder is read-only, or a stored file is not what it should be."""


class AlertNotDelivered(PacelineError):
    """A webhook or mail server that alerts go to did not take one."""


class DatabaseUnavailable(StorageProblem):
    """A server that hosts share (STATE_URL, LIMITER_URL) is away, is full or refuses us."""


class ObjectStoreProblem(PacelineError):
    """The object storage that hosts share (OBJECT_STORE_URL) is away or refuses us. Nothing stored is affected."""


class WrittenElsewhere(PacelineError):
    """Another host replaced a file that this one was about to replace, which was made of older ones."""


class AlreadyRunning(PacelineError):
    """Another process does the same work right now."""


def is_interrupt(error: BaseException) -> bool:
    """Whether somebody stopped the run: Ctrl-C, SIGTERM, or Dagster's own exception for these."""
    return not isinstance(error, Exception)


def reason_of(error: BaseException) -> str:
    """Why work ended, as it is shown in `ops` and to a person."""
    if isinstance(error, PacelineError):
        return str(error)
    return INTERRUPTED if is_interrupt(error) else f"failed ({type(error).__name__})"
