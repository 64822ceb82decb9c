#!/usr/bin/env python3
# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501
"""How long the page of a large synthetic capture takes: to write, to show, and to answer.

    bench/html_page.py [BUILD_FOLDER] [LAYERS]

A transformer of 909 unequal layers has 10,004 scopes. Needs chromium, chromedriver and selenium.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

MOST_TEXT_MS, MOST_PAGE_MS, MOST_BYTES = 300, 1000, 1_000_000
MOST_PAINT_MS, MOST_INTERACTION_MS = 1000, 100  # medians
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "python"))

# Each changes the page as a user does, and gives the milliseconds until the next frame is on the screen.
TIMED = """
const done = arguments[arguments.length - 1];
requestAnimationFrame(() => {
  const begin = performance.now();
  CHANGE;
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
});
"""
INTERACTIONS = {
    "select a row": "document.querySelectorAll('.grid-body .row')[3 + Math.floor(Math.random() * 5)].click()",
    "zoom in or out": "const out = document.getElementById('zoom-out'); if (!out.disabled) out.click(); else document.querySelectorAll('#pictures .cell')[2].dispatchEvent(new MouseEvent('dblclick', {bubbles: true}))",
    "search": "const s = document.getElementById('search'); s.value = s.value ? '' : 'fc1'; s.dispatchEvent(new Event('input'))",
    "sort": "document.querySelector('.grid-head .operator button').click()",
    "units": "const u = document.getElementById('units'); u.selectedIndex = 1 - u.selectedIndex; u.dispatchEvent(new Event('change'))",
    "colour": "const c = document.getElementById('colour'); c.selectedIndex = (c.selectedIndex + 1) % 3; c.dispatchEvent(new Event('change'))",
    "open all rows": "document.getElementById('unfold').click()",
    "close all rows": "document.getElementById('fold-all').click()",
}


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "build")
    layers = sys.argv[2] if len(sys.argv) > 2 else "909"
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(
            [build / "tests" / "synthetic_pages", folder, layers], capture_output=True, text=True, check=True
        )
        size = json.loads(made.stdout)
        print(
            f"{size['scopes']:,} scopes, {size['launches']:,} launches, synthetic: text report {size['text_ms']} ms, "
            f"page {size['html_ms']} ms, {size['html_bytes']:,} bytes"
        )
        good = size["text_ms"] <= MOST_TEXT_MS and size["html_ms"] <= MOST_PAGE_MS
        good = good and size["html_bytes"] <= MOST_BYTES
        good = show(pathlib.Path(folder) / "large.html") and good
    print(f"{'within' if good else 'OVER'} the bounds: text {MOST_TEXT_MS} ms, page {MOST_PAGE_MS} ms and "
          f"{MOST_BYTES:,} bytes, first paint {MOST_PAINT_MS} ms, an interaction {MOST_INTERACTION_MS} ms")
    return 0 if good else 1


def show(file):
    """Whether the medians are within the bounds."""
    import browser

    if reason := browser.why_no_browser():
        print(f"not shown: {reason}")
        return False
    with browser.chromium() as driver:
        paints = []
        for _ in range(5):
            page = browser.Page(driver, file)
            paints.append(
                page.js("""const p = performance.getEntriesByName('first-contentful-paint')[0];
                                     return [p ? p.startTime : -1, performance.getEntriesByName('ready')[0].startTime]""")
            )
        print(
            f"first paint {statistics.median(p[0] for p in paints):.0f} ms, "
            f"every figure there {statistics.median(p[1] for p in paints):.0f} ms (median of {len(paints)})"
        )
        good = statistics.median(p[0] for p in paints) <= MOST_PAINT_MS
        for name, script in INTERACTIONS.items():
            times = [driver.execute_async_script(TIMED.replace("CHANGE", script)) for _ in range(7)]
            print(f"  {name:15} {statistics.median(times):6.0f} ms, at most {max(times):.0f} ms")
            good = good and statistics.median(times) <= MOST_INTERACTION_MS
    return good


if __name__ == "__main__":
    sys.exit(main())
