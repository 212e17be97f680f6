"""Progress on standard error while a sync works: how far, how fast, and when it will be done."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from paceline.show import err
from peloton_assets.workspace import Progress as Step
from resources.outlook import Speed

LINE_EVERY_S = 10.0  # without a terminal
OUTLOOK_EVERY_S = 1.0
SHORTEST_S = 1.0  # what came in less tells no rate
# They warn of the waits that the reporter tells anyway.
TOLD_TWICE = ("resources.http", "resources.rate_limit")


class RateAndFinish(ProgressColumn):
    """When it is done: by what the limits allow where that is known, else at the rate so far."""

    def render(self, task: Task) -> Text:
        told = task.fields["outlook"]
        return Text(told or rate_and_finish(task.completed, task.total, task.elapsed or 0.0))


def rate_and_finish(done: float, total: float | None, elapsed_s: float) -> str:
    """For example `4.9/s, done at 14:32`."""
    if elapsed_s < SHORTEST_S or done <= 0:
        return ""
    rate = done / elapsed_s
    if total is None:
        return f"{rate:.1f}/s"
    finish = datetime.now() + timedelta(seconds=max(0.0, total - done) / rate)
    return f"{rate:.1f}/s, done at {finish:%H:%M:%S}"


class Reporter:
    """Shows steps as bars on a terminal, as a line now and then elsewhere."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, int] = {}
        self._speeds: dict[str, Speed] = {}
        self._outlooks: dict[str, tuple[float, str]] = {}
        self._last_line = time.monotonic()

    def step(self, step: Step) -> None:
        """One step went on."""
        speed = self._speeds.setdefault(step.stage, Speed(time.monotonic()))
        if err.is_terminal:
            task = self._tasks.get(step.stage)
            if task is None:
                task = self._bars.add_task(step.stage, total=step.total, outlook="")
                self._tasks[step.stage] = task
            told = self._outlook(step, speed)
            self._bars.update(task, completed=step.done, total=step.total, outlook=told)  # type: ignore[arg-type]
        elif time.monotonic() - self._last_line >= LINE_EVERY_S:
            self._last_line = time.monotonic()
            pace = step.words(speed) or rate_and_finish(
                step.done, step.total, time.monotonic() - speed.began_s
            )
            told = f"{step.stage}: {step.done} of {step.total or '?'} {step.unit}"
            err.print(", ".join(filter(None, (told, pace))), soft_wrap=True)

    def wait(self, seconds: float, reason: str) -> None:
        """Say why nothing happens."""
        for speed in self._speeds.values():
            speed.waited_s += seconds
        err.print(f"waiting {seconds:.0f} s: {reason}", markup=False, soft_wrap=True)

    def _outlook(self, step: Step, speed: Speed) -> str:
        """Told anew once a second: the limits are looked up for it."""
        looked, told = self._outlooks.get(step.stage, (0.0, ""))
        if time.monotonic() - looked >= OUTLOOK_EVERY_S:
            told = step.words(speed)
            self._outlooks[step.stage] = (time.monotonic(), told)
        return told


@contextmanager
def reporting() -> Iterator[Reporter]:
    """Show the progress of what runs inside."""
    from resources.dagster_runs import progress_listeners, wait_listeners

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), RateAndFinish())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bars:
        reporter = Reporter(bars)
        progress_listeners.append(reporter.step)
        wait_listeners.append(reporter.wait)
        for name in TOLD_TWICE:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            yield reporter
        finally:
            for name in TOLD_TWICE:
                logging.getLogger(name).setLevel(logging.NOTSET)
            progress_listeners.remove(reporter.step)
            wait_listeners.remove(reporter.wait)
