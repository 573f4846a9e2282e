"""Headless Chromium for what has to be seen in a browser: the report page's tests, pictures and measurements.

Debian's packages chromium and chromium-driver, steered by selenium; nothing is fetched.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_DRIVER = "chromedriver"
HEIGHT = 900
_ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
)  # fmt: skip


def lacking() -> str:
    """What is missing for a browser, as in "chromium is not installed"; nothing if all is there."""
    if importlib.util.find_spec("selenium") is None:
        return "selenium is not installed"
    if not any(map(shutil.which, _BROWSERS)):
        return "chromium is not installed"
    return "" if shutil.which(_DRIVER) else "chromedriver (Debian's chromium-driver) is not installed"


@contextmanager
def browser(width: int = 1440, *, dark: bool = False) -> Iterator[Any]:
    """A selenium driver of a browser with its own profile; `dark` is what the system is said to prefer."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, _BROWSERS)))
    for argument in (*_ARGUMENTS, f"--window-size={width},{HEIGHT}", "--force-device-scale-factor=1"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # The browser's helpers may still be writing to the profile when it has gone.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options.add_argument(f"--user-data-dir={profile}")
        driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which(_DRIVER)))
        try:
            scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
            yield driver
        finally:
            driver.quit()


def open_report(driver: Any, page: Path, seconds: float = 30) -> float:
    """Load a report page and wait until it is drawn; gives the milliseconds that the page says it took.

    Raises AssertionError where the page says that it failed, and selenium's TimeoutException.
    """
    from selenium.webdriver.support.ui import WebDriverWait

    driver.get(page.as_uri())
    state = "return document.documentElement.dataset.ready || document.documentElement.dataset.failed"
    shown = WebDriverWait(driver, seconds, poll_frequency=0.05).until(lambda view: view.execute_script(state))
    assert shown != "true", driver.execute_script("return document.getElementById('failure').textContent")
    return float(shown)
