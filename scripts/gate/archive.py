# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A folder of evidence as one file, for machines that return few files, or in parts, for those that return no large
files.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

ENDINGS = (".tar.gz", ".tgz")
FIRST = ".000"  # the ending of the first part
MOST_BYTES = 4 << 30  # that an archive can unpack to


class BadArchive(Exception):
    """The file is not such an archive; what is wrong with it."""


def is_archive(file: Path) -> bool:
    return file.name.endswith(ENDINGS)


def list_of(file: Path) -> Path:
    """The file that lists the parts of an archive."""
    return file.with_name(file.name + ".parts")


def everything(_: PurePosixPath) -> bool:
    return True


def pack(folder: Path, file: Path, keep: Callable[[PurePosixPath], bool] = everything,
         more: dict[str, str] | None = None) -> None:
    """Packs `folder` under its name: the paths that `keep` accepts, and the texts of `more`. The file is complete or
    absent. Raises OSError.
    """
    def member_of(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        path = PurePosixPath(member.name).relative_to(folder.name)
        return without_owner(member) if not path.parts or keep(path) else None

    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(file.name + ".unfinished")
    try:
        with tarfile.open(unfinished, "w:gz", compresslevel=6) as tar:
            tar.add(folder, arcname=folder.name, filter=member_of)
            for name, text in (more or {}).items():
                member = tarfile.TarInfo(f"{folder.name}/{name}")
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def split(file: Path, most_bytes: int) -> list[Path]:
    """The archive as FILE.000, FILE.001 ... of at most so many bytes, and their list, FILE.parts, instead of it."""
    parts, listed = [], []
    with file.open("rb") as whole:
        while content := whole.read(most_bytes):
            part = file.with_name(f"{file.name}.{len(parts):03}")
            part.write_bytes(content)
            parts.append(part)
            listed.append({"name": part.name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    list_of(file).write_text(json.dumps(listed, indent=1) + "\n")
    file.unlink()
    return [*parts, list_of(file)]


@contextlib.contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """The bytes of an archive, or of the archive whose first part is `file`. Raises BadArchive, OSError."""
    if file.suffix != FIRST:
        with file.open("rb") as whole:
            yield whole
        return
    list_file = list_of(file.with_suffix(""))
    try:
        parts = [(Path(p["name"]).name, p["sha256"]) for p in json.loads(list_file.read_text())]
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise BadArchive(f"the list of the parts of {file.name} cannot be read: {e}") from e
    with tempfile.TemporaryFile() as whole:
        for name, sha256 in parts:
            part = file.with_name(name)
            if not part.is_file():
                raise BadArchive(f"the part {name} of {file.name} is missing")
            content = part.read_bytes()
            if hashlib.sha256(content).hexdigest() != sha256:
                raise BadArchive(f"the part {name} is not as it was written")
            whole.write(content)
        whole.seek(0)
        yield whole


def without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def unpack(file: Path, into: Path) -> Path:
    """Unpacks the archive, or the one whose first part is `file`, and returns its folder in `into`. Takes only files and
    folders below one folder; raises BadArchive for anything else.
    """
    tops: set[str] = set()
    left = MOST_BYTES
    try:
        with opened(file) as whole, tarfile.open(fileobj=whole, mode="r:gz") as tar:
            for member in tar:
                parts = PurePosixPath(member.name).parts
                if not parts or PurePosixPath(member.name).is_absolute() or ".." in parts:
                    raise BadArchive(f"{file.name} holds the path {member.name}")
                tops.add(parts[0])
                left -= member.size
                if len(tops) > 1 or left < 0:
                    raise BadArchive(f"{file.name} holds more than one folder of evidence")
                target = into.joinpath(*parts)
                if member.isdir():
                    target.mkdir(parents=True, exist_ok=True)
                elif member.isfile():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with tar.extractfile(member) as source, target.open("xb") as out:
                        shutil.copyfileobj(source, out)
                else:
                    raise BadArchive(f"{file.name} holds {member.name}, which is neither file nor folder")
            while tar.fileobj.read(1 << 20):  # to the end, where the checksum is
                pass
    except (OSError, EOFError, zlib.error, tarfile.TarError) as e:
        raise BadArchive(f"{file.name} cannot be unpacked: {e}") from e
    if not tops:
        raise BadArchive(f"{file.name} is empty")
    return into / tops.pop()
