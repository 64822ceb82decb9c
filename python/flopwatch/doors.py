# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""One capture in the formats of other tools, which `flopwatch export` writes. docs/doors.md says which is for what.

result = flopwatch.open("run.flops")
result.to_speedscope("run.speedscope.json")
"""

from __future__ import annotations

from ._doors.figures import Figures, Profile, Row, figures_of

__all__ = ["Figures", "Profile", "Row", "figures_of"]

if __name__ == "__main__":
    import sys

    from ._doors.command import main

    sys.exit(main())
