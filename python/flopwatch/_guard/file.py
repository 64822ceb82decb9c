# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""The file that guards keep their counts in: text, made to be read in a review and in a diff.

A section for each counted model, sorted by name; in it one line for each module, in the order of the tree, and one for
each operator that could not be counted. Numbers include the modules below. The same counts give the same bytes.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .._errors import UsageError
from .._result import Result

FORMAT = 1
ROOT, _OUTSIDE, _UNKNOWN = "(root)", "(outside)", "?"
_FIRST_LINE = f"# flopwatch counts, format {FORMAT}"
_HEADER = f"""{_FIRST_LINE}
# Written by pytest --flops-record, compared by pytest --flops-check. What PyTorch's dispatcher ran; each line includes
# the modules below it. ? stands for an operator whose work is not known.
"""
_COLUMNS = f"#{'MACs':>18}{'other FLOPs':>20}{'calls':>7}  module"


@dataclass(frozen=True)
class FlopsRow:
    """A module, by its call path; or, with None for numbers, an operator in one that could not be counted."""

    path: str
    type: str
    calls: int
    macs: int | None
    other_flops: int | None

    @property
    def shown(self) -> str:
        return f"{'the root' if self.path == ROOT else self.path} ({self.type})"


Section = tuple[FlopsRow, ...]


def section_of(result: Result) -> Section:
    """The lines of the operator column of a count. Raises UsageError with a data loss of severity error."""
    if result.lost_data:
        errors = "; ".join(loss["text"] for loss in result.losses if loss["severity"] == "error")
        raise UsageError(f"this count is not exact, so it can be neither recorded nor checked: {errors}")
    if result.total.operator is None:
        raise UsageError("this capture observed no framework, so it has no operator column to record or to check")
    rows = []
    lacking: dict[int, dict[str, int]] = {}
    for operator in result.unsupported:
        calls = lacking.setdefault(operator["row"], {})
        calls[operator["name"]] = calls.get(operator["name"], 0) + operator["calls"]
    for row in result.data["rows"]:
        path = _OUTSIDE if row["outside"] else _one_line(row["path"]) or ROOT
        kind = _one_line(row["type"]).replace(": ", ":") or "-"
        rows.append(FlopsRow(path, kind, row["calls"], row["operator_macs"], row["operator_other_flops"]))
        rows += [
            FlopsRow(path, name, calls, None, None) for name, calls in sorted(lacking.get(row["row"], {}).items())
        ]
    return tuple(rows)


def section_name(name: str, label: str | None = None) -> str:
    """The name of a section, on one line. Raises UsageError for a label that would not be read back."""
    name = f"[{_one_line(name)}]"
    if label is None:
        return name
    if not label.strip() or "]" in label or _one_line(label) != label:
        raise UsageError(f"{label!r} cannot name a count: it needs a letter, and no ] and no control character")
    return f"{name} {label.strip()}"


def render_section(section: Section) -> str:
    return "".join(
        f"{_number(row.macs):>19} {_number(row.other_flops):>19} {row.calls:>6}  {row.path}: {row.type}\n"
        for row in section
    )


def render(sections: Mapping[str, Section]) -> str:
    parts = [f"{name}\n{_COLUMNS}\n{render_section(section)}" for name, section in sorted(sections.items())]
    return "\n".join([_HEADER, *parts])


def read(path: Path) -> dict[str, Section]:
    """The sections of a file by name; none when there is no file. Raises UsageError for another one, with its line."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, source: str) -> dict[str, Section]:
    # Not splitlines: it splits at characters that a name can have.
    lines = text.split("\n")
    first = re.fullmatch(r"# flopwatch counts, format (\d+)", lines[0])
    if first is None:
        raise UsageError(f"{source} is no file of flopwatch counts: it does not begin with {_FIRST_LINE!r}")
    if int(first[1]) != FORMAT:
        raise UsageError(f"{source} has format {first[1]}, this flopwatch reads {FORMAT}: update it, or record again")
    sections: dict[str, list[FlopsRow]] = {}
    rows: list[FlopsRow] | None = None
    for at, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            if line in sections:
                raise UsageError(f"{source}:{at}: a second section {line}: keep one of them")
            rows = sections[line] = []
            continue
        row = _parsed_row(line)
        if row is None or rows is None:
            raise UsageError(f"{source}:{at}: no count: {line[:80]!r}. After a merge, record these tests again")
        rows.append(row)
    return {name: tuple(rows) for name, rows in sections.items()}


def parse_rows(text: str) -> Section:
    """What `render_section` made."""
    rows = [_parsed_row(line) for line in text.split("\n") if line]
    assert None not in rows
    return tuple(row for row in rows if row is not None)


def _parsed_row(line: str) -> FlopsRow | None:
    found = re.fullmatch(r" *([\d,]+|\?) +([\d,]+|\?) +(\d+)  (.+): (.+?)", line)
    if found is None:
        return None
    macs, other_flops = (None if n == _UNKNOWN else int(n.replace(",", "") or "0") for n in found.group(1, 2))
    return FlopsRow(found[4], found[5], int(found[3]), macs, other_flops)


def write(path: Path, changes: Mapping[str, Section], gone: Sequence[str] = ()) -> tuple[int, int]:
    """Puts sections into the file, and takes those named in `gone` out; the others stay. Returns how many are new and
    how many changed. All or nothing, also while other processes write there. Raises UsageError."""
    path = Path(os.path.realpath(path))  # through links, which would be replaced otherwise
    with _alone_in(path.parent):
        before = read(path)
        after = {name: section for name, section in before.items() if name not in gone} | dict(changes)
        if after != before or not path.exists():
            _replace(path, render(after))
    new = sum(name not in before for name in changes)
    changed = sum(name in before and before[name] != section for name, section in changes.items())
    return new, changed


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keeps others that write in the folder waiting; a lock of the folder leaves no file behind."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise UsageError(f"the folder {folder} of the counts cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, text: str) -> None:
    """A reader finds the old file or the new one, never a part. The folder is locked, so one name does for all."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if path.exists():
            os.chmod(temporary, path.stat().st_mode & 0o777)
        os.replace(temporary, path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UsageError(f"{path} cannot be written: {error.strerror}") from error
        raise


def _number(value: int | None) -> str:
    return _UNKNOWN if value is None else f"{value:,}"


def _one_line(text: str) -> str:
    """Control characters and line ends as escapes, so that a name is one line."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", lambda found: f"\\x{ord(found[0]):02x}", text)
