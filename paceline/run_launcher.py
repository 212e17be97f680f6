"""Dagster's own launcher of run processes, which also tells the monitor when such a process is dead.

Without it a run whose process died together with its code server (a crash, a restart, a reboot) stays "started"
until its longest allowed time, a day.
"""

import time

import dagster as dg
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus

from resources.limit_ledger import uptime_s
from resources.processes import is_alive


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Starts runs on this host, and knows whether they still live. Named in dagster.yaml."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """FAILED when the process that the run named in its first event is gone."""
        process = self._process_of(run.run_id)
        if process is None or (is_alive(process) and not self._is_of_an_earlier_boot(run.run_id)):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, f"process {process} is gone")

    def _process_of(self, run_id: str) -> int | None:
        for event in self._instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
            told = event.get_dagster_event().engine_event_data.metadata.get("pid")
            if told is not None:
                return int(str(told.value))
        return None

    def _is_of_an_earlier_boot(self, run_id: str) -> bool:
        """The number of its process may belong to another one by now."""
        record = self._instance.get_run_record_by_id(run_id)
        started = record.start_time if record else None
        return started is not None and started < time.time() - uptime_s()
