"""What a provider writes into its errors: a few words of it are told, never all of it, never a secret, on one line."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from observing import SUMMER, everything, quiet
from signing_in import BACKOFF_S

from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from peloton_assets.references import sync_references
from peloton_assets.workspace import Workspace
from resources.errors import PacelineError
from resources.peloton import PelotonClient
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.tokens import Tokens, TokenStore
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("D6")

Fault = dict[str, Any]
# 401 last: a refused token without a successor is not sent again.
STATUSES = (400, 402, 403, 404, 405, 409, 410, 418, 422, 429, 500, 501, 502, 503, 504, 520, 401)
WORD = "a-word-of-the-provider"
WORDS = 2_000  # some 45 KB
MOST_CHARS_TOLD = 120
LONGEST_MESSAGE = 600
UNKNOWN_SECRETS = (
    "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhdXRoMHx4In0.c2lnbmF0dXJl",
    "v1.MjAyNi0xMS0yMi1jYW5hcnk",
    "refresh_token=bm90LWZvci1sb2dz",
)


@pytest.fixture
def peloton(shared_peloton: Sandbox) -> Sandbox:
    """No test here changes its classes."""
    return shared_peloton


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Every line that was logged, whoever logged it."""
    caplog.set_level(logging.DEBUG)
    return lambda: [record.getMessage() for record in caplog.records]


def bodies(secrets: tuple[str, ...]) -> dict[str, Fault]:
    """Long bodies that begin with secrets and go on with them, in the forms in which errors come."""
    text = " ".join([*secrets, *[WORD] * WORDS, *secrets])
    return {
        "text": {"text": text},
        "lines": {"text": text.replace(" ", "\r\n\x1b[31m"), "content_type": "text/plain"},
        "html": {"text": f"<html><title>{text}</title></html>", "content_type": "text/html"},
        "message": {"json": {"status": 1, "message": text, "error": text, "error_description": text}},
        "nested": {"json": {"message": {"why": [text]}, "details": text}},
    }


SYNCS: dict[str, tuple[str, Callable[[Workspace], object]]] = {
    "archived": ("ride_archived", lambda work: sync_list(work, everything(), quiet)),
    "details": ("ride_details", lambda work: sync_details(work, replace(SUMMER, limit=1), quiet)),
    "mappings": ("metadata_mappings", sync_references),
}


def told_of(error: BaseException | None) -> Iterator[str]:
    """All that an exception carries, and what it came from."""
    while error is not None:
        yield from (str(error), *map(str, error.args), *map(str, vars(error).values()))
        error = error.__cause__ or error.__context__


def require_discreet(texts: list[str], secrets: tuple[str, ...]) -> None:
    for text in texts:
        assert len(text) <= LONGEST_MESSAGE
        assert text.count(WORD) * len(WORD) <= MOST_CHARS_TOLD
        assert "\n" not in text and "\x1b" not in text
        assert not [secret for secret in secrets if secret.split()[-1].split("=")[-1] in text]


@pytest.mark.parametrize("endpoint", SYNCS)
def test_error_bodies_are_told_in_a_few_words_only(
    endpoint: str,
    listed_work: Workspace,
    peloton: Sandbox,
    written: Callable[[], list[str]],
    figure: Callable[[str], None],
) -> None:
    work, (resource, sync) = listed_work, SYNCS[endpoint]
    secrets = (peloton.greeting["access_token"], *UNKNOWN_SECRETS)
    before = work.landing.sealed(PROVIDER, resource)
    told: list[str] = []
    forms = list(bodies(secrets).values())
    for place, status in enumerate(STATUSES):
        fault = {"kind": "status", "status": status, **forms[place % len(forms)]}
        peloton.faults({**fault, "endpoint": endpoint, "times": 0})
        try:
            sync(work)
        except PacelineError as error:
            told += told_of(error)
        (work.settings.state_dir / "limits.sqlite").unlink()  # the pause is over
        work.client = PelotonClient.from_settings(work.settings, backoff_s=BACKOFF_S)
    told += [str(value) for table in ("failures", "coverage", "sync_runs")
             for row in work.state.rows(f"SELECT * FROM {table}") for value in row.values()]  # fmt: skip
    lines = written()
    require_discreet(told + lines, secrets)
    assert len(lines) > len(STATUSES)
    assert any(WORD in text or "[redacted]" in text for text in told), (
        "the cause is told in the provider's words"
    )
    assert work.landing.sealed(PROVIDER, resource) == before
    figure(
        f"{endpoint}: {len(STATUSES)} statuses with bodies of {len(forms[0]['text']) // 1000} KB:"
        f" at most {MOST_CHARS_TOLD} characters of one told, no secret, nothing landed"
    )


def test_the_sign_in_tells_a_few_words_only(
    work: Workspace, peloton: Sandbox, written: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does the file of the tokens keep any of it."""
    monkeypatch.delenv("PELOTON_ACCESS_TOKEN")
    store = TokenStore(work.settings.state_dir)
    auth = PelotonAuth(store, work.settings.peloton_auth_url, backoff_s=BACKOFF_S)
    secrets = ("v1.the-token-that-was-sent", *UNKNOWN_SECRETS)
    forms = list(bodies(secrets).values())
    told: list[str] = []
    for place, status in enumerate(STATUSES):
        peloton.faults({"kind": "status", "status": status, **forms[place % len(forms)], "endpoint": "token"})
        store.save(PROVIDER, Tokens(refresh_token=secrets[0]))
        with pytest.raises(PacelineError) as ended:
            auth.access_token()
        told += told_of(ended.value)
        assert WORD not in store.path(PROVIDER).read_text()
    require_discreet(told + written(), secrets)
