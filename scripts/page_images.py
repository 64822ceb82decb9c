#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the pictures of docs/html.md again, from synthetic captures:   scripts/page_images.py [BUILD_FOLDER]

Needs chromium, chromedriver and selenium (scripts/bootstrap.sh), and the test program synthetic_pages.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "python"))

# Picture: page, width, height, dark.
PICTURES = {
    "html-page": ("transformer", 1280, 1000, False),
    "html-narrow": ("transformer", 360, 800, True),
    "html-against": ("against", 1920, 1080, False),
}


def main() -> int:
    import browser

    build = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build"
    if reason := browser.why_no_browser():
        print(f"page_images: {reason}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, browser.chromium() as driver:
        subprocess.run([build / "tests" / "synthetic_pages", folder], check=True)
        for picture, (page, width, height, dark) in PICTURES.items():
            browser.Page(driver, Path(folder) / f"{page}.html", (width, height), dark)
            driver.save_screenshot(str(ROOT / "docs" / "images" / f"{picture}.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
