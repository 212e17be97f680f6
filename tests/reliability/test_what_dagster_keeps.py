"""What Dagster stores and shows of a run that met hostile titles and a provider that repeats our tokens.

One run of the whole job with every logger at DEBUG, captured into Dagster's own event storage as dagster.yaml allows.
"""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster_graphql.cli import execute_query
from hostile import short
from secret_scan import found_in, leaks, sought

from peloton_assets.definitions import defs
from resources.dagster_runs import failures_in_words
from sandbox.client import Sandbox

BEGINNINGS = ("v1.sandbox-", "eyJhbGciOiJub25l")
PASSWORD = "pa55/Canary+W0rd-of-a-proxy"
MONTH = "2019-01-01"
LINK = re.compile(r"(?<!\\)\]\(http://127\.0\.0\.1:4747/[^()\s]*\)")
MARKUP = re.compile(r"[<>]|(?<!\\)\]\(|(?<!\\)[`*_!]")
PICTURE = re.compile(r"!\[[\w ,-]+\]\(data:image/svg\+xml;base64,[\w+/=]+\)")
QUERY = """{ runsOrError { ... on Runs { results {
    runId runConfigYaml tags { key value }
    stepStats { stepKey status }
    eventConnection(limit: 5000) { events { __typename ... on MessageEvent { message }
        ... on MaterializationEvent { metadataEntries { label description
            ... on TextMetadataEntry { text } ... on MarkdownMetadataEntry { mdStr } ... on TableMetadataEntry {
                table { records } } } }
        ... on ErrorEvent { error { message stack } } } } } } } }"""


@dataclass(frozen=True)
class Kept:
    """A finished run, and where everything is that it left behind."""

    folder: Path
    result: dg.ExecuteInProcessResult
    instance: dg.DagsterInstance
    lines: list[logging.LogRecord]


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "dagster").mkdir()
    logs = {"python_logs": {"managed_python_loggers": ["root"], "python_log_level": "DEBUG"}}
    lines = Lines()
    with (
        Sandbox(rate=0, classes=12, until="2019-01-31") as sandbox,
        dg.DagsterInstance.local_temp(str(folder / "dagster"), overrides=logs) as instance,
        pytest.MonkeyPatch.context() as patch,
    ):
        served = [row["id"] for row in sandbox.classes() if row["details_status"] == 200]
        for place, class_id in enumerate(served):
            texts = short()[place * 20 : place * 20 + 20]
            sandbox.edit(class_id, {"title": " ".join(texts), "description": texts[0]})
        echo = f"Authorization: Bearer {sandbox.refresh_token} is not\nwelcome, refresh_token={sandbox.refresh_token}"
        sandbox.faults(
            {"kind": "status", "endpoint": "archived", "status": 403, "text": echo, "at_request": 1},
            {"kind": "status", "endpoint": "details", "status": 404, "json": {"message": echo}, "at_request": 2},
            {"kind": "expire_tokens", "endpoint": "details", "at_request": 3},
        )  # fmt: skip
        for name, value in sandbox.env().items():
            patch.setenv(name, value)
        patch.setenv("PACELINE_DATA_DIR", str(folder / "data"))
        patch.setenv("PELOTON_REQUESTS_PER_SECOND", "900")
        patch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@proxy.invalid:3128")
        logging.getLogger().addHandler(lines)
        result = defs.resolve_job_def("peloton_library").execute_in_process(
            instance=instance, partition_key=MONTH, raise_on_error=False
        )
        yield Kept(folder, result, instance, lines.records)
        logging.getLogger().removeHandler(lines)


def secrets_of(kept: Kept) -> set[str]:
    stored = json.loads((kept.folder / "data" / "state" / "tokens" / "peloton.json").read_text())
    account = stored["accounts"]["default"]
    return {PASSWORD, account["access_token"], account["refresh_token"]}


@pytest.mark.promise("D4", "D5")
def test_nothing_that_is_stored_holds_a_secret(kept: Kept, figure: Any) -> None:
    assert kept.result.success
    assert leaks(kept.folder, secrets_of(kept), BEGINNINGS) == set()
    text = b"\n".join(record.getMessage().encode("utf-8", "replace") for record in kept.lines)
    assert b"oauth/token HTTP/1.1" in text, "urllib3 was heard"
    assert not found_in(text, sought(secrets_of(kept)) | {start.encode() for start in BEGINNINGS})
    files = sum(path.is_file() for path in kept.folder.rglob("*"))
    figure(f"a run with {len(kept.lines):,} lines of log and {files} files: 0 hits")


@pytest.mark.promise("D4", "D5")
def test_graphql_tells_no_secret(kept: Kept) -> None:
    """What the pages of the UI are made of: run config, tags, events, errors, metadata."""
    with WorkspaceProcessContext(kept.instance, EmptyWorkspaceTarget()) as context:
        told = json.dumps(execute_query(context, QUERY))
    assert kept.result.run_id in told and "errors" not in json.loads(told)
    assert "[redacted]" in told, "the provider's words are told without the secret"
    assert not found_in(told.encode(), sought(secrets_of(kept)) | {start.encode() for start in BEGINNINGS})


@pytest.mark.promise("F1")
def test_metadata_is_inert(kept: Kept) -> None:
    """Text and cells of tables are shown as they are; only Markdown is rendered, and holds nothing of a provider."""
    entries = [
        value
        for event in kept.result.all_events
        if event.is_step_materialization
        for value in event.step_materialization_data.materialization.metadata.values()
    ]
    rendered_texts = [str(entry.value) for entry in entries if isinstance(entry, dg.MarkdownMetadataValue)]
    pictures = [text for text in rendered_texts if PICTURE.fullmatch(text)]
    tables = [LINK.sub("", text) for text in rendered_texts if text not in pictures]
    assert pictures and tables
    assert [text for text in tables if MARKUP.search(text)] == [], "all but our own links is escaped"
    assert any(isinstance(entry, dg.TableMetadataValue) for entry in entries)
    rendered = (dg.UrlMetadataValue, dg.NotebookMetadataValue, dg.PathMetadataValue, dg.JsonMetadataValue)
    assert not [entry for entry in entries if isinstance(entry, rendered)]


@pytest.mark.promise("F1")
def test_every_line_of_our_logs_is_one_line(kept: Kept) -> None:
    ours = [
        line for line in kept.lines if line.name.split(".")[0] in ("resources", "peloton_assets", "paceline")
    ]
    assert ours
    assert [line.getMessage() for line in ours if not line.getMessage().isprintable()] == []


@pytest.mark.promise("D4")
def test_a_step_that_fails_unexpectedly_tells_no_secret(tmp_path: Path) -> None:
    """A bug may carry a secret in its message or in a cause; Dagster stores both."""
    (tmp_path / "dagster").mkdir()
    secret = "Bearer a-token/of-nobody+known"

    @dg.asset
    def broken(context: dg.AssetExecutionContext) -> None:
        with failures_in_words(context):
            try:
                raise KeyError(secret)
            except KeyError as error:
                raise RuntimeError(f"cannot send {secret}") from error

    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        ended = dg.materialize([broken], instance=instance, raise_on_error=False)
    assert not ended.success
    (failure,) = [event.step_failure_data for event in ended.all_events if event.is_step_failure]
    assert failure.user_failure_data
    assert "RuntimeError: cannot send [redacted]" in str(failure.user_failure_data.description)
    assert leaks(tmp_path, {"a-token/of-nobody+known"}) == set()
