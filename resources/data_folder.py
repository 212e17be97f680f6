"""Landing zone and lake of the data folder: this host's own, or its working copy of an object storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.errors import UsageProblem
from resources.lake import Lake
from resources.landing import Landing
from resources.settings import Settings

if TYPE_CHECKING:
    from resources.object_store import ObjectStore


def open_lake(settings: Settings) -> Lake:
    """The lake as all hosts left it."""
    lake = Lake(settings.lake_dir, object_store(settings))
    lake.pull()
    return lake


def open_landing(settings: Settings, provider: str) -> Landing:
    """The landing zone, of which what all hosts landed of this provider is here."""
    landing = Landing(settings.landing_dir, object_store(settings))
    landing.pull(provider)
    return landing


def object_store(settings: Settings) -> ObjectStore | None:
    """What OBJECT_STORE_URL names, if it names something. Raises UsageProblem."""
    if not settings.object_store_url:
        return None
    try:
        from resources.object_store import ObjectStore  # of an extra that one host does not need
    except ModuleNotFoundError as error:
        raise UsageProblem(
            f"OBJECT_STORE_URL needs {error.name}", "Install the extra: pip install 'paceline[hosts]'."
        ) from error
    return ObjectStore.from_settings(settings)
