"""Makes the README's pictures: runs of the examples, reported and photographed in headless Chromium.

    python -m benchmarks.pictures [FOLDER]      (default: docs/pictures)

Each picture is the top of a report page, down to the end of its timeline, in light and in dark. A
run is the same every time, so a picture only changes when the page or the machine's model does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.browser import browser, lacking, open_report

TOP = Path(__file__).parent.parent
WIDTH = 1280


@dataclass(frozen=True)
class Picture:
    """A run and what of its page is shown."""

    name: str
    program: str
    """Of the folder examples."""
    options: tuple[str, ...]
    last_section: str = "timeline"
    """The picture ends below this section of the page."""
    keys: str = ""
    """Pressed in the timeline before, as in "++" to zoom in."""


PICTURES = (
    Picture("farm", "pi_farm.py", ("-d", "16")),
    Picture("jacobi", "jacobi.py", ("-d", "16"), keys="+++++++"),
    Picture("sort", "sort.py", ("-d", "64")),
)


def make(pictures: Iterable[Picture], folder: Path) -> list[Path]:
    """Write NAME-light.png and NAME-dark.png of each picture; gives the files.

    Raises subprocess.CalledProcessError where a run fails, which has then said why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with tempfile.TemporaryDirectory() as work:
        pages = {picture: _report(picture, Path(work)) for picture in pictures}
        for theme in ("light", "dark"):
            with browser(WIDTH, dark=theme == "dark") as driver:
                for picture, page in pages.items():
                    target = folder / f"{picture.name}-{theme}.png"
                    open_report(driver, page)
                    _photograph(driver, picture, target)
                    made.append(target)
    return made


def _report(picture: Picture, work: Path) -> Path:
    page = work / f"{picture.name}.html"
    command = (sys.executable, "-m", "eptrans", "report", picture.program, *picture.options, "-o", str(page))
    subprocess.run(command, cwd=TOP / "examples", check=True, stdout=subprocess.DEVNULL)
    return page


def _photograph(driver: object, picture: Picture, target: Path) -> None:
    from selenium.webdriver.remote.webdriver import WebDriver
    from selenium.webdriver.support.ui import WebDriverWait

    assert isinstance(driver, WebDriver)
    if picture.keys:
        timeline = driver.find_element("css selector", "#timeline .picture[tabindex='0']")
        timeline.send_keys(picture.keys)
        driver.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
    bottom = f"document.getElementById('{picture.last_section}').getBoundingClientRect().bottom + scrollY"
    height = int(driver.execute_script(f"return Math.ceil({bottom})")) + 16
    frame = int(driver.execute_script("return outerHeight - innerHeight"))
    driver.set_window_size(WIDTH, height + frame)
    WebDriverWait(driver, 10).until(lambda view: view.execute_script("return innerHeight") == height)
    # A frame later everything has been drawn again in the new size.
    driver.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 200))")
    target.write_bytes(driver.get_screenshot_as_png())


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=TOP / "docs" / "pictures")
    arguments = parser.parse_args()
    if lacking():
        parser.error(lacking())
    for path in make(PICTURES, arguments.folder):
        print(f"{path}  {path.stat().st_size / 1000:,.0f} KB")


if __name__ == "__main__":
    main()
