# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What of a first run of the gate runs again."""

import json
import os
import unittest
from pathlib import Path

from made_up_tree import InFolder

import again  # isort: skip

ORDER = ["build", "known", "ncu", "modes", "recheck", "probes"]


class Again(InFolder):
    def run_in(self, name: str, synthetic: bool = False, age_s: int = 0, **passed: bool) -> Path:
        run = self.folder / name
        run.mkdir()
        stages = [{"name": stage, "passed": good} for stage, good in passed.items()]
        (run / "results.json").write_text(json.dumps({"synthetic": synthetic, "stages": stages}))
        os.utime(run / "results.json", (1e9 - age_s, 1e9 - age_s))
        return run

    def stages(self, **passed: bool) -> list[str]:
        return again.stages({"stages": [{"name": n, "passed": good} for n, good in passed.items()]}, ORDER)

    def test_what_failed_or_was_not_reached_runs_again(self):
        good = dict.fromkeys(ORDER, True)
        self.assertEqual(self.stages(**good), [])
        self.assertEqual(self.stages(**{**good, "modes": False}), ["modes"])
        self.assertEqual(self.stages(**{**good, "build": False}), ["build"])
        self.assertEqual(self.stages(build=True, known=True, ncu=True), ["known", "modes", "recheck", "probes"])

    def test_what_a_stage_needs_runs_with_it(self):
        good = dict.fromkeys(ORDER, True)
        self.assertEqual(self.stages(**{**good, "ncu": False}), ["known", "ncu"])
        self.assertEqual(self.stages(**{**good, "recheck": False}), ["known", "modes", "recheck"])

    def test_the_newest_run_is_taken(self):
        self.run_in("b", age_s=9)
        last = self.run_in("a")
        self.assertEqual(again.newest(self.folder), last)
        with self.assertRaisesRegex(again.NoRecord, "has no results.json of a first run"):
            again.newest(last)

    def test_only_a_run_of_the_same_kind_is_taken(self):
        self.assertEqual(again.read(self.run_in("gpu", known=True), False)["stages"], [{"name": "known", "passed": True}])
        with self.assertRaisesRegex(again.NoRecord, "is of a dry run"):
            again.read(self.run_in("dry", synthetic=True), False)
        with self.assertRaisesRegex(again.NoRecord, "is of a run on a GPU"):
            again.read(self.folder / "gpu", True)
        (self.folder / "gpu/results.json").write_text("no JSON")
        with self.assertRaisesRegex(again.NoRecord, "cannot|can be read"):
            again.read(self.folder / "gpu", False)


if __name__ == "__main__":
    unittest.main()
