#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Looks at a site that was built: every link inside it leads somewhere, and no page asks another host for anything.

    scripts/site/check_site.py FOLDER

Links to other hosts are allowed where a reader clicks them; they are not followed.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

# What a browser fetches by itself when it opens the page.
FETCHED = {"script": ["src"], "img": ["src", "srcset"], "iframe": ["src"], "source": ["src", "srcset"], "video": ["src"],
           "audio": ["src"], "embed": ["src"], "object": ["data"]}
FETCHED_LINKS = {"stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload", "manifest"}
_OTHER_HOST = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)['"]?([^'")\s]+)""", re.IGNORECASE)
_NO_FILE = re.compile(r"(?:mailto|data|javascript|blob):", re.IGNORECASE)


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []  # to follow
        self.fetched: list[str] = []
        self.in_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        self.ids |= {of[key] for key in ("id", "name") if key in of}
        self.fetched += _IN_STYLE.findall(of.get("style", ""))
        self.in_style = tag == "style"
        for attribute in FETCHED.get(tag, []):
            if attribute in of:
                parts = of[attribute].split(",") if attribute == "srcset" else [of[attribute]]
                self.fetched += [part.split()[0] for part in parts if part.split()]
        if tag == "a" and "href" in of:
            self.links.append(of["href"])
        if tag == "link" and FETCHED_LINKS & set(of.get("rel", "").lower().split()):
            self.fetched.append(of.get("href", ""))

    def handle_data(self, data: str) -> None:
        if self.in_style:
            self.fetched += _IN_STYLE.findall(data)


def problems(site: Path) -> list[str]:
    pages = {path: Page(path.read_text()) for path in sorted(site.rglob("*.html"))}
    found = [] if pages else [f"no page in {site}"]
    for path, page in pages.items():
        name = path.relative_to(site)
        for target in page.fetched:
            if _OTHER_HOST.match(target):
                found.append(f"{name}: asks another host for {target}")
        for target in [*page.links, *page.fetched]:
            if _OTHER_HOST.match(target) or _NO_FILE.match(target):
                continue
            file, _, anchor = target.partition("#")
            file = unquote(file.partition("?")[0])
            to = (path.parent / file).resolve() if file else path
            to = to / "index.html" if to.is_dir() else to
            if file.startswith("/") and name.name == "404.html":
                continue  # a server shows this page at any address
            if not to.is_file():
                found.append(f"{name}: {target} leads nowhere")
            elif anchor and to in pages and unquote(anchor) not in pages[to].ids and not anchor.startswith("__"):
                found.append(f"{name}: {target} has no such place")
    for path in sorted(site.rglob("*.css")):
        found += [f"{path.relative_to(site)}: asks another host for {target}"
                  for target in _IN_STYLE.findall(path.read_text()) if _OTHER_HOST.match(target)]
    return found


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: scripts/site/check_site.py FOLDER", file=sys.stderr)
        return 2
    site = Path(sys.argv[1]).resolve()
    found = problems(site)
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"{len(list(site.rglob('*.html')))} pages, links good: {sys.argv[1]}/index.html")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
