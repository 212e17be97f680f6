"""Workspaces that are signed in to a sandbox."""

from __future__ import annotations

import pytest

from peloton_assets.workspace import Workspace
from resources.peloton import PelotonClient
from resources.settings import load_settings
from sandbox.client import Sandbox

FAST_PER_SECOND = 900
BACKOFF_S = 0.01


def sign_in(peloton: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in peloton.env().items():
        monkeypatch.setenv(name, value)
    if access_token := peloton.greeting.get("access_token"):
        monkeypatch.delenv("PELOTON_REFRESH_TOKEN")
        monkeypatch.setenv("PELOTON_ACCESS_TOKEN", access_token)


def new_workspace(run_id: str) -> Workspace:
    """As another run of the same data folder would have it."""
    work = Workspace(load_settings(), run_id=run_id)
    work.client = PelotonClient.from_settings(work.settings, backoff_s=BACKOFF_S)
    return work
