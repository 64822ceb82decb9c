# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The recording of a process: from the first call of a module to the end."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from .. import _session as sessions
from .._hooks import ignore_the_warning_of_hooks
from .._load import native
from .._thop.formula import THOP_RULES
from .first_call import FirstCall, announce_compiled_modules
from .gpu_use import has_context
from .hooks import RunHooks
from .options import OWNER, RECORDED, RunOptions
from .path import capture_path
from .ranges import RangeScopes
from .roots import Roots
from .script import ScriptRecording

_LONGEST_WAIT_S = 10.0
"""For another thread's first call. A thread that has waited so long goes on, and its call has no row of its own."""
_LAST = -1000
"""Of the finalizers of multiprocessing, which ends its processes without Python's own exit functions."""


class Recorder:
    """One in a process. It waits, then records, then has ended; nothing that it does raises into the program."""

    def __init__(self, options: RunOptions, started_with: Mapping[str, str]) -> None:
        self._options = options
        self._environment = dict(started_with)
        self._forked = False
        self._first = FirstCall(self._called)
        self._announces = False
        self._script = ScriptRecording(options)
        self._ranges = RangeScopes(options.ranges)
        self._set_up()

    def _set_up(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._state = "waiting"
        self._roots = Roots(self._options.roots)
        self._session: Any = None
        self._hooks: RunHooks | None = None
        self._path = ""

    def wait(self) -> None:
        """Until a module is called. If none ever is, the operators of the script are recorded."""
        sessions.stands_aside = self._stand_aside
        self._first.wait()
        if not self._announces:
            self._announces = True
            announce_compiled_modules(self._called_compiled)
        try:
            self._script.begin()
            atexit.register(self._end_script)
        except Exception as error:  # what calls a module is recorded all the same
            self._script.drop()
            _say(f"operators before the first call of a module are not recorded: {error}")
        self._ranges.install()

    # The calls of modules, on any thread.

    def _called(self, module: nn.Module | None) -> None:
        hooks = self._begun()
        if hooks is not None and module is not None:
            hooks.enter(module)

    def _called_compiled(self, module: nn.Module | None) -> None:
        """The module's scope is opened by who calls this."""
        if self._begun() is not None and module is not None and not native.call_open():
            self._meet(module)

    def _begun(self) -> RunHooks | None:
        """Begins the recording, unless it has begun or ended."""
        if self._state in ("waiting", "beginning") and self._acquire():
            try:
                if self._state == "waiting":
                    self._guarded(self._begin)
            finally:
                self._lock.release()
        return self._hooks if self._state == "recording" else None

    def _meet(self, module: nn.Module) -> bool:
        """A module is called outside every other. Returns whether it is watched from now on."""
        if self._state != "recording" or not self._acquire():
            return False
        try:
            return bool(self._guarded(lambda: self._watch_roots_of(module)))
        finally:
            self._lock.release()

    def _watch_roots_of(self, module: nn.Module) -> bool:
        hooks, tree = self._hooks, self._roots.tree_with(module)
        if hooks is None or tree is None:
            return False
        self._session.watch_more(tree.compiled)
        hooks.watch_more(tree)
        return True

    def _acquire(self) -> bool:
        return self._lock.acquire(timeout=_LONGEST_WAIT_S)

    # The recording.

    def _begin(self) -> None:
        options = self._options
        self._state = "beginning"
        products_before = self._script.products()
        self._script.drop()
        self._ranges.install()  # of packages that the program has imported by now
        tree = self._roots.empty_tree()
        self._path = capture_path(options.capture, self._environment, forked=self._forked)
        self._session = sessions.make_session(
            tree.root,
            tree,
            sessions.SessionOptions(
                device=options.device or _device_in_use(),
                replay_mode=options.replay_mode,
                metrics=options.metrics,
                capture=self._path,
                measure=options.measure,
                counting=options.counting,
            ),
            formula=THOP_RULES,
            iteration=options.iteration,
            raw=options.raw,
        )
        if options.without_effect:
            named = ", ".join(options.without_effect)
            _say(f"{named}: without effect on a program that uses PyTorch")
        if options.command:
            self._session.set_info("command", options.command)
        self._hooks = RunHooks(self._session, tree, self._meet)
        self._session.start("whole")
        self._ranges.recording_begins()
        self._session.note_loss("began_at_first_call", "")
        options.note_without_effect(self._session)
        if products_before > 0 and options.device != "cpu" and has_context():
            self._session.note_loss("launches_not_seen", _before(products_before))
        self._first.stop()
        ignore_the_warning_of_hooks()
        self._hooks.install()
        os.environ[RECORDED] = str(os.getpid())
        self._end_at_exit()
        self._state = "recording"

    def _end_at_exit(self) -> None:
        atexit.register(self._end)
        processes = sys.modules.get("multiprocessing.util")
        if processes is not None:
            processes.Finalize(None, self._end, exitpriority=_LAST)

    def _end(self) -> None:
        """At the end of the process. Idempotent."""
        if self._process != os.getpid() or self._state != "recording" or not self._acquire():
            return
        try:
            self._guarded(self._finish)
        finally:
            self._lock.release()

    def _end_script(self) -> None:
        """At the end of a process that called no module."""
        if self._process != os.getpid() or self._state != "waiting" or not self._acquire():
            return
        try:
            path = capture_path(self._options.capture, self._environment, forked=self._forked)
            failed = self._guarded(lambda: self._script.keep(path))
        finally:
            self._lock.release()
        if failed:
            _say(failed)

    def _finish(self) -> None:
        missing, too_many = self._roots.missing, self._roots.too_many
        if missing:
            self._session.note_loss("root_not_found", ", ".join(missing) + ".")
            _say(f"no module was found as --root {', '.join(missing)}: name a variable of the main script")
        if too_many:
            self._session.note_loss("roots_left_out", ", ".join(sorted(set(too_many))) + ".")
        self._stop()

    def _stop(self) -> None:
        self._state = "ended"
        if self._hooks is not None:
            self._hooks.remove()
            self._hooks = None
        self._session.finish("")
        compiled = self._session.result()
        if compiled is not None and compiled.not_written:
            _say(compiled.not_written)

    def _stand_aside(self) -> None:
        """The program counts itself."""
        if self._process != os.getpid() or self._state not in ("waiting", "recording") or not self._acquire():
            return
        try:
            self._guarded(self._leave_to_the_program)
        finally:
            self._lock.release()

    def _leave_to_the_program(self) -> None:
        if self._state == "waiting":
            self._state = "ended"
            self._first.stop()
            self._script.drop()
            _say("this program counts itself with flopwatch: its own sessions record, and nothing else is recorded")
        elif self._state == "recording":
            self._session.note_loss("own_session", "")
            self._stop()
            _say(
                f"this program counts itself with flopwatch: its own session records from here, and {self._path} ends"
            )

    # What keeps the program from harm.

    def _guarded(self, body: Callable[[], Any]) -> Any:
        """What `body` returns; None where it fails, which ends the recording and is said. An interrupt passes."""
        try:
            return body()
        except Exception as error:
            self._give_up()
            _say(f"nothing more is recorded in process {os.getpid()}: {error}")
            return None
        except BaseException:
            self._give_up()
            raise

    def _give_up(self) -> None:
        self._state = "ended"
        self._first.stop()
        self._script.drop()
        if self._hooks is not None:
            self._hooks.remove()
            self._hooks = None
        if self._session is not None:
            self._session.abandon()

    def begin_again_in_child(self) -> None:
        """After fork(), in the child: what was recorded is the parent's, and the child's calls get their own file."""
        try:
            ended = self._state == "ended"
            self._forked = True
            self._first.stop()
            self._script.drop()
            if self._hooks is not None:
                self._hooks.remove()
            if self._session is not None:
                self._session.abandon()
            self._set_up()
            os.environ[OWNER] = str(os.getpid())
            if ended:
                self._state = "ended"
            else:
                self._first.wait()
        except Exception as error:
            _say(f"process {os.getpid()} is not recorded: {error}")


def _device_in_use() -> str | None:
    """The GPU that the program is about to use, if it has begun to use one: a model that is there has."""
    return f"cuda:{torch.cuda.current_device()}" if torch.cuda.is_initialized() else None  # type: ignore[no-untyped-call]


def _before(products: int) -> str:
    return f"Operators of {products:,} multiply-adds ran before the first call of a module; no column has them either."


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, f"flopwatch run: {text}\n".encode())  # not sys.stderr, which can be the program's own object
