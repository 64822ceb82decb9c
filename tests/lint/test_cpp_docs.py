# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Every block of code in docs/cpp.md and docs/start/cuda.md is part of a project in tests/consumer, which is built and run."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class CppDocsTest(unittest.TestCase):
    def test_blocks_are_built(self) -> None:
        text = (ROOT / "docs/cpp.md").read_text() + (ROOT / "docs/start/cuda.md").read_text()
        blocks = re.findall(r"^```(?:cmake|cpp)\n(.*?)^```", text, re.M | re.S)
        self.assertGreater(len(blocks), 8)
        files = (ROOT / "tests/consumer").rglob("*")
        sources = [path.read_text() for path in files if path.suffix in (".cpp", ".txt")]
        for block in blocks:
            self.assertTrue(any(block in source for source in sources), f"in no project of tests/consumer:\n{block}")


if __name__ == "__main__":
    unittest.main()
