// The timeline: one row a core, from the start to the end of the run, under a small picture of the whole.

import {button, checkBox, cyclesText, element, secondsText, whole} from "./format.js";
import {makeOverview} from "./overview.js";
import {makePlot} from "./plot.js";
import {coreName, modelText, stretchAt} from "./run.js";
import {tableBelow} from "./table.js";
import {makePainter} from "./timeline_paint.js";
import {capital, describeAt, describeSlice, sliceTable} from "./timeline_text.js";
import {hideTip, showTip} from "./tip.js";

const HELP = "Drag to zoom, Shift and drag to move, double-click for all; after a click the wheel zooms (with Shift: cores). "
  + "Keys: + − zoom, arrows move, Shift ↑ ↓ zoom cores, 0 all, N and P next and previous slice, J and K down and up a core.";

/** The timeline's section; other parts call its show methods. */
class Timeline {
  constructor(run, section) {
    this.run = run;
    const hasPath = run.path.core.length > 0;
    this.state = {slice: -1, step: -1, core: 0, arrows: true, showPath: hasPath, arrowsShown: null, pathShown: null};
    this.details = element("p", "Press on a slice to read what it was.", {class: "details", "aria-live": "polite"});
    this.counted = element("span", "", {class: "hint"});
    const tools = element("div", "", {class: "tools"});
    const overviewPlace = element("div");
    const place = element("div");
    section.append(tools, overviewPlace, place, this.details, element("p", HELP, {class: "hint"}));
    this.overview = null;
    this.picture = this.makePicture(place);
    this.overview = makeOverview(run, overviewPlace, (x) => this.picture.show(x));
    this.overview.mark(this.picture.view.x);
    this.fillTools(tools);
    section.append(tableBelow("Slices in view as a table",
                              () => sliceTable(run, this.picture.view, (slice) => this.showSlice(slice))));
  }

  makePicture(place) {
    const {run} = this;
    return makePlot({
      place, height: timelineHeight(run), select: "xy", flip: true,
      label: `Timeline of ${whole(run.coreCount)} cores over ${cyclesText(run.end)} cycles, ${modelText(run)}. ${HELP}`,
      full: {x: [0, run.end || 1], y: [0, run.coreCount]}, smallest: {x: Math.min(8, run.end || 1), y: 1},
      axes: {x: timeAxis(run), y: coreAxis(run)},
      paint: makePainter(run, this.state),
      hover: (x, y, event) => (x === null ? hideTip() : showTip(describeAt(run, x, y), event.clientX, event.clientY)),
      press: (x, y) => this.choose(sliceAt(run, x, y), Math.max(0, Math.min(run.coreCount - 1, Math.floor(y)))),
      key: (event) => this.takeKey(event),
      changed: (view) => {
        this.overview?.mark(view.x);
        requestAnimationFrame(() => this.tellHidden());
      },
    });
  }

  fillTools(tools) {
    const {x, y} = this.picture.full;
    tools.append(
      button("All", () => this.picture.show(x, y)),
      button("+", () => this.zoom(0.5), {"aria-label": "Zoom in"}),
      button("−", () => this.zoom(2), {"aria-label": "Zoom out"}),
      checkBox("messages", this.state.arrows, (arrows) => this.redraw({arrows})),
    );
    if (this.state.showPath) tools.append(checkBox("slowest path", true, (showPath) => this.redraw({showPath})));
    tools.append(this.counted);
  }

  redraw(changes) {
    Object.assign(this.state, changes);
    this.picture.redraw();
    requestAnimationFrame(() => this.tellHidden());
  }

  /** Tells what there is too much of in view to be drawn. */
  tellHidden() {
    const {arrows, arrowsShown, showPath, pathShown} = this.state;
    const hidden = [[arrows, arrowsShown, "messages"], [showPath, pathShown, "steps of the slowest path"]]
      .filter(([wanted, shown]) => wanted && shown && shown.drawn < shown.all)
      .map(([, shown, what]) => `${whole(shown.all)} ${what}`);
    this.counted.textContent = hidden.length ? `${hidden.join(" and ")} in view: zoom in to see them` : "";
  }

  zoom(factor) {
    const [from, to] = this.picture.view.x;
    const middle = (from + to) / 2;
    this.picture.show([middle - (middle - from) * factor, middle + (to - middle) * factor]);
  }

  choose(slice, core) {
    const {run} = this;
    this.details.textContent = slice < 0 ? `${capital(coreName(run, core))}: no slice here.` : describeSlice(run, slice);
    this.redraw({slice, core, step: -1});
  }

  /** Keys for slices and cores; the others are the picture's. */
  takeKey(event) {
    const {run, state} = this;
    const moves = {n: 1, p: -1, N: 1, P: -1};
    const rows = {j: 1, k: -1, J: 1, K: -1};
    if (moves[event.key]) {
      const next = state.slice >= 0 ? state.slice + moves[event.key] : this.firstInView(state.core);
      if (next >= run.firstSlice[state.core] && next < run.firstSlice[state.core + 1]) this.showSlice(next);
      return true;
    }
    if (!rows[event.key]) return false;
    const core = Math.max(0, Math.min(run.coreCount - 1, state.core + rows[event.key]));
    this.choose(this.firstInView(core), core);
    this.keepInView(this.picture.view.x, core);
    return true;
  }

  /** The innermost slice of a core at the left edge of the view, or its first one. */
  firstInView(core) {
    const {stretches, firstSlice} = this.run;
    const owner = stretches.slice[stretchAt(this.run, core, this.picture.view.x[0])] ?? -1;
    return owner >= 0 ? owner : firstSlice[core] < firstSlice[core + 1] ? firstSlice[core] : -1;
  }

  showSlice(slice) {
    const {core, start, end} = this.run.slices;
    this.choose(slice, core[slice]);
    const [left, right] = this.picture.view.x;
    const width = right - left;
    const [from, to] = [start[slice], end[slice]];
    if (from >= left && to <= right) this.keepInView([left, right], core[slice]);
    else this.keepInView(to - from < width ? [from - width / 4, from + (3 * width) / 4] : [from, to], core[slice]);
  }

  /** Marks a step of the slowest path. */
  showStep(step) {
    const {run} = this;
    const {core, number, start, duration} = run.path;
    this.details.textContent = `Step ${whole(number[step] + 1)} of the slowest path: ${coreName(run, core[step])}, `
      + `${cyclesText(duration[step])} cycles from ${cyclesText(start[step])}.`;
    this.redraw({slice: -1, step, core: core[step]});
    const margin = duration[step] || run.end / 100;
    this.keepInView([start[step] - margin, start[step] + duration[step] + margin], core[step]);
  }

  /** Zooms to a core and some beside it, and takes the focus. */
  showCore(core) {
    this.state.core = core;
    const half = Math.min(this.run.coreCount, 8) / 2;
    this.picture.show(this.picture.view.x, [core + 0.5 - half, core + 0.5 + half]);
    this.picture.box.focus();
  }

  /** Shows a part of the run, moved over the cores so that one of them is seen. */
  keepInView(x, core) {
    const [top, bottom] = this.picture.view.y;
    const half = (bottom - top) / 2;
    this.picture.show(x, core >= top && core + 1 <= bottom ? [top, bottom] : [core + 0.5 - half, core + 0.5 + half]);
  }
}

function timelineHeight(run) {
  return Math.max(180, Math.min(560, 70 + 30 * run.coreCount));
}

function timeAxis(run) {
  const {clockHz} = run.facts;
  return {
    values: (_, splits) => splits.map((value) => cyclesText(value)), size: 30, labelSize: 20, space: 90,
    label: `cycles; 1,000 cycles are ${secondsText(1000 / clockHz)} at ${whole(clockHz / 1e6)} MHz`,
  };
}

/** Numbers of cores in the middle of their rows, as many as there is room for. */
function coreAxis(run) {
  return {
    label: "core", size: 52, labelSize: 18, grid: {show: false},
    splits: (plot, _, min, max) => {
      const step = Math.max(1, 2 ** Math.ceil(Math.log2(((max - min) * 14) / Math.max(1, plot.over.clientHeight || 400))));
      const found = [];
      for (let core = Math.ceil(Math.max(0, min) / step) * step; core + 0.5 < max && core < run.coreCount; core += step) {
        found.push(core + 0.5);
      }
      return found;
    },
    values: (_, splits) => splits.map((middle) => {
      const place = Math.floor(middle);
      return `${run.cores.host[place] ? "h" : ""}${run.cores.number[place]}`;
    }),
  };
}

function sliceAt(run, x, y) {
  const core = Math.floor(y);
  if (core < 0 || core >= run.coreCount || x < 0 || x > run.end) return -1;
  return run.stretches.slice[stretchAt(run, core, x)];
}

/** Fills the timeline's section. */
export function makeTimeline(run, section) {
  return new Timeline(run, section);
}
