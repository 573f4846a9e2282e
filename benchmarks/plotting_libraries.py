"""Which plotting library the report page can stand on: each draws the same timeline of 100,000 slices.

    npm install --prefix LIBRARIES uplot echarts plotly.js-dist-min
    python -m benchmarks.plotting_libraries LIBRARIES/node_modules

Measured in headless Chromium (Debian's chromium and chromium-driver): the time from the start of
the page's script to the first painted frame, and the time of a frame while the view zooms in from all to
a hundredth and out again. Each library draws as its documentation advises for very many bars: uPlot by a
hook on its canvas, ECharts by a custom series (in portions: its frames are not whole), Plotly by
horizontal bars with a base.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.browser import browser, lacking

CORES = 16
ZOOM_STEPS = 20
ZOOM_SECONDS = 30  # a library that is not through by then is judged by the frames it has drawn

DATA = """
const CORES = %(cores)d, COUNT = %(count)d, END = 10 * COUNT / CORES;
const core = new Int32Array(COUNT), start = new Float64Array(COUNT), end = new Float64Array(COUNT);
for (let i = 0, state = 1; i < COUNT; i++) {
  state = (state * 48271) %% 2147483647;
  core[i] = i %% CORES;
  start[i] = Math.floor(i / CORES) * 10;
  end[i] = start[i] + 1 + state %% 9;
}
const place = document.getElementById("chart");
const COLOURS = ["#0072b2", "#e69f00", "#56b4e9", "#d55e00"];
"""

UPLOT = """
const chart = new uPlot({
  width: 1200, height: 500,
  scales: {x: {time: false, auto: false}, y: {auto: false, range: [0, CORES]}},
  series: [{}, {}], legend: {show: false},
  hooks: {draw: [(u) => {
    const {left, top, width, height} = u.bbox, row = height / CORES, {min, max} = u.scales.x;
    const scale = width / (max - min);
    for (let kind = 0; kind < 4; kind++) {
      u.ctx.fillStyle = COLOURS[kind];
      for (let i = kind; i < COUNT; i += 4) {
        if (end[i] < min || start[i] > max) continue;
        const a = Math.max(min, start[i]), b = Math.min(max, end[i]);
        u.ctx.fillRect(left + (a - min) * scale, top + core[i] * row, Math.max(1, (b - a) * scale), row - 1);
      }
    }
  }]},
}, [[0, END], [null, null]], place);
const zoom = (from, to) => chart.setScale("x", {min: from, max: to});
zoom(0, END);
"""

ECHARTS = """
const chart = echarts.init(place, null, {renderer: "canvas"});
const rows = Array.from(core, (c, i) => [start[i], c, end[i], i % 4]);
chart.setOption({
  animation: false,
  xAxis: {type: "value", min: 0, max: END}, yAxis: {type: "category", data: [...Array(CORES).keys()]},
  dataZoom: [{type: "inside", xAxisIndex: 0, filterMode: "weakFilter"}],
  series: [{
    type: "custom", dimensions: ["start", "core", "end", "kind"], encode: {x: [0, 2], y: 1}, data: rows,
    renderItem: (parameters, api) => {
      const a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(2), api.value(1)]);
      const height = api.size([0, 1])[1];
      return {type: "rect", style: {fill: COLOURS[api.value(3)]},
              shape: {x: a[0], y: a[1] - height / 2, width: Math.max(1, b[0] - a[0]), height: height - 1}};
    },
  }],
});
const zoom = (from, to) => chart.dispatchAction({type: "dataZoom", startValue: from, endValue: to});
"""

PLOTLY = """
const duration = Float64Array.from(end, (value, i) => value - start[i]);
Plotly.newPlot(place, [{
  type: "bar", orientation: "h", base: start, x: duration, y: core,
  marker: {color: Array.from(core, (c, i) => COLOURS[i % 4]), line: {width: 0}}, hoverinfo: "skip",
}], {width: 1200, height: 500, barmode: "overlay", xaxis: {range: [0, END]}}, {staticPlot: false});
const zoom = (from, to) => Plotly.relayout(place, {"xaxis.range": [from, to]});
"""

MEASURE = """
const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
(async () => {
  await painted();
  const first = performance.now() - began;
  const frames = [];
  for (let step = 0; step < 2 * %(steps)d && performance.now() < first + 1000 * %(seconds)d; step++) {
    const part = Math.pow(0.01, (step < %(steps)d ? step : 2 * %(steps)d - step) / %(steps)d);
    const now = performance.now();
    await zoom(END / 2 * (1 - part), END / 2 * (1 + part));
    await painted();
    frames.push(performance.now() - now);
  }
  window.measured = {first, frames};
})();
"""


@dataclass(frozen=True)
class Library:
    """A candidate: its script inside node_modules and how it draws the slices."""

    name: str
    script: str
    draw: str


LIBRARIES = (
    Library("uPlot", "uplot/dist/uPlot.iife.min.js", UPLOT),
    Library("ECharts", "echarts/dist/echarts.min.js", ECHARTS),
    Library("Plotly", "plotly.js-dist-min/plotly.min.js", PLOTLY),
)


def page(library: Library, modules: Path, count: int) -> str:
    """A page that draws `count` slices with one library and leaves its times in `window.measured`."""
    script = (modules / library.script).read_text("utf-8")
    data = DATA % {"cores": CORES, "count": count}
    measure = MEASURE % {"steps": ZOOM_STEPS, "seconds": ZOOM_SECONDS}
    return (
        '<!doctype html><meta charset="utf-8"><div id="chart" style="width:1200px;height:500px"></div>'
        f"<script>const began = performance.now();</script><script>{script}</script>"
        f"<script>{data}{library.draw}{measure}</script>"
    )


def measure(library: Library, modules: Path, count: int) -> dict[str, Any]:
    """Milliseconds to the first frame and of each frame while zooming. Raises after five minutes."""
    from selenium.webdriver.support.ui import WebDriverWait

    with tempfile.TemporaryDirectory() as folder, browser() as driver:
        path = Path(folder, "page.html")
        path.write_text(page(library, modules, count), "utf-8")
        driver.set_page_load_timeout(300)
        driver.set_script_timeout(300)
        driver.get(path.as_uri())
        WebDriverWait(driver, 300).until(lambda shown: shown.execute_script("return !!window.measured"))
        result: dict[str, Any] = driver.execute_script("return window.measured")
        return result


def main() -> None:
    """Measure every library and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("modules", type=Path, help="the node_modules folder with the libraries")
    parser.add_argument("--slices", type=int, default=100_000)
    arguments = parser.parse_args()
    if lacking():
        parser.error(lacking())
    print(f"{arguments.slices:,} slices on {CORES} cores, milliseconds")
    print(f"{'library':<10}{'KB':>8}{'first paint':>14}{'frame, median':>16}{'frame, worst':>15}")
    for library in LIBRARIES:
        size = (arguments.modules / library.script).stat().st_size / 1e3
        result = measure(library, arguments.modules, arguments.slices)
        frames = result["frames"]
        print(f"{library.name:<10}{size:>8.0f}{result['first']:>14.0f}"
              f"{statistics.median(frames):>16.1f}{max(frames):>15.1f}")  # fmt: skip
        sys.stdout.flush()


if __name__ == "__main__":
    main()
