"""The report page in a browser: all is drawn, zooms by keyboard, wheel and drag, and reads in light and dark.

Skipped where Chromium, its driver or selenium is missing.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
from support import recordings

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.browser import browser, lacking, open_report
from eptrans.page import write_report
from eptrans.recording import Recording

pytestmark = [
    pytest.mark.skipif(bool(lacking()), reason=lacking() or "all is there"),
    pytest.mark.xdist_group("browser"),
]

LOAD_SECONDS = 20  # on a slow machine; about half a second on an ordinary one
TIMELINE = "#timeline .picture[tabindex='0']"
PICTURES = ("#mesh canvas", f"{TIMELINE} canvas", "#timeline .picture[tabindex='-1'] canvas",
            "#matrix canvas", "#memory canvas")  # fmt: skip

COLOURS_OF = """
const canvas = document.querySelector(arguments[0]);
const {width, height} = canvas;
const data = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer);
const found = new Map();
for (const word of data) found.set(word, (found.get(word) || 0) + 1);
return [...found].filter(([, count]) => count > 20).map(([word, count]) =>
  [[word & 255, (word >> 8) & 255, (word >> 16) & 255, word >>> 24].join(" "), count]);
"""


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    with browser() as view:
        yield view


def shown(driver: Any, recording: Recording, folder: Path) -> None:
    """Open the page of a recording; nothing may go wrong in it and nothing be loaded from elsewhere."""
    page = folder / "report.html"
    write_report(recording, page)
    for earlier in ("browser", "performance"):
        driver.get_log(earlier)
    open_report(driver, page, LOAD_SECONDS)
    assert driver.get_log("browser") == []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            assert re.match(r"(file|data|blob|about):", message["params"]["request"]["url"])


def colours(driver: Any, picture: str) -> dict[str, int]:
    """How many pixels of a picture have which colour: `red green blue alpha`."""
    return dict(driver.execute_script(COLOURS_OF, picture))


def rgb(driver: Any, name: str) -> str:
    """A colour of the style sheet as `colours` names it."""
    value = driver.execute_script(
        "return getComputedStyle(document.documentElement).getPropertyValue('--' + arguments[0]).trim()", name
    )
    return " ".join(str(int(value[place : place + 2], 16)) for place in (1, 3, 5)) + " 255"


def view(driver: Any) -> list[float]:
    """From and to of the timeline's time and cores."""
    text = driver.find_element("css selector", TIMELINE).get_attribute("data-view")
    return [float(number) for number in text.split()]


def wait(driver: Any, what: Callable[[Any], object]) -> None:
    """Until something is so; events of details and wheels come a little later."""
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 10, poll_frequency=0.05).until(what)


def keys(driver: Any, selector: str, *pressed: str) -> None:
    driver.find_element("css selector", selector).send_keys(*pressed)


def text_of(driver: Any, selector: str) -> str:
    text: str = driver.find_element("css selector", selector).get_property("textContent")
    return text


@pytest.mark.parametrize("make", [recordings.jacobi, recordings.farm])
def test_every_picture_is_drawn(driver: Any, tmp_path: Path, make: Any) -> None:
    shown(driver, make(), tmp_path)
    for picture in PICTURES:
        assert len(colours(driver, picture)) >= 4, picture
    for picture in PICTURES[:3]:
        found = colours(driver, picture)
        assert found[rgb(driver, "message")] > 500, picture
        assert found[rgb(driver, "task" if make is recordings.farm else "busy")] > 500, picture
    assert "blank" not in driver.title and "mesh model" in text_of(driver, "#mesh h2")


def test_mesh_and_timeline_show_the_shares_of_the_recording(driver: Any, tmp_path: Path) -> None:
    """The band of one core: pixels of a colour are the share of its time."""
    recording = recordings.jacobi(1, 20)
    recording.cores["waited_message"] = recording.end // 4
    recording.cores["idle"] = recording.end // 4
    recording.cores["busy"] = recording.end - 2 * (recording.end // 4)
    recording.slices["end"] = numpy.minimum(recording.slices["end"], recording.end - recording.end // 4)
    slices = recording.slices
    recording = replace(recording, slices=slices[slices["end"] > slices["start"]])
    shown(driver, recording, tmp_path)
    mesh = colours(driver, "#mesh canvas")
    busy, waiting, idle = (mesh[rgb(driver, name)] for name in ("busy", "message", "idle"))
    assert waiting / idle == pytest.approx(1, rel=0.05)
    assert busy / waiting == pytest.approx(2, rel=0.1)  # the core's number lies on it
    found = colours(driver, f"{TIMELINE} canvas")
    assert found[rgb(driver, "busy")] / found[rgb(driver, "idle")] == pytest.approx(3, rel=0.05)


def test_every_picture_and_table_names_the_model(driver: Any, tmp_path: Path) -> None:
    shown(driver, recordings.jacobi(mesh_model="contention"), tmp_path)
    driver.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
    wait(driver, lambda view: len(view.find_elements("css selector", "details table")) == 5)
    for title in driver.find_elements("css selector", "section > h2, table > caption, [role=application]"):
        if title.get_property("textContent") == "Where the cores computed":
            continue
        text = title.get_attribute("aria-label") or title.get_property("textContent")
        assert "mesh model contention" in text


def test_the_keyboard_zooms_and_moves_the_timeline(driver: Any, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    recording = recordings.jacobi()
    shown(driver, recording, tmp_path)
    whole = view(driver)
    assert whole == [0, recording.end / 2, 0, 16]
    before = driver.find_element("css selector", TIMELINE).screenshot_as_png
    keys(driver, TIMELINE, "++")
    near = view(driver)
    assert near[1] - near[0] == pytest.approx((whole[1] - whole[0]) / 1.6**2, rel=0.01)
    assert driver.find_element("css selector", TIMELINE).screenshot_as_png != before
    keys(driver, TIMELINE, Keys.ARROW_RIGHT)
    assert view(driver)[0] > near[0]
    keys(driver, TIMELINE, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    assert view(driver)[0] < near[0]
    driver.find_element("css selector", TIMELINE).send_keys(Keys.SHIFT + Keys.ARROW_UP)
    assert view(driver)[3] - view(driver)[2] == pytest.approx(10, abs=0.2)
    keys(driver, TIMELINE, "-")
    keys(driver, TIMELINE, "0")
    assert view(driver) == whole


def test_slices_are_read_out_by_keyboard(driver: Any, tmp_path: Path) -> None:
    recording = recordings.jacobi()
    shown(driver, recording, tmp_path)
    keys(driver, TIMELINE, "n")  # the innermost slice at the left edge
    first = text_of(driver, "#timeline .details")
    assert first.startswith("Core 0: computing, swap_row") and "cycles" in first and "jacobi.py:7" in first
    keys(driver, TIMELINE, "p")
    assert text_of(driver, "#timeline .details").startswith("Core 0: computing, main")
    keys(driver, TIMELINE, "j")
    assert text_of(driver, "#timeline .details").startswith("Core 1: ")


def test_the_wheel_zooms_once_the_timeline_has_the_focus(driver: Any, tmp_path: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    shown(driver, recordings.jacobi(), tmp_path)
    place = driver.find_element("css selector", TIMELINE)
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", place)
    origin = ScrollOrigin.from_element(place)
    whole = view(driver)
    ActionChains(driver).scroll_from_origin(origin, 0, -100).pause(1).perform()  # the page scrolls
    assert view(driver) == whole
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", place)
    ActionChains(driver).click(place).perform()
    ActionChains(driver).scroll_from_origin(origin, 0, -100).perform()
    wait(driver, lambda _: view(driver)[1] - view(driver)[0] < 0.8 * (whole[1] - whole[0]))


def test_dragging_zooms_and_a_double_click_shows_all(driver: Any, tmp_path: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    shown(driver, recordings.jacobi(), tmp_path)
    place = driver.find_element("css selector", TIMELINE)
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", place)
    whole = view(driver)
    ActionChains(driver).move_to_element(place).click_and_hold().move_by_offset(120, 0).release().perform()
    near = view(driver)
    assert near[1] - near[0] == pytest.approx(whole[1] * 120 / 1280, rel=0.1)
    assert near[2:] == whole[2:]
    ActionChains(driver).double_click(place).perform()
    assert view(driver) == whole


def test_hovering_tells_slice_line_and_cycles(driver: Any, tmp_path: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    shown(driver, recordings.jacobi(), tmp_path)
    place = driver.find_element("css selector", TIMELINE)
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", place)
    ActionChains(driver).move_to_element(place).perform()
    text = text_of(driver, "#tip")
    assert re.search(r"^Core \d+: ", text) and "cycles" in text and "jacobi.py:" in text
    tall = place.size["height"]
    ActionChains(driver).move_to_element_with_offset(place, 0, 20 - tall // 2).perform()
    assert text_of(driver, "#tip").startswith("Core 0: ")
    ActionChains(driver).move_to_element_with_offset(place, 0, tall // 2 - 60).perform()
    assert text_of(driver, "#tip").startswith("Core 15: ")


def test_a_step_of_the_slowest_path_is_shown_in_the_timeline(driver: Any, tmp_path: Path) -> None:
    recording = recordings.jacobi()
    shown(driver, recording, tmp_path)
    driver.find_elements("css selector", "#timeline input")[1].click()  # the path's line off
    assert colours(driver, f"{TIMELINE} canvas").get(rgb(driver, "mark"), 0) == 0
    rows = driver.find_elements("css selector", "#path tbody tr")
    assert len(rows) == len(recording.path)
    rows[2].click()
    step = recording.path[2]
    left, right = view(driver)[:2]
    assert left <= step["start"] / 2 and step["end"] / 2 <= right and right - left < recording.end / 4
    assert rows[2].get_attribute("aria-selected") == "true"
    assert colours(driver, f"{TIMELINE} canvas")[rgb(driver, "mark")] > 500
    assert text_of(driver, "#timeline .details").startswith("Step 3 of the slowest path: core 5")


def test_a_path_of_too_many_steps_hides_nothing(driver: Any, tmp_path: Path) -> None:
    """Its lines would cover the timeline: the page says so, and draws them where the view has room."""
    shown(driver, recordings.jacobi(steps=400), tmp_path)
    mark = rgb(driver, "mark")
    assert mark not in colours(driver, f"{TIMELINE} canvas")
    assert "800 steps of the slowest path in view" in text_of(driver, "#timeline .tools")
    keys(driver, TIMELINE, *"++++")
    wait(driver, lambda view: mark in colours(view, f"{TIMELINE} canvas"))
    wait(driver, lambda view: "slowest path in view" not in text_of(view, "#timeline .tools"))


def test_the_mesh_is_walked_by_keyboard(driver: Any, tmp_path: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    shown(driver, recordings.tiled(recordings.jacobi(), 2, 2), tmp_path)
    keys(driver, "#mesh canvas", Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert text_of(driver, "#mesh .details").startswith("Core 9 at row 2, column 1")
    keys(driver, "#mesh canvas", "+")
    assert driver.find_element("css selector", "#mesh canvas").get_attribute("data-view") == "1.60 9 busy"
    keys(driver, "#mesh canvas", Keys.ENTER)
    assert view(driver)[2] <= 9 and view(driver)[3] >= 10 and view(driver)[3] - view(driver)[2] < 9
    assert driver.switch_to.active_element.get_attribute("aria-label").startswith("Timeline of 16 cores")


def test_every_control_has_a_name_and_can_be_reached(driver: Any, tmp_path: Path) -> None:
    shown(driver, recordings.farm(), tmp_path)
    unnamed = driver.execute_script("""
      const controls = "button, select, input, canvas[tabindex], [role=application], [role=region]";
      return [...document.querySelectorAll(controls)]
        .filter((one) => one.getClientRects().length && !one.hidden
          && !(one.getAttribute("aria-label") || one.textContent || one.closest("label")?.textContent))
        .map((one) => one.outerHTML.slice(0, 100));
    """)
    assert unnamed == []
    for name in ("mesh", "timeline", "matrix", "memory"):
        assert driver.find_elements("css selector", f"#{name} details > summary"), f"{name} has no table"


def test_the_source_stands_with_its_cycles(driver: Any, tmp_path: Path) -> None:
    recording = recordings.jacobi()
    shown(driver, recording, tmp_path)
    hottest = recording.lines[numpy.argmax(recording.lines["cycles"])]
    row = driver.find_elements("css selector", "#lines tbody tr")[int(hottest["line"]) - 1]
    cells = [cell.get_property("textContent") for cell in row.find_elements("css selector", "td")]
    assert cells[:2] == ["15", f"{hottest['cycles']:,}"]
    assert cells[3] == f"{hottest['executions']:,}"
    assert cells[5].strip().startswith("next[i][j]=0.25*")
    inside = """const box = arguments[0].closest(".scroller").getBoundingClientRect();
      const {top, bottom} = arguments[0].getBoundingClientRect();
      return top >= box.top && bottom <= box.bottom;"""
    assert driver.execute_script(inside, row), "the hottest line is not in view"
    bar = row.find_element("css selector", ".bar div")
    assert bar.size["width"] == pytest.approx(bar.find_element("xpath", "..").size["width"], abs=12)


def test_the_tables_hold_the_numbers_of_the_recording(driver: Any, tmp_path: Path) -> None:
    recording = recordings.farm()
    shown(driver, recording, tmp_path)
    driver.find_element("css selector", "#matrix summary").click()
    wait(driver, lambda view: view.find_elements("css selector", "#matrix table"))
    rows = driver.find_elements("css selector", "#matrix tbody tr")
    assert len(rows) == len(recording.traffic)
    first = [cell.get_property("textContent") for cell in rows[0].find_elements("css selector", "td")]
    pair = recording.traffic[0]
    cores = [f"core {pair[end]}" for end in ("sender", "receiver")]
    assert first == [*cores, str(pair["messages"]), str(pair["bytes"])]
    header = driver.find_elements("css selector", "#matrix th button")[3]
    driver.execute_script("arguments[0].click()", header)
    cells = driver.find_elements("css selector", "#matrix tbody td:nth-child(4)")
    sizes = [int(cell.get_property("textContent").replace(",", "")) for cell in cells]
    assert sizes == sorted(recording.traffic["bytes"].tolist(), reverse=True)


def test_dark_and_light(tmp_path: Path) -> None:
    with browser(dark=True) as dark:
        shown(dark, recordings.jacobi(), tmp_path)
        theme = "return document.documentElement.dataset.theme"
        paper = "return getComputedStyle(document.body).backgroundColor"
        assert dark.execute_script(theme) == "dark"
        night = dark.get_screenshot_as_png()
        night_paper = dark.execute_script(paper)
        night_mesh = colours(dark, "#mesh canvas")
        dark.find_element("id", "theme").click()
        assert dark.execute_script(theme) == "light"
        assert dark.execute_script(paper) == "rgb(255, 255, 255)" != night_paper
        assert dark.get_screenshot_as_png() != night
        assert colours(dark, "#mesh canvas").keys().isdisjoint(night_mesh.keys() - {"0 0 0 0"})
        for picture in PICTURES:
            assert len(colours(dark, picture)) >= 4, picture


@pytest.mark.parametrize("cores", [1024, 4096])
def test_many_cores_and_slices_load_and_zoom_in_time(driver: Any, tmp_path: Path, cores: int) -> None:
    recording = recordings.large(cores, 100_000)
    shown(driver, recording, tmp_path)
    for picture in PICTURES:
        assert len(colours(driver, picture)) >= 4, picture
    frames = driver.execute_async_script("""
      const done = arguments[arguments.length - 1];
      const box = document.querySelector(arguments[0]);
      const frames = [];
      const step = (left) => {
        const began = performance.now();
        box.dispatchEvent(new KeyboardEvent("keydown", {key: left > 10 ? "+" : "-"}));
        requestAnimationFrame(() => setTimeout(() => {
          frames.push(performance.now() - began);
          if (left > 1) step(left - 1);
          else done(frames);
        }));
      };
      step(20);
    """, TIMELINE)  # fmt: skip
    assert sorted(frames)[len(frames) // 2] < 500, frames  # about 25 ms; a slow machine takes longer


def test_what_was_left_out_is_said(driver: Any, tmp_path: Path) -> None:
    shown(driver, replace(recordings.jacobi(), lost=77), tmp_path)
    assert text_of(driver, "#notes").startswith("Left out: 77 events were not recorded")


@pytest.mark.parametrize("host", [0, 3])
def test_runs_with_nothing_in_them_are_shown(driver: Any, tmp_path: Path, host: int) -> None:
    recording = recordings.empty()
    if host:
        cores = numpy.repeat(recording.cores, host)
        cores["host"][1:] = True
        cores["number"] = range(host)
        recording = replace(recording, cores=cores)
    shown(driver, recording, tmp_path)
    assert text_of(driver, "#sentences") == "No core took any time."


NASTY = "</script><script>document.title='broken'</script><img src=x onerror=alert(1)>"


def test_names_from_the_program_stay_text(driver: Any, tmp_path: Path) -> None:
    recording = recordings.jacobi(file=f"{NASTY}.py", source=f"{NASTY}\n")
    shown(driver, replace(recording, names=(NASTY, *recording.names[1:])), tmp_path)
    assert driver.title == f"{NASTY}.py: report"
    assert text_of(driver, "#program") == f"{NASTY}.py"
    assert driver.find_elements("css selector", "img") == []
    keys(driver, TIMELINE, "n")
    assert NASTY in text_of(driver, "#timeline .details")
