"""Every place in the code that changes a disk, found by reading the code, and ways to stop a process there.

Importing this module makes Paceline's own modules report each such call just before and just after it: the
syntax tree of a module is rewritten while it is imported, so a new call cannot be forgotten. A forked process
is armed with one `Plan`; unarmed, the reports only count.
"""

from __future__ import annotations

import ast
import errno
import os
import signal
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import duckdb

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGES = ("resources", "iracing_assets", "peloton_assets", "strava_assets", "paceline")
# fmt: off
CHANGES_FILES = {
    "fsync", "fsync_file", "sync", "replace", "rename", "unlink", "rmtree", "mkdir", "mkdtemp", "touch", "chmod",
    "truncate", "copyfile", "write_text", "write_bytes", "write_parquet", "backup",
}
CHANGES_DATABASES = {"execute", "executemany", "executescript", "create", "commit", "put", "leak", "flush"}
# fmt: on
OPENS_DATABASES = ("sqlite3.connect", "ATTACH", "database.transaction()")
BEFORE, AFTER = "before", "after"
_REPORT = "__report_point__"


@dataclass(frozen=True, order=True)
class Point:
    """A moment at which a process may stop: before or after a call that changes a disk."""

    site: str  # file, function and call
    phase: str


@dataclass(frozen=True)
class Plan:
    """Do `act` when `point` is reached for the `hit`-th time."""

    point: Point
    hit: int
    act: Callable[[Point], None]


def kill(_: Point) -> None:
    """kill -9 from inside: nothing is flushed, closed or said."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail(point: Point) -> None:
    """The disk is full, in the words of whoever finds out at this point."""
    if point.site.split(" #")[0].rpartition(".")[2] not in CHANGES_DATABASES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), point.site)
    if point.site.startswith("resources/warehouse.py"):
        raise duckdb.IOException(f"Could not write file: {os.strerror(errno.ENOSPC)}")
    raise sqlite3.OperationalError("database or disk is full")


hits: Counter[Point] = Counter()
_plan: Plan | None = None
_lock = threading.Lock()


def arm(plan: Plan | None) -> None:
    """Count anew, and act on this plan."""
    global _plan
    hits.clear()
    _plan = plan


def report(site: str, phase: str, value: Any = None) -> Any:
    """Called by the rewritten code around each change; hands `value` through."""
    point = Point(site, phase)
    with _lock:
        hits[point] += 1
        plan = _plan if _plan and _plan.point == point and hits[point] == _plan.hit else None
    if plan:
        plan.act(point)
    return value


class _Sites(ast.NodeTransformer):
    """Puts a report before and after each call that changes a disk."""

    def __init__(self, file: str, opens_databases: bool) -> None:
        self.file, self.opens_databases = file, opens_databases
        self.within: list[str] = []
        self.sites: Counter[str] = Counter()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._enter(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._enter(node)

    def _enter(self, node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
        self.within.append(node.name)
        self.generic_visit(node)
        self.within.pop()
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not self.within or not self._changes_a_disk(node):
            return node
        site = f"{self.file} {'.'.join(self.within)}: {ast.unparse(node.func)}"
        self.sites[site] += 1
        if self.sites[site] > 1:
            site = f"{site} #{self.sites[site]}"
            self.sites[site] += 1
        call: Callable[..., ast.Call] = lambda *rest: ast.Call(ast.Name(_REPORT, ast.Load()), [*rest], [])  # noqa: E731
        # Arguments are evaluated in order: the report before, the call itself, and then the report after.
        before = call(ast.Constant(site), ast.Constant(BEFORE))
        both = ast.Subscript(ast.Tuple([before, node], ast.Load()), ast.Constant(1), ast.Load())
        return ast.copy_location(call(ast.Constant(site), ast.Constant(AFTER), both), node)

    def _changes_a_disk(self, node: ast.Call) -> bool:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "replace":  # of a path; that of a text has two arguments, that of a time has names
            return isinstance(node.func, ast.Attribute) and len(node.args) == 1 and not node.keywords
        if name == "write":
            return ast.unparse(node.func) == "file.write"
        if ast.unparse(node.func) == "obstore.put":
            return True
        reads = (
            node.args and isinstance(node.args[0], ast.Constant) and str(node.args[0].value)[:6] == "SELECT"
        )
        return name in CHANGES_FILES or (self.opens_databases and name in CHANGES_DATABASES and not reads)


def _rewritten(path: Path) -> tuple[ast.Module, list[str]]:
    source = path.read_text()
    tree = ast.parse(source)
    sites = _Sites(str(path.relative_to(CHECKOUT)), any(word in source for word in OPENS_DATABASES))
    tree = ast.fix_missing_locations(sites.visit(tree))
    return tree, list(sites.sites)


@cache
def all_points() -> tuple[Point, ...]:
    """Every point of the code as it is."""
    files = sorted(path for package in PACKAGES for path in (CHECKOUT / package).glob("*.py"))
    sites = [site for path in files for site in _rewritten(path)[1]]
    return tuple(Point(site, phase) for site in sites for phase in (BEFORE, AFTER))


class _Loader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        return compile(_rewritten(Path(self.path))[0], self.path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)[_REPORT] = report
        super().exec_module(module)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in PACKAGES:
            return None
        spec = PathFinder.find_spec(fullname, path or [str(CHECKOUT)], target)
        if spec and spec.origin and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(fullname, spec.origin)
        return spec


def install() -> None:
    """Rewrite Paceline's modules from now on. Only for processes that are meant to be stopped."""
    early = [name for name in sys.modules if name.partition(".")[0] in PACKAGES]
    if early:
        raise RuntimeError(f"imported before their points could be found: {early}")
    sys.meta_path.insert(0, _Finder())
