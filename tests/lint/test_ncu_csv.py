# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""scripts/gate/ncu_csv.py: the raw page of ncu, and text that is not one."""

import unittest

import made_up_tree  # noqa: F401  (adds scripts/gate to the path)

import ncu_csv  # isort: skip

HEAD = '"ID","Kernel Name","Block Size","a__b.sum","c__d.avg"'
UNITS = '"","","","inst","%"'


class RawPage(unittest.TestCase):
    def test_launches_in_order_with_separators_and_gaps(self):
        text = "\n".join(["==PROF== Connected", HEAD, UNITS, '"0","mul(float*, int)","(1, 1, 1)","1,234","12.5"',
                          "==PROF== more", '"1","add","(1, 1, 1)","","n/a"'])
        self.assertEqual(ncu_csv.read(text), [("mul", {"a__b.sum": 1234, "c__d.avg": 12.5}),
                                              ("add", {"a__b.sum": None, "c__d.avg": None})])

    def test_no_launch(self):
        self.assertEqual(ncu_csv.read(f"{HEAD}\n{UNITS}\n"), [])

    def test_other_text_is_refused(self):
        for text in ("", "==ERROR== Failed to find metric a__b.sum", '"ID","Metric Name","Metric Value"\n"0","a","1"',
                     f'{HEAD}\n{UNITS}\n"0","mul","(1, 1, 1)","1"'):
            with self.assertRaises(ncu_csv.BadCsv, msg=text):
                ncu_csv.read(text)


if __name__ == "__main__":
    unittest.main()
