"""Workspaces that are signed in to a sandbox."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

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


def stay_signed_in(peloton: Sandbox) -> None:
    """Let every workspace of `sign_in` use one access token, so that none uses up the refresh token."""
    form = {"grant_type": "refresh_token", "client_id": "tests", "refresh_token": peloton.refresh_token}
    answer = requests.post(f"{peloton.auth_url}/oauth/token", data=form, timeout=10)
    peloton.greeting["access_token"] = answer.json()["access_token"]


def new_workspace(run_id: str) -> Workspace:
    """As another run of the same data folder would have it."""
    work = Workspace(load_settings(), run_id=run_id)
    work.client = PelotonClient.from_settings(work.settings, backoff_s=BACKOFF_S)
    return work


def fresh_refresh_token(peloton: Sandbox) -> str:
    """A refresh token that nobody has used, as a person gets it who signs in with a browser."""
    verifier, redirect = "v" * 43, "https://members.invalid/callback"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    question = {
        "response_type": "code", "client_id": "tests", "redirect_uri": redirect,
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    sent_back = requests.get(f"{peloton.auth_url}/authorize", question, timeout=10, allow_redirects=False)
    code = parse_qs(urlsplit(sent_back.headers["Location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code", "client_id": "tests", "code": code,
        "code_verifier": verifier, "redirect_uri": redirect,
    }  # fmt: skip
    answer = requests.post(f"{peloton.auth_url}/oauth/token", data=form, timeout=10)
    return str(answer.json()["refresh_token"])
