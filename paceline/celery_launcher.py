"""Dagster's Celery launcher, which also tells the monitor when a worker is dead, and sends builders to the builder.

Of a worker that was killed Celery goes on saying "started" for ever. So the workers are asked what they have in hand.
"""

from __future__ import annotations

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, ResumeRunContext, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_QUEUE_TAG, DAGSTER_CELERY_TASK_ID_TAG

from paceline.celery_worker import BUILDER_QUEUE

BUILDING_STEPS = {"warehouse", "iracing__race_calendar", "strava__training_log"}  # that publish the warehouse
TIMES_ASKED = 3  # before a worker that does not answer counts as dead
ANSWER_WITHIN_S = 5.0


class WorkerRunLauncher(CeleryRunLauncher):
    """Starts runs as tasks of `paceline worker`. Named in deploy/dagster.yaml."""

    def launch_run(self, context: LaunchRunContext) -> None:
        super().launch_run(context._replace(dagster_run=self._routed(context.dagster_run)))

    def resume_run(self, context: ResumeRunContext) -> None:
        super().resume_run(context._replace(dagster_run=self._routed(context.dagster_run)))

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """FAILED when no worker has the run in hand."""
        task = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG)
        if task is None:  # a command, which runs in its own process
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        for _ in range(TIMES_ASKED):
            told = super().check_run_worker_health(run)
            if told.status in (WorkerStatus.SUCCESS, WorkerStatus.FAILED) or self._is_in_hand(task):
                return (
                    told
                    if told.status != WorkerStatus.UNKNOWN
                    else CheckRunHealthResult(WorkerStatus.RUNNING)
                )
        return CheckRunHealthResult(WorkerStatus.FAILED, "no worker has this run in hand any more")

    def _is_in_hand(self, task: str) -> bool:
        result = self.celery.AsyncResult(task)
        worker = [result.info["hostname"]] if result.state == "STARTED" else None
        workers = self.celery.control.inspect(worker, timeout=ANSWER_WITHIN_S).active() or {}
        return any(task == active["id"] for tasks in workers.values() for active in tasks)

    def _routed(self, run: dg.DagsterRun) -> dg.DagsterRun:
        """A run that ends in the published warehouse goes to the one host that keeps it."""
        plan = self._instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id or "")
        if BUILDING_STEPS.isdisjoint(plan.step_keys_to_execute):
            return run
        return run.with_tags({DAGSTER_CELERY_QUEUE_TAG: BUILDER_QUEUE, **run.tags})
