// The timeline: one row a core, from the start to the end of the run, under a small picture of the whole.

import {button, checkBox, cyclesText, element, secondsText, shareText, whole} from "./format.js";
import {makeOverview} from "./overview.js";
import {makePlot} from "./plot.js";
import {KIND, KIND_TEXT, coreName, modelText, siteSource, siteText, stretchAt} from "./run.js";
import {makeTable, tableBelow} from "./table.js";
import {makePainter} from "./timeline_paint.js";
import {hideTip, showTip} from "./tip.js";

const HELP = "Drag to zoom, Shift and drag to move, double-click for all; after a click the wheel zooms (with Shift: cores). "
  + "Keys: + − zoom, arrows move, Shift ↑ ↓ zoom cores, 0 all, N and P next and previous slice, J and K down and up a core.";

/** Fills the timeline's section; gives what other parts steer it by. */
export function makeTimeline(run, section) {
  const state = {slice: -1, step: -1, core: 0, arrows: true, showPath: run.path.core.length > 0, arrowsShown: null};
  const details = element("p", "Press on a slice to read what it was.", {class: "details", "aria-live": "polite"});
  const counted = element("span", "", {class: "hint"});
  const tools = element("div", "", {class: "tools"});
  const overviewPlace = element("div");
  const place = element("div");
  section.append(tools, overviewPlace, place, details, element("p", HELP, {class: "hint"}));
  let overview = null;
  const picture = makePlot({
    place, height: timelineHeight(run), select: "xy", flip: true,
    label: `Timeline of ${whole(run.coreCount)} cores over ${cyclesText(run.end)} cycles, ${modelText(run)}. ${HELP}`,
    full: {x: [0, run.end || 1], y: [0, run.coreCount]}, smallest: {x: Math.min(8, run.end || 1), y: 1},
    axes: {x: timeAxis(run), y: coreAxis(run)},
    paint: makePainter(run, state),
    hover: (x, y, event) => (x === null ? hideTip() : showTip(describeAt(run, x, y), event.clientX, event.clientY)),
    press: (x, y) => choose(sliceAt(run, x, y), Math.max(0, Math.min(run.coreCount - 1, Math.floor(y)))),
    key: stepByKey,
    changed: (view) => {
      overview?.mark(view.x);
      requestAnimationFrame(tellArrows);
    },
  });
  overview = makeOverview(run, overviewPlace, (x) => picture.show(x));
  overview.mark(picture.view.x);
  fillTools();
  section.append(tableBelow("Slices in view as a table", () => sliceTable(run, picture.view, showSlice)));
  return {showSpan, showSlice, showStep, showCore, picture};

  function fillTools() {
    const {x, y} = picture.full;
    tools.append(
      button("All", () => picture.show(x, y)),
      button("+", () => zoom(0.5), {"aria-label": "Zoom in"}),
      button("−", () => zoom(2), {"aria-label": "Zoom out"}),
      checkBox("messages", state.arrows, (on) => redraw({arrows: on})),
    );
    if (run.path.core.length) tools.append(checkBox("slowest path", state.showPath, (on) => redraw({showPath: on})));
    tools.append(counted);
  }

  function redraw(changes) {
    Object.assign(state, changes);
    picture.redraw();
    requestAnimationFrame(tellArrows);
  }

  function tellArrows() {
    const {arrowsShown} = state;
    counted.textContent = !state.arrows || !arrowsShown || arrowsShown.all === arrowsShown.drawn ? ""
      : `${whole(arrowsShown.all)} messages in view: zoom in to see their arrows`;
  }

  function zoom(factor) {
    const [from, to] = picture.view.x;
    const middle = (from + to) / 2;
    picture.show([middle - ((middle - from) * factor), middle + ((to - middle) * factor)]);
  }

  function choose(slice, core) {
    Object.assign(state, {slice, core, step: -1});
    details.textContent = slice < 0 ? `${capital(coreName(run, core))}: no slice here.` : describeSlice(run, slice);
    picture.redraw();
  }

  function stepByKey(event) {
    const moves = {n: 1, p: -1, N: 1, P: -1};
    if (moves[event.key]) {
      const next = state.slice >= 0 ? state.slice + moves[event.key] : firstInView();
      if (next >= run.firstSlice[state.core] && next < run.firstSlice[state.core + 1]) showSlice(next);
      return true;
    }
    const rows = {j: 1, k: -1, J: 1, K: -1};
    if (!rows[event.key]) return false;
    state.core = Math.max(0, Math.min(run.coreCount - 1, state.core + rows[event.key]));
    choose(firstInView(), state.core);
    keepInView(picture.view.x, state.core);
    return true;
  }

  function firstInView() {
    const owner = run.stretches.slice[stretchAt(run, state.core, picture.view.x[0])] ?? -1;
    const low = run.firstSlice[state.core];
    return owner >= 0 ? owner : low < run.firstSlice[state.core + 1] ? low : -1;
  }

  function showSlice(slice) {
    choose(slice, run.slices.core[slice]);
    reveal(run.slices.start[slice], run.slices.end[slice], run.slices.core[slice]);
  }

  function showStep(step) {
    const {core, start, duration} = run.path;
    Object.assign(state, {slice: -1, step, core: core[step]});
    details.textContent = `Step ${whole(run.path.number[step] + 1)} of the slowest path: ${coreName(run, core[step])}, `
      + `${cyclesText(duration[step])} cycles from ${cyclesText(start[step])}.`;
    const margin = duration[step] || run.end / 100;
    keepInView([start[step] - margin, start[step] + duration[step] + margin], core[step]);
  }

  function showSpan(x) {
    picture.show(x);
  }

  function showCore(core) {
    state.core = core;
    const half = Math.min(run.coreCount, 8) / 2;
    picture.show(picture.view.x, [core + 0.5 - half, core + 0.5 + half]);
  }

  function reveal(from, to, core) {
    const [left, right] = picture.view.x;
    const width = right - left;
    const visible = from >= left && to <= right;
    const x = visible ? [left, right] : to - from < width ? [from - width / 4, from + (3 * width) / 4] : [from, to];
    keepInView(x, core);
  }

  function keepInView(x, core) {
    const [top, bottom] = picture.view.y;
    const height = bottom - top;
    const y = core >= top && core + 1 <= bottom ? [top, bottom] : [core + 0.5 - height / 2, core + 0.5 + height / 2];
    picture.show(x, y);
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

function describeAt(run, x, y) {
  const core = Math.floor(y);
  if (core < 0 || core >= run.coreCount || x < 0 || x > run.end) return "";
  const stretch = stretchAt(run, core, x);
  const slice = run.stretches.slice[stretch];
  const kind = run.stretches.kind[stretch];
  if (slice < 0 || kind === KIND.idle) return `${capital(coreName(run, core))}: ${KIND_TEXT[kind]}\nat cycle ${cyclesText(x)}`;
  const around = [];
  for (let outer = run.slices.parent[slice]; outer >= 0 && around.length < 6; outer = run.slices.parent[outer]) {
    around.push(run.names[run.slices.name[outer]] ?? "?");
  }
  return describeSlice(run, slice, "\n") + (around.length ? `\nin ${around.join(" < ")}` : "");
}

function describeSlice(run, slice, joint = " · ") {
  const {core, activity, name, site, peer, peer_site: peerSite, start, duration} = run.slices;
  const parts = [
    `${capital(coreName(run, core[slice]))}: ${KIND_TEXT[activity[slice]]}, ${run.names[name[slice]] ?? "unnamed"}`,
    `${cyclesText(duration[slice])} cycles (${secondsText(duration[slice] / run.facts.clockHz)}) from ${cyclesText(start[slice])}`,
  ];
  const where = siteText(run, site[slice]);
  if (where) parts.push(`${where}  ${siteSource(run, site[slice])}`);
  if (peer[slice] >= 0) {
    const other = siteText(run, peerSite[slice]);
    const what = activity[slice] === KIND.task ? "given by" : "waited for";
    parts.push(`${what} ${coreName(run, peer[slice])}${other ? ` at ${other}` : ""}`);
  }
  return parts.join(joint);
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function sliceTable(run, view, choose) {
  const {core, start, end, duration, activity, name, site, peer} = run.slices;
  const rows = [];
  for (let i = 0; i < core.length; i++) {
    if (end[i] >= view.x[0] && start[i] <= view.x[1] && core[i] + 1 > view.y[0] && core[i] < view.y[1]) rows.push(i);
  }
  const column = (title, value, text = value, kind = "") => ({
    title, kind, value: (row) => value(rows[row]), text: (row) => String(text(rows[row])),
  });
  return makeTable({
    caption: `${whole(rows.length)} slices in view when this table was opened; ${modelText(run)}`, count: rows.length,
    choose: (row) => choose(rows[row]),
    columns: [
      column("core", (i) => core[i], (i) => coreName(run, core[i]), "text"),
      column("from", (i) => start[i], (i) => cyclesText(start[i])),
      column("cycles", (i) => duration[i], (i) => cyclesText(duration[i])),
      column("share of the run", (i) => duration[i], (i) => shareText(duration[i], run.end)),
      column("activity", (i) => activity[i], (i) => KIND_TEXT[activity[i]], "text"),
      column("name", (i) => run.names[name[i]] ?? "", undefined, "text"),
      column("source", (i) => siteText(run, site[i]), undefined, "text"),
      column("other core", (i) => peer[i], (i) => (peer[i] < 0 ? "" : coreName(run, peer[i])), "text"),
    ],
  });
}
