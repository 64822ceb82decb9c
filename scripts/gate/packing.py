# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What is brought back from the machine of a run: the numbers in a small archive, and everything in another one, whose
size can be limited.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import archive

LEFT_OUT = "captures-left-out.txt"  # in an archive that lacks some captures: which
# What goes into a limited archive first, by the beginnings of their names; then the rest.
WORTH = ("known-counts", "attention", "products", "captured", "custom-op", "mixed-none", "mixed-scope", "mixed-kernel",
         "mixed-iteration")
MB = 1_000_000


def small_of(file: Path) -> Path:
    """evidence-small.tar.gz next to evidence.tar.gz."""
    ending = next(e for e in archive.ENDINGS if file.name.endswith(e))
    return file.with_name(file.name.removesuffix(ending) + "-small" + ending)


def is_small(path: PurePosixPath) -> bool:
    """Whether it goes into the small archive: no captures, no output of compilers."""
    return path.parts[0] != "captures" and not path.as_posix().startswith("logs/build_")


def pack_small(folder: Path, file: Path) -> Path:
    """Written again after every stage, so that it is there whatever happens. Raises OSError."""
    archive.pack(folder, small_of(file), is_small)
    return small_of(file)


def by_worth(captures: list[Path]) -> list[Path]:
    def worth(capture: Path) -> tuple[int, str]:
        known = [i for i, beginning in enumerate(WORTH) if capture.name.startswith(beginning)]
        return min(known, default=len(WORTH)), capture.name

    return sorted(captures, key=worth)


def too_much(folder: Path, small: Path, limit_bytes: int) -> list[Path]:
    """Captures that there is no room for in so many bytes, which the small archive takes from too. They are compressed
    already, so they count with their whole size; so does what else the small archive lacks.
    """
    files = [f for f in folder.rglob("*") if f.is_file()]
    captures = [f for f in files if f.parent == folder / "captures"]
    others = [f for f in files if f not in captures and not is_small(PurePosixPath(f.relative_to(folder)))]

    def room(file: Path) -> int:
        return file.stat().st_size * 1001 // 1000 + 2048

    left, without = limit_bytes - 2 * small.stat().st_size - sum(map(room, others)), []
    for capture in by_worth(captures):
        if room(capture) <= left:
            left -= room(capture)
        else:
            without.append(capture)
    return without


def said(captures: list[Path]) -> str:
    return ", ".join(f"{c.name} ({c.stat().st_size / MB:.1f} MB)" for c in captures)


def pack_all(folder: Path, file: Path, part_mb: float, limit_mb: float) -> list[str]:
    """Both archives, together of at most `limit_mb`, and what was packed in words. Raises OSError."""
    small = pack_small(folder, file)
    lines = [f"the numbers in {small}, {small.stat().st_size / MB:.1f} MB"]
    without = too_much(folder, small, int(limit_mb * MB))
    paths = {PurePosixPath(c.relative_to(folder)) for c in without}
    note = f"Archives of {limit_mb:g} MB had no room for {said(without)}.\n" if without else ""
    archive.pack(folder, file, lambda path: path not in paths, {LEFT_OUT: note} if note else None)
    size = file.stat().st_size
    first, *more = archive.split(file, int(part_mb * MB))
    lines.append(f"{'what there was room for' if without else 'everything'} in {first} and {len(more)} more files, "
                 f"{size / MB:.1f} MB")
    if without:
        lines.append(f"left out: {said(without)}")
    return lines
