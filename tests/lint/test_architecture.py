# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""docs/architecture.md: its paths exist, every folder of the sources is on it, and its four trips are whole."""

import re
import unittest
from pathlib import Path

import made_up_tree  # noqa: F401  (adds scripts/ to the path)

import lint_includes  # isort: skip

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"
SOURCES = ("src", "python")
SUFFIXES = {".cpp", ".hpp", ".py"}

# What one follows through the code, and how many files the page names on the way at least.
TRIPS = {"A kernel launch": 16, "An operator call": 11, "A formula rule": 13, "A metric name": 10}


def paths_on(text):
    return re.findall(r"`((?:include|src|python|tests|scripts|docs)/[^`]*)`", text)


def trips_of(text):
    return {part.partition("\n")[0]: part for part in re.split(r"^### ", text, flags=re.M)[1:]}


def source_folders():
    for top in SOURCES:
        for folder in (ROOT / top, *(ROOT / top).rglob("*/")):
            if any(file.suffix in SUFFIXES for file in folder.iterdir()):
                yield folder.relative_to(ROOT).as_posix() + "/"


class Architecture(unittest.TestCase):
    def setUp(self):
        self.text = PAGE.read_text()

    def test_every_path_exists(self):
        for path in paths_on(self.text):
            with self.subTest(path=path):
                found = ROOT / path
                self.assertTrue(found.is_dir() if path.endswith("/") else found.is_file())

    def test_every_folder_is_on_the_page(self):
        folders = list(source_folders())
        self.assertGreater(len(folders), 15)
        self.assertEqual([f for f in folders if f not in paths_on(self.text)], [])

    def test_trips_are_whole(self):
        trips = trips_of(self.text)
        self.assertEqual(set(trips), set(TRIPS))
        for name, least in TRIPS.items():
            with self.subTest(trip=name):
                self.assertGreaterEqual(len(set(paths_on(trips[name]))), least)

    def test_parts_are_in_the_order_of_the_include_rules(self):
        order = [path.split("/")[1] for path in re.findall(r"^\| `(src/\w+/)` \|", self.text, flags=re.M)]
        for position, part in enumerate(order):
            below = lint_includes.ARROWS[part] & set(order[position:])
            if part in lint_includes.PUBLIC_ONLY:  # these two see each other's public headers
                below -= lint_includes.PUBLIC_ONLY
            with self.subTest(part=part):
                self.assertEqual(below, set())


if __name__ == "__main__":
    unittest.main()
