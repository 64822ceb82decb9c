# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""What mkdocs calls while it builds the site: adds the API pages, and the files outside docs/ that pages link."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files, InclusionLevel

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cpp_api  # noqa: E402
import links  # noqa: E402
import losses  # noqa: E402
import python_api  # noqa: E402

# On the site whether or not a page links them.
ALWAYS = {"CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}


def on_files(files: Files, config: Any) -> Files:
    wanted = set(ALWAYS)
    for file in files.documentation_pages():
        wanted |= links.outside(f"docs/{file.src_uri}", file.content_string)
    done: set[str] = set()
    while wanted - done:
        path = min(wanted - done)
        done.add(path)
        source, uri = ROOT / path, links.site_path(path)
        if not source.is_file():
            raise FileNotFoundError(f"a page links {path}, which is no file")
        if source.suffix == ".md":
            text = source.read_text()
            wanted |= links.outside(path, text)
            files.append(
                File.generated(config, uri, content=links.on_site(text, path), inclusion=InclusionLevel.NOT_IN_NAV)
            )
        else:
            files.append(File.generated(config, uri, abs_src_path=str(source)))
    files.append(File.generated(config, "api/python.md", content=python_api.page()))
    files.append(File.generated(config, "losses.md", content=losses.page(ROOT / "include")))
    for name in cpp_api.PAGES:
        files.append(File.generated(config, f"api/{name}.md", content=cpp_api.page(name, ROOT / "include")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    if page.file.generated_by:
        return markdown
    return links.on_site(markdown, f"docs/{page.file.src_uri}")
