# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Stage timing: its claims, from times as the programs print them. Nothing is timed here."""

import unittest

from made_up_tree import InFolder

import stage_timing  # isort: skip
from gate import Gate  # isort: skip


def printed(loop_ns: int, session_ns: int = 0) -> dict:
    return {"loop_ns": loop_ns, "session_ns": session_ns or loop_ns, "launches": 100}


class Timing(InFolder):
    def claims(self, **added_ns) -> list[tuple[bool, object]]:
        """Of programs that took 1000 ns a launch bare, and so much more counted this way."""
        gate = Gate(*[self.folder] * 3, stage="timing")
        results = {way: [printed(100 * (1000 + ns))] for way, ns in {"bare": 0, **added_ns}.items()}
        stage_timing.claims(gate, stage_timing.timings(results))
        self.assertTrue(all(c.claim == "timing.none_to_ncu" for c in gate.record.claims))
        return [(c.passed, c.seen) for c in gate.record.claims]

    def test_times_are_the_middle_ones_less_the_bare_ones(self):
        results = {"bare": [printed(300), printed(100), printed(900)], "none": [printed(800, 5000)],
                   "kernel": [printed(200, 7), printed(250, 9)]}
        self.assertEqual([(t["way"], t["runs"], t["loop_ns"], t["added_ns_per_launch"], t["whole_session_ns"])
                          for t in stage_timing.timings(results)],
                         [("bare", 3, 300, 0, 300), ("none", 1, 800, 5, 5000), ("kernel", 2, 225, -0.75, 8)])
        self.assertTrue(all(t["launches"] == 100 for t in stage_timing.timings(results)))

    def test_none_adds_at_most_a_twentieth_of_what_ncu_adds(self):
        self.assertEqual(self.claims(none=605, iteration=631, kernel=60282, ncu=9197), [(False, 605)])
        self.assertEqual(self.claims(none=450, ncu=9000), [(True, 450)])
        self.assertEqual(self.claims(none=451, ncu=9000), [(False, 451)])

    def test_a_claim_needs_an_added_time(self):
        self.assertEqual(self.claims(none=0, ncu=9000), [(False, 0)])
        self.assertEqual(self.claims(none=-50, ncu=9000), [(False, -50)])
        self.assertEqual(self.claims(none=5, ncu=0), [(False, 5)])
        self.assertEqual(self.claims(none=-50, ncu=-10), [(False, -50)])
        self.assertEqual(self.claims(none=-1, ncu=-10), [(False, -1)])

    def test_without_ncu_there_is_nothing_to_compare_with(self):
        self.assertEqual(self.claims(none=5), [])


if __name__ == "__main__":
    unittest.main()
