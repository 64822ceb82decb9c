# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The pytest plug-in: the fixture `flops` counts a model, and a file in the repository guards what it costs.

    def test_encoder(flops):
        flops(Encoder(), torch.randn(1, 640, 768))

    pytest --flops-record     writes the counts of the tests that passed into flops.txt
    pytest --flops-check      fails where a count is not the recorded one, and names the module
    pytest                    only counts: no file is read or written

It needs no GPU: what is compared is the operator column. With pytest-xdist the workers count, and the main process
writes the file.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flopwatch._guard.guard import Guard

# Not in the package: every pytest run of an environment with flopwatch loads this, and the package
# loads torch. What counts is imported when it is needed.


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("flopwatch", "FLOPs of models, by the fixture flops")
    group.addoption("--flops-record", action="store_true", help="Record the counts of the tests that run and pass.")
    group.addoption("--flops-check", action="store_true", help="Fail where a count is not the recorded one.")
    group.addoption(
        "--flops-file", metavar="PATH", help="The file of the recorded counts; flops.txt in the root directory."
    )
    group.addoption(
        "--flops-tolerance",
        metavar="PART",
        default="0",
        help="The change allowed for the count of a module, as a part of the model's recorded total: 0.01 is 1 %%. "
        "0, the default, wants every line as it was recorded.",
    )


def pytest_configure(config: pytest.Config) -> None:
    record, check = config.getoption("flops_record"), config.getoption("flops_check")
    if record and check:
        raise pytest.UsageError("--flops-record writes what --flops-check compares with: give one of them")
    given = config.getoption("flops_file")
    tolerance = config.option.flops_tolerance = _tolerance(config.getoption("flops_tolerance"))
    if record or check:
        from flopwatch._guard.guard import DEFAULT_FILE, Guard

        path = Path(config.invocation_params.dir, given) if given else Path(config.rootpath, DEFAULT_FILE)
        config.option.flops_file = str(path)  # pytest-xdist hands the options to its workers
        config.pluginmanager.register(Guard(config, path, bool(record), tolerance), "flopwatch-guard")


def _tolerance(given: str | float) -> float:
    try:
        tolerance = float(given)
    except ValueError:
        tolerance = -1.0
    if not 0 <= tolerance < float("inf"):
        raise pytest.UsageError(f"--flops-tolerance is a part of the recorded total, 0 or more, not {given!r}")
    return tolerance


class FlopsFixture:
    """Counts models in a test; with --flops-record or --flops-check the counts are recorded or compared."""

    def __init__(self, node: pytest.Item, guard: Guard | None) -> None:
        self._node, self._guard = node, guard

    def count(
        self,
        model: Any,
        args: Any = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        **options: Any,
    ) -> Any:
        """`flopwatch.count(model, args, kwargs, **options)`, without a formula column unless one is asked for.

        `name` tells several counts of one test apart; without it they are numbered from the second on. Returns the
        Result. Raises AssertionError where --flops-check finds another count than the recorded one.
        """
        __tracebackhide__ = True
        from flopwatch._count import count

        result = count(model, args, kwargs, **{"formula": None, **options})
        if self._guard is not None:
            self._guard.counted(self._node, name, result)
        return result

    __call__ = count


@pytest.fixture
def flops(request: pytest.FixtureRequest) -> Generator[FlopsFixture, None, None]:
    """Counts a model: flops(model, args) gives a flopwatch.Result; see --flops-record and --flops-check."""
    guard = request.config.pluginmanager.get_plugin("flopwatch-guard")
    yield FlopsFixture(request.node, guard)
    if guard is not None:
        guard.test_ended(request.node)
