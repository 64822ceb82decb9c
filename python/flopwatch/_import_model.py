# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Records a capture of a model without a GPU, for `flopwatch import --model module:factory`."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from ._count import count
from ._errors import FlopwatchError, UsageError


def model_and_inputs(place: str) -> tuple[Any, Any]:
    """What the factory at "module:factory" returns: a model, and a tuple of its inputs."""
    module_name, colon, factory_name = place.partition(":")
    if not (module_name and colon and factory_name):
        raise UsageError(f"{place!r} names no factory: give module:factory, as in my_model:make")
    try:
        factory = getattr(importlib.import_module(module_name), factory_name)
    except (ImportError, AttributeError) as e:
        raise UsageError(f"there is no factory {place!r}: {e}; run it where Python finds the module") from e
    made = factory()
    if not (isinstance(made, tuple) and len(made) == 2):
        raise UsageError(f"{place!r} must return a model and a tuple of its inputs; it returned {type(made).__name__}")
    return made


def record(place: str, capture: str) -> None:
    """Counts one forward of the model into `capture`, on the CPU."""
    model, inputs = model_and_inputs(place)
    count(model, inputs, warmup=0, capture=capture)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("usage: python -m flopwatch._import_model MODULE:FACTORY CAPTURE", file=sys.stderr)
        return 2
    sys.path.insert(0, os.getcwd())
    try:
        record(*arguments)
    except FlopwatchError as e:
        print(f"flopwatch: {e}", file=sys.stderr)
        return e.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
