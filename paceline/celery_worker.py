"""The Celery app that `paceline worker` serves: runs of Dagster as tasks, each in a process of its own."""

from __future__ import annotations

import os

from dagster_celery.config import DEFAULT_CONFIG
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_execute_job_task, create_resume_job_task

RUNS_QUEUE, BUILDER_QUEUE = "dagster", "builder"
BROKER = "CELERY_BROKER_URL"  # may hold a password, so it is never an argument

app = make_app(  # type: ignore[no-untyped-call]
    {
        "broker": os.environ.get(BROKER),
        "backend": os.environ.get(BROKER),
        "config_source": {
            **DEFAULT_CONFIG,
            "broker_connection_retry_on_startup": True,
            "worker_max_tasks_per_child": 1,  # a run leaves nothing behind for the next one
            "worker_disable_prefetch": True,  # a run waits for whoever is free first
            "result_expires": 7 * 86400,
        },
    }
)
execute_job = create_execute_job_task(app)
resume_job = create_resume_job_task(app)
