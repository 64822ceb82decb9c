# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A pytest run with --flops-record or --flops-check: what the plug-in registers for it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from .._errors import UsageError
from .diff import compare
from .file import parse_rows, read, render_section, section_name, section_of, write

DEFAULT_FILE = "flops.txt"
_COUNTED = pytest.StashKey[dict[str, str]]()
_NOT_PASSED = pytest.StashKey[bool]()
_ATTRIBUTE = "flopwatch_counts"


class Guard:
    """One pytest run with a file. On a worker of pytest-xdist it counts and compares; the main process writes."""

    def __init__(self, config: pytest.Config, path: Path, record: bool, tolerance: float) -> None:
        self.config, self.path, self.record, self.tolerance = config, path, record, tolerance
        self.writes = record and not hasattr(config, "workerinput")
        self.recorded: dict[str, Any] | None = None
        self.counts: dict[str, dict[str, str]] = {}  # of tests that passed: section -> its lines
        self.summary: list[str] = []
        self.compared = 0
        if record:
            self._read()  # so that a file that cannot be written fails before the tests run

    # ---- where the tests run

    def counted(self, node: pytest.Item, label: str | None, result: Any) -> None:
        __tracebackhide__ = True
        counts = node.stash.setdefault(_COUNTED, {})
        if label is None and counts:
            label = f"count {len(counts) + 1}"
        section = section_name(node.nodeid, label)
        if section in counts:
            raise UsageError(f"this test has counted {label or 'a model'} already: give each count its own name")
        rows = section_of(result)
        counts[section] = render_section(rows)
        if self.record:
            return
        known = self._read().get(section)
        if known is None:
            raise AssertionError(
                f"{self._shown_path} has no counts of {section}. Record them: {self._record_command(node)}"
            )
        change = compare(known, rows, self.tolerance)
        if change:
            title = f"{change.headline} in {self._shown_path} for {section}"
            raise AssertionError(
                "\n".join([title, *change.lines(), f"  If that is meant, record it: {self._record_command(node)}"])
            )

    def test_ended(self, node: pytest.Item) -> None:
        """A recorded count that the test no longer makes guards nothing."""
        __tracebackhide__ = True
        if self.record or node.stash.get(_NOT_PASSED, False):
            return
        gone = [s for s in _sections_of(node.nodeid, self._read()) if s not in node.stash.get(_COUNTED, {})]
        if gone:
            raise AssertionError(
                f"{self._shown_path} has counts of {', '.join(gone)}, which the test did not make. "
                f"If that is meant, record it: {self._record_command(node)}"
            )

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, None]:
        report = (yield).get_result()
        if not report.passed:
            item.stash[_NOT_PASSED] = True
        if report.when == "teardown" and not item.stash.get(_NOT_PASSED, False) and item.stash.get(_COUNTED, {}):
            # Goes with the report from a worker to the main process.
            setattr(report, _ATTRIBUTE, item.stash[_COUNTED])
        if report.when == "teardown":  # other plug-ins run a test again
            item.stash[_NOT_PASSED], item.stash[_COUNTED] = False, {}

    # ---- in the main process

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        counts = getattr(report, _ATTRIBUTE, None)
        if counts is not None:
            self.counts[report.nodeid] = counts
            self.compared += len(counts)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.writes:
            if self.compared:
                self.summary.append(f"{_counts(self.compared)} as recorded in {self._shown_path}")
            return
        try:
            self._write()
        except UsageError as error:
            self.summary.append(f"nothing was recorded: {error}")
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for line in self.summary:
            terminalreporter.write_line(f"flopwatch: {line}")

    def _write(self) -> None:
        if not self.counts:
            self.summary.append("nothing to record: no test that counts a model ran and passed")
            return
        changes = {section: parse_rows(text) for counts in self.counts.values() for section, text in counts.items()}
        old = read(self.path)
        gone = [s for node in self.counts for s in _sections_of(node, old) if s not in changes]
        new, changed = write(self.path, changes, gone)
        text = f"{_counts(len(changes))} recorded in {self._shown_path}: {new} new, {changed} changed"
        self.summary.append(f"{text}, {len(gone)} taken out" if gone else text)

    # ---- both

    def _read(self) -> dict[str, Any]:
        if self.recorded is None:
            try:
                self.recorded = read(self.path)
            except UsageError as error:
                if self.record:
                    raise pytest.UsageError(str(error)) from None
                raise
        return self.recorded

    @property
    def _shown_path(self) -> str:
        try:
            return str(self.path.relative_to(self.config.invocation_params.dir))
        except ValueError:
            return str(self.path)

    def _record_command(self, node: pytest.Item) -> str:
        words = ["pytest", "--flops-record"]
        if self.path != Path(self.config.rootpath, DEFAULT_FILE):
            words += ["--flops-file", self._shown_path]
        file, colons, test = node.nodeid.partition("::")
        here = os.path.relpath(self.config.rootpath / file, self.config.invocation_params.dir)
        return shlex.join([*words, here + colons + test])


def _sections_of(node_id: str, sections: Mapping[str, Any]) -> list[str]:
    name = section_name(node_id)
    return [s for s in sections if s == name or (s.startswith(f"{name} ") and "]" not in s[len(name) :])]


def _counts(n: int) -> str:
    return f"{n} count{'' if n == 1 else 's'}"
