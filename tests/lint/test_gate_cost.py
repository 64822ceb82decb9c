# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Stage cost: what it claims of times that a program printed, and what it says of them. Nothing is timed here."""

import json
import unittest

from made_up_tree import InFolder

import stage_cost  # isort: skip
from gate import Gate  # isort: skip


def launch(name: str, **changes) -> dict:
    found = {"launches": 20, "call_ns_per_launch": [9, 2000, 1], "whole_ns_per_launch": [5000, 7000, 1]}
    if name.split(".")[2] not in (*stage_cost.PLAIN, "enabled"):
        found |= {"expected_ranges": 60, "ranges": 60, "wrong_counts": 0}
    return {**found, **changes}


def session(ranges: int, **changes) -> dict:
    of_each = [1, 1, 1, 1, ranges]
    times = {f"{what}_ns": [1000] * 5 for what in ("start", "stop", "decode")}
    return {"enable_ns": 3000, "launches": of_each, "ranges": of_each, "wrong_counts": [0] * 5, **times, **changes}


class Cost(InFolder):
    def found(self, **changes: dict) -> dict:
        """All cases, with changes by name, whose dots are two underscores."""
        out = {name: session(int(name.split(".")[-1])) if name.startswith("session") else launch(name)
               for name in stage_cost.cases()}
        for name, change in changes.items():
            out[name.replace("__", ".")].update(change)
        return out

    def failed(self, found: dict) -> dict[str, object]:
        self.gate = Gate(*[self.folder] * 3, stage="cost")
        stage_cost.claims(self.gate, found)
        return {c.claim: c.seen for c in self.gate.record.claims if not c.passed}

    def test_all_good(self):
        self.assertEqual(self.failed(self.found()), {})
        self.assertEqual(len(stage_cost.cases()), 46)
        self.assertEqual(len(set(stage_cost.cases())), 46)

    def test_a_case_that_did_not_run_fails(self):
        found = self.found(launch__empty__subscribed={"not_run": "no time was left for it"})
        del found["session.hardware.1024"]
        self.assertEqual(self.failed(found), {"cost.every_case": {"launch.empty.subscribed": "no time was left for it",
                                                                  "session.hardware.1024": "not reached"}})

    def test_ranges_and_counts_must_be_right(self):
        found = self.found(launch__long__auto_range__hardware={"ranges": 59},
                           launch__long__user_range_after_waiting__hardware={"wrong_counts": 3},
                           session__hardware__16={"wrong_counts": [0, 0, 0, 1, 2]},
                           session__instrumented__1={"ranges": [1, 1, 0, 1, 1]})
        self.assertEqual(self.failed(found), {
            "cost.ranges.launch.long.auto_range.hardware": 59,
            "cost.counts.launch.long.user_range_after_waiting.hardware": 3,
            "cost.counts.session.hardware.16": 3, "cost.ranges.session.instrumented.1": [1, 1, 0, 1, 1]})

    def test_ranges_that_nothing_waits_between_are_a_question(self):
        self.assertEqual(self.failed(self.found(launch__long__user_range__hardware={"wrong_counts": 60})), {})
        found = {f["finding"]: f["text"] for f in self.gate.record.findings}
        self.assertTrue(found["cost.not_isolated.launch.long.user_range.hardware"].startswith("60 of 60 ranges"))

    def times(self, stand_in: bool, **changes) -> list[str]:
        gate = Gate(*[self.folder] * 3, stage="cost", stand_in=stand_in)
        stage_cost.findings(gate, {"session.hardware.16": session(16, **changes), "x": {"not_run": "why"},
                                   "launch.long.subscribed": launch("launch.long.subscribed")})
        return [f["text"] for f in gate.record.findings]

    def test_times_are_the_middle_ones_and_have_units(self):
        self.assertEqual(self.times(False), [
            "enable 3.0 us; start 1 to 5: 1.0 us, 1.0 us, 1.0 us, 1.0 us, 1.0 us; last stop 1.0 us; decode after 16 "
            "launches 1.0 us", "a launch takes 5.0 us, 0.0 us of it in the call"])

    def test_times_of_a_stand_in_are_synthetic(self):
        for texts in (self.times(True), self.times(False, synthetic=True)):
            self.assertEqual(len(texts), 2)
            self.assertTrue(all(text.startswith("synthetic: ") for text in texts))

    def test_an_unfinished_line_is_no_case(self):
        text = json.dumps({"case": "a", "launches": 1}) + "\n" + '{"case": "b", "laun' + "\n[1]\nx\n"
        self.assertEqual(stage_cost.read(text), {"a": {"launches": 1}})


if __name__ == "__main__":
    unittest.main()
