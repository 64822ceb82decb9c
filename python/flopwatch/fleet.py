# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Many ranks: captures as a folder of Parquet files, and DuckDB views that add them up.

    flopwatch.fleet.export(["rank0.flops", "rank1.flops"], "fleet")
    with flopwatch.fleet.open("fleet") as fleet:
        fleet.sql("SELECT path, operator_macs, measured_total_flops, exact FROM scope_totals").show()

It needs the extra packages of `pip install 'flopwatch[fleet]'`. docs/fleet.md describes tables and views.
"""

from __future__ import annotations

from ._fleet.export import Exported, export
from ._fleet.opened import open_folder as open

__all__ = ["Exported", "export", "open"]

if __name__ == "__main__":
    import sys

    from ._fleet.command import main

    sys.exit(main())
