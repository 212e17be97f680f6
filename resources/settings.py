"""Settings from the environment and `.env`, with the defaults of `.env.example`.

A `.env` beside the working directory is read once per process and never overrides a variable that is set.
Secrets are not kept here: `resources.tokens` reads them from the environment at the moment of use.
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from dotenv import dotenv_values, load_dotenv

from resources.errors import UsageProblem
from resources.redact import is_secret, remember_environment

log = logging.getLogger(__name__)

LEDGER_NAME = "limits.sqlite"  # below `state_dir`: what all processes of the host spent of each limit
CHECKOUT = Path(__file__).resolve().parent.parent
_ON, _OFF = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
# DuckDB and polars take a file name for a pattern, and logs take a path for one line of text.
_NO_FOLDER = re.compile(r"[*?\[\]\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class Settings:
    """What a run needs to know. URLs carry no trailing slash and may carry a path prefix."""

    data_dir: Path
    peloton_api_url: str
    peloton_auth_url: str
    peloton_requests_per_second: float
    peloton_library_start: str
    peloton_seconds_a_sample: int
    iracing_api_url: str
    iracing_auth_url: str
    iracing_requests_per_minute: float
    strava_api_url: str
    strava_auth_url: str
    strava_requests_per_15min: int
    strava_requests_per_day: int
    strava_window_seconds: int
    strava_retention_days: int
    background_sync_enabled: bool | None
    sync_interval_minutes: int
    limiter_url: str = field(repr=False)  # may hold a password
    state_url: str = field(repr=False)
    object_store_url: str
    object_store_warehouse: bool
    months_per_run: int
    dagster_yaml: Path
    alert_webhook_url: str = field(repr=False)  # lets anybody post
    alert_smtp_url: str = field(repr=False)
    alert_email_to: str
    alert_email_from: str
    alert_stale_days: int
    backup_keep: int
    explore_url: str

    @property
    def state_dir(self) -> Path:
        return self.data_dir / "state"

    @property
    def state_place(self) -> Path | str:
        """Where the state, the tokens and the locks are: the folder, or the address of a shared database."""
        return self.state_url or self.state_dir

    @property
    def landing_dir(self) -> Path:
        return self.data_dir / "landing"

    @property
    def lake_dir(self) -> Path:
        return self.data_dir / "lake"

    @property
    def warehouse_file(self) -> Path:
        return self.data_dir / "warehouse.duckdb"

    @property
    def dagster_home(self) -> Path:
        return self.state_dir / "dagster"


def load_settings() -> Settings:
    """Settings of this process. Raises UsageProblem for a number that is none."""
    dotenv = Path.cwd() / ".env"
    load_dotenv(dotenv)
    _tell_if_open(dotenv)
    remember_environment()
    return Settings(
        data_dir=_folder("PACELINE_DATA_DIR", "data"),
        peloton_api_url=_text("PELOTON_API_URL", "https://api.onepeloton.com").rstrip("/"),
        peloton_auth_url=_text("PELOTON_AUTH_URL", "https://auth.onepeloton.com").rstrip("/"),
        peloton_requests_per_second=_positive("PELOTON_REQUESTS_PER_SECOND", 1.0),
        peloton_library_start=_month("PELOTON_LIBRARY_START", "2014-01"),
        peloton_seconds_a_sample=max(1, round(_positive("PELOTON_SECONDS_A_SAMPLE", 5))),
        iracing_api_url=_text("IRACING_API_URL", "https://members-ng.iracing.com").rstrip("/"),
        iracing_auth_url=_text("IRACING_AUTH_URL", "https://oauth.iracing.com").rstrip("/"),
        iracing_requests_per_minute=_positive("IRACING_REQUESTS_PER_MINUTE", 200.0),
        strava_api_url=_text("STRAVA_API_URL", "https://www.strava.com/api/v3").rstrip("/"),
        strava_auth_url=_text("STRAVA_AUTH_URL", "https://www.strava.com").rstrip("/"),
        strava_requests_per_15min=round(_positive("STRAVA_REQUESTS_PER_15MIN", 100)),
        strava_requests_per_day=round(_positive("STRAVA_REQUESTS_PER_DAY", 1000)),
        strava_window_seconds=round(_positive("STRAVA_WINDOW_SECONDS", 900)),
        strava_retention_days=_days("STRAVA_RETENTION_DAYS", 0),
        background_sync_enabled=_switch("BACKGROUND_SYNC_ENABLED"),
        sync_interval_minutes=max(1, round(_positive("SYNC_INTERVAL_MINUTES", 60))),
        limiter_url=_text("LIMITER_URL", ""),
        state_url=_text("STATE_URL", ""),
        object_store_url=_text("OBJECT_STORE_URL", "").rstrip("/"),
        object_store_warehouse=bool(_switch("OBJECT_STORE_WAREHOUSE")),
        months_per_run=_whole_number("MONTHS_PER_RUN"),
        dagster_yaml=_file("PACELINE_DAGSTER_YAML", CHECKOUT / "dagster.yaml"),
        alert_webhook_url=_text("ALERT_WEBHOOK_URL", ""),
        alert_smtp_url=_text("ALERT_SMTP_URL", ""),
        alert_email_to=_text("ALERT_EMAIL_TO", ""),
        alert_email_from=_text("ALERT_EMAIL_FROM", ""),
        alert_stale_days=_days("ALERT_STALE_DAYS", 3),
        backup_keep=max(1, round(_positive("BACKUP_KEEP", 4))),
        explore_url=_text("EXPLORE_URL", "http://127.0.0.1:4747").rstrip("/"),
    )


@cache
def _tell_if_open(dotenv: Path) -> None:
    if is_open_to_others(dotenv):
        mode = dotenv.stat().st_mode & 0o777
        log.warning(
            "%s holds a secret and is open to others (mode %o). Run: chmod 600 %s", dotenv, mode, dotenv
        )


def is_open_to_others(dotenv: Path) -> bool:
    """Whether other users of this machine may read secrets in this file."""
    mode = dotenv.stat().st_mode & 0o777 if dotenv.exists() else 0
    return bool(mode & 0o077) and any(
        is_secret(name, value or "") for name, value in dotenv_values(dotenv).items()
    )


def _text(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def _folder(name: str, default: str) -> Path:
    path = Path(_text(name, default)).absolute()
    if _NO_FOLDER.search(path.as_posix()):
        raise UsageProblem(
            f"{name} is {str(path)!r}, whose name would be read as a pattern",
            "Choose a folder without * ? [ ] \\ and control signs in its path.",
        )
    return path


def _file(name: str, default: Path) -> Path:
    path = Path(_text(name, str(default))).absolute()
    if not path.is_file():
        raise UsageProblem(f"{name} is {str(path)!r}, which is no file", "Name a file, or leave it empty.")
    return path


def _month(name: str, default: str) -> str:
    text = _text(name, default)
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text):
        raise UsageProblem(f"{name} is {text!r}, which is not a month", f"Set it to for example {default}.")
    return text


def _days(name: str, default: int) -> int:
    text = _text(name, str(default))
    if not text.isdigit() or int(text) > 36_500:
        raise UsageProblem(
            f"{name} is {text!r}, which is no number of days", f"Set it to for example {default}."
        )
    return int(text)


def _whole_number(name: str) -> int:
    """0 where nobody said."""
    text = _text(name, "0")
    if not text.isdecimal() or int(text) > 10_000:
        raise UsageProblem(
            f"{name} is {text!r}, which is no number", "Give a whole number, or leave it empty."
        )
    return int(text)


def _switch(name: str) -> bool | None:
    """On, off, or None where nobody said."""
    text = _text(name, "").lower()
    if text in ("", *_ON, *_OFF):
        return None if not text else text in _ON
    raise UsageProblem(f"{name} is {text!r}, which is neither on nor off", "Set it to on or off.")


def _positive(name: str, default: float) -> float:
    text = _text(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1_000_000:
        raise UsageProblem(
            f"{name} is {text!r}, which is not a positive number", f"Set it to for example {default}."
        )
    return value
