# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Stage timing: its claims, from times as the programs print them. Nothing is timed here."""

import unittest

from made_up_tree import InFolder

import stage_timing  # isort: skip
from gate import Gate  # isort: skip


def printed(*step_ns: int, session_ns: int = 0) -> dict:
    return {"step_ns": list(step_ns), "session_ns": session_ns or sum(step_ns), "launches": 100 * len(step_ns),
            "steps": len(step_ns)}


class Timing(InFolder):
    def claims(self, **added_ns) -> list[tuple[bool, object]]:
        """Of programs that took 100,000 ns a step bare, and so much more counted this way."""
        gate = Gate(*[self.folder] * 3, stage="timing")
        results = {way: [printed(100_000 + ns)] for way, ns in {"bare": 0, **added_ns}.items()}
        stage_timing.claims(gate, stage_timing.timings(results))
        self.assertTrue(all(c.claim == "timing.none_to_ncu" for c in gate.record.claims))
        return [(c.passed, c.seen) for c in gate.record.claims]

    def test_a_step_is_the_middle_one_of_all_less_the_bare_one(self):
        results = {"bare": [printed(300, 100), printed(900, 200, 400)], "none": [printed(2000, 800, 800, session_ns=5000)],
                   "kernel": [printed(200, session_ns=7), printed(300, session_ns=9)]}
        timed = {t.pop("way"): t for t in stage_timing.timings(results)}
        self.assertEqual(timed["none"], {"launches": 100, "runs": 1, "steps": 3, "step_ns": 800, "first_step_ns": 2000,
                                         "added_ns_per_step": 500, "added_ns_per_launch": 5, "whole_session_ns": 5000})
        self.assertEqual((timed["bare"]["step_ns"], timed["bare"]["added_ns_per_step"], timed["bare"]["steps"]), (300, 0, 5))
        self.assertEqual((timed["kernel"]["step_ns"], timed["kernel"]["first_step_ns"], timed["kernel"]["whole_session_ns"],
                          timed["kernel"]["added_ns_per_step"]), (250, 250, 8, -50))

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
