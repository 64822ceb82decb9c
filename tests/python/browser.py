# SPDX-FileCopyrightText: the flopwatch authors
# SPDX-License-Identifier: Apache-2.0
"""Pages of reports in a headless Chromium, and what the tests ask of them."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")


def why_no_browser() -> str:
    """A sentence; "" where there is one."""
    if CHROMIUM is None or DRIVER is None:
        return "no chromium and chromedriver here: scripts/bootstrap.sh installs them"
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed: scripts/bootstrap.sh installs requirements-dev.txt"
    return ""


@contextmanager
def chromium() -> Iterator[Any]:
    if reason := why_no_browser():
        pytest.skip(reason)
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--disable-dev-shm-usage", "--hide-scrollbars", "--disable-gpu"):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # it does not start as root otherwise
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """One page, as a user sees it."""

    def __init__(self, driver: Any, file: Path, size: tuple[int, int] = (1280, 800), dark: bool = False) -> None:
        self.driver = driver
        self.resize(*size)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        driver.get_log("performance")
        driver.get_log("browser")
        driver.get(file.resolve().as_uri())
        end = time.monotonic() + 60
        while not self.js("return document.documentElement.dataset.ready"):
            assert time.monotonic() < end, self.driver.get_log("browser")
            time.sleep(0.02)

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def resize(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def one(self, selector: str) -> Any:
        from selenium.webdriver.common.by import By

        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.js("return document.querySelector(arguments[0]).textContent", selector)

    def choose(self, select: str, value: str) -> None:
        self.js("const s = document.getElementById(arguments[0]); s.value = arguments[1];"
                "s.dispatchEvent(new Event('change'))", select, value)  # fmt: skip

    def press(self, *keys: str) -> None:
        """At what has the focus."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def rows(self) -> list[dict[str, str]]:
        """The rows of the table that are in the page: cells by column, exact counts where a cell has one."""
        return self.js("""
          return [...document.querySelectorAll('.grid-body .row')].map(r => Object.fromEntries(
            [['row', r.dataset.row], ['level', r.getAttribute('aria-level')],
             ['expanded', r.getAttribute('aria-expanded') || '']].concat([...r.children].map(c =>
               [c.classList[1], (c.querySelector('[title]') || c).title || c.textContent]))))""")

    def selected_in_table(self) -> str:
        return self.js("return document.querySelector('.grid-body [aria-selected=true]')?.dataset.row ?? ''")

    def selected_in_picture(self) -> str:
        return self.js("return document.querySelector('#pictures [aria-selected=true]')?.dataset.row ?? ''")

    def evidence(self, section: str) -> list[list[str]]:
        """The cells of its tables, with all that they list when asked for more."""
        return self.js(
            """
          const d = document.querySelector(`#evidence [data-section=${arguments[0]}]`);
          if (!d.open) { d.open = true; }
          return new Promise(done => requestAnimationFrame(() => setTimeout(() => {
            for (let more; (more = d.querySelector('.more'));) more.click();
            done([...d.querySelectorAll('tbody tr')].map(t => [...t.children].map(c => c.textContent)));
          })));""",
            section,
        )

    def requests(self) -> list[str]:
        """What the page asked for, itself left out."""
        events = (json.loads(e["message"])["message"] for e in self.driver.get_log("performance"))
        sent = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if url != self.driver.current_url]

    def complaints(self) -> list[str]:
        return [e["message"] for e in self.driver.get_log("browser")]
