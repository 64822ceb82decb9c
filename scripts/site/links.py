# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Links of the pages: docs/ is the site, and a file outside it that a page links is put on the site under project/.

The pages keep the links that work in the repository. Here they get those that work on the site.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

# Link targets in text, and code, in which nothing is a link.
_PARTS = re.compile(
    r"(?P<code>^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)[ ]*$|^(?:    |\t)[^\n]*$|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|\]\((?P<target>[^()\s]+)\)",
    re.MULTILINE | re.DOTALL,
)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#|/")


def targets(text: str) -> Iterator[str]:
    """The targets of all links in a page, but for those in code."""
    return (found["target"] for found in _PARTS.finditer(text) if found["target"] is not None)


def replaced(text: str, change: Callable[[str], str]) -> str:
    def link(found: re.Match[str]) -> str:
        return found[0] if found["target"] is None else f"]({change(found['target'])})"

    return _PARTS.sub(link, text)


def repository_path(target: str, page: str) -> str | None:
    """What a link of `page` names: a path from the root of the repository. None: another host, or the page itself."""
    path = target.partition("#")[0]
    if not path or _ELSEWHERE.match(target):
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path))


def site_path(path: str) -> str:
    """Where a file of the repository is on the site, as a source path of mkdocs."""
    if path == "README.md":
        return "index.md"
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.endswith(".md"):
        folder, name = posixpath.split(path)
        return posixpath.join("project", folder, "index.md" if name == "README.md" else name.lower())
    return posixpath.join("project", path)


def on_site(text: str, page: str) -> str:
    """`text`, of the file `page` of the repository, with links that work on the site."""
    here = posixpath.dirname(site_path(page))

    def change(target: str) -> str:
        path = repository_path(target, page)
        if path is None:
            return target
        anchor = target.partition("#")[1:]
        return posixpath.relpath(site_path(path), here or ".") + "".join(anchor)

    return replaced(text, change)


def outside(page: str, text: str) -> set[str]:
    """Files outside docs/ that a page links, as paths from the root of the repository."""
    found = (repository_path(target, page) for target in targets(text))
    return {path for path in found if path is not None and site_path(path).startswith("project/")}
