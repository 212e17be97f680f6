"""The sensor of a code location that looks for alerts of its provider and tells them.

It launches nothing and never fails: what is wrong with a channel is told in its log and in the reason of the tick.
One that fails to load leaves the alerts of the others.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from resources.alert_channels import channels
from resources.alert_delivery import deliver
from resources.alerts import Alert, FailedRun
from resources.dagster_runs import traces_without_secrets
from resources.errors import PacelineError
from resources.redact import one_line
from resources.settings import Settings, load_settings
from resources.state import State
from resources.workspace import now

INTERVAL_S = 60
RUNS_LOOKED_AT = 50
RUNS_ARE_NEWS_FOR = timedelta(days=30)
LOCATION_TAG = ".dagster/repository"  # __repository__@peloton
WILL_RETRY_TAG = "dagster/will_retry"
ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]

Look = Callable[[Settings, Sequence[FailedRun]], list[Alert]]


def alerts_sensor(source: str, look: Look) -> dg.SensorDefinition:
    """A sensor, running from the start, that tells the alerts of one provider once each."""

    @dg.sensor(
        name=f"{source}_alerts",
        minimum_interval_seconds=INTERVAL_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells what a person should know (`paceline alerts` lists it): by the log, and by the webhook or"
        " e-mail of the settings ALERT_... Makes no request to the provider and launches nothing.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        with traces_without_secrets():
            try:
                settings = load_settings()
                found = look(settings, failed_runs(context.instance, source))
                if not settings.data_dir.exists():
                    return dg.SkipReason("there is no data folder yet")
                ways = channels(settings, context.log.warning)
                problems = deliver(State(settings.state_place), source, found, ways, now())
            except PacelineError as error:
                return dg.SkipReason(str(error))
        for problem in problems:
            context.log.warning(str(problem))
        told = [f"{len(found)} alerts hold", *map(str, problems)]
        return dg.SkipReason("; ".join(told) if found else "nothing to tell")

    return alerts


def failed_runs(instance: dg.DagsterInstance, location: str) -> list[FailedRun]:
    """The last run of each job of a location, where it failed and nobody stopped it."""
    recent = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=now() - RUNS_ARE_NEWS_FOR)
    failed: dict[str, dg.DagsterRun] = {}
    for run in instance.get_runs(recent, limit=RUNS_LOOKED_AT):
        if _location_of(run) == location:
            failed.setdefault(run.job_name, run)
    last = [
        run
        for run in failed.values()
        if run.tags.get(WILL_RETRY_TAG) != "true" and not _is_followed(instance, run, location)
    ]
    return [told for run in last if (told := _told(instance, run)) is not None]


def _is_followed(instance: dg.DagsterInstance, failed: dg.DagsterRun, location: str) -> bool:
    """Whether another run of its job ended since then. Several locations have jobs of one name."""
    ended = instance.get_runs(dg.RunsFilter(job_name=failed.job_name, statuses=ENDED), limit=RUNS_LOOKED_AT)
    newest = next((run for run in ended if _location_of(run) == location), failed)
    return newest.run_id != failed.run_id


def _location_of(run: dg.DagsterRun) -> str:
    if run.remote_job_origin is not None:
        return run.remote_job_origin.repository_origin.code_location_origin.location_name
    return run.tags.get(LOCATION_TAG, "").rpartition("@")[2]  # of the command line


def _told(instance: dg.DagsterInstance, run: dg.DagsterRun) -> FailedRun | None:
    """Why it failed, in the words of the step; None when a person stopped it."""
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    events = [
        record.event_log_entry.get_dagster_event()
        for record in instance.get_records_for_run(run.run_id, of_type=kinds).records
    ]
    what, next_step, kind = "", f"Open the run {run.run_id[:8]} in the UI: `paceline up`.", ""
    for event in events:
        if event.is_job_failure:
            reason = event.job_failure_data.failure_reason
            if reason is not None and reason.name == "UNEXPECTED_TERMINATION":
                return None
            what = what or one_line(event.message or "nobody said why")
        elif not what:
            data: Any = event.step_failure_data
            metadata = data.user_failure_data.metadata if data.user_failure_data else {}
            kind = str(metadata["kind"].value) if "kind" in metadata else ""
            told = str(metadata["next step"].value) if "next step" in metadata else ""
            said = data.user_failure_data.description if kind else data.error.message if data.error else ""
            what, next_step = one_line((said or "").removesuffix(told)), told or next_step
    job = "a materialization" if run.job_name.startswith("__") else run.job_name
    return FailedRun(job, run.run_id, what, next_step, kind)
