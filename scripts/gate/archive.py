# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""A folder of evidence as one file, for machines that give back few files."""

from __future__ import annotations

import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath

ENDINGS = (".tar.gz", ".tgz")
MOST_BYTES = 4 << 30  # that an archive may unpack to


class BadArchive(Exception):
    """The file is not such an archive; what is wrong with it."""


def is_archive(file: Path) -> bool:
    return file.name.endswith(ENDINGS)


def pack(folder: Path, file: Path) -> None:
    """`folder` and what is in it, under its own name. The file is complete or absent. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    try:
        with tarfile.open(part, "w:gz", compresslevel=6) as tar:
            tar.add(folder, arcname=folder.name, filter=without_owner)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def unpack(file: Path, into: Path) -> Path:
    """The folder that the archive holds, now in `into`. Takes nothing but files and folders below one folder; raises
    BadArchive for anything else.
    """
    tops: set[str] = set()
    left = MOST_BYTES
    try:
        with tarfile.open(file, "r:gz") as tar:
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
