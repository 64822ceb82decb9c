#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Refuses words that read as translated or as riddles, in code, comments, messages and docs, and names a plain one."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import lint_files
from lint_files import Problem

# Word or phrase (a regular expression; letter case counts only for `none`) -> what to say. A space matches a line break
# with comment marks and quotes, too.
WORDS = {
    r"troubles?": "error, reason or cause",
    r"mend(?:s|ed|ing)?": "fix",
    r"befell|befall(?:s|en)?": "affected by",
    r"anew": "again",
    r"nameless": "anonymous",
    r"for want of": "because of a lack of",
    r"in the dress of": "wrapped as",
    r"at hand": "available",
    r"the paper(?:'s)?": "the hand-computed count",
    r"(?:that|which|who) (?:is|are) (?-i:none)": "invalid, malformed or out-of-range",
    r"(?:never|not) comes? to it": "never visits it",
    r"told apart": "distinguished",
    r"(?:is|are) told(?! apart)": "is given, is notified or learns",
    r"(?:held|hold(?:s|ing)?) against": "compared with",
    r"(?:be|was|were) had": "be obtained, available",
    r"(?:is|are) to (?:have|be)": "must have, must be",
    r"stand(?:s|ing)? in the way of": "prevents",
    r"lies? (?:in|on|at|under|beside|there)": "is in, is on",
    r"stands? (?:in|on|at|above|below|beside|before|there)(?! for)": "is in, is on",
    r"beside it": "next to it, with it",
    r"the word of": "as reported by",
}

# This table and its test, recorded data, and a text that is not ours.
_SKIPPED = ("scripts/lint_words.py", "tests/lint/test_words.py", "tests/captures", "LICENSE")

_GAP = r'(?:\s|"|//+<?|#|f(?="))+'
_PATTERN = re.compile(
    "|".join(f"(?P<w{i}>(?<![A-Za-z])(?:{word.replace(' ', _GAP)})(?![A-Za-z]))" for i, word in enumerate(WORDS)),
    re.IGNORECASE,
)
_BETTER = list(WORDS.values())


def _within(path: Path, places: tuple[str, ...]) -> bool:
    name = path.as_posix()
    return any(name == place or name.startswith(f"{place}/") for place in places)


def check_words(root: Path) -> Iterator[Problem]:
    for path in lint_files.files(root):
        if _within(path, _SKIPPED):
            continue
        text = "\n".join(lint_files.text_lines(root / path))
        for found in _PATTERN.finditer(text):
            words = " ".join(found[0].split())
            better = _BETTER[int(str(found.lastgroup)[1:])]
            yield Problem(path, text.count("\n", 0, found.start()) + 1, f"'{words}': say {better}")


if __name__ == "__main__":
    sys.exit(lint_files.run(__doc__, [check_words]))
