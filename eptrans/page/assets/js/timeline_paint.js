// Draws the timeline's rows: a strip of nested functions over a band that shows what the core did.
//
// Where a pixel stands for many stretches, or a row of pixels for many cores, it takes the colour of what took most of
// the time, so that the picture is right at any zoom and its cost is bound by the number of pixels and stretches.

import {channels, colour} from "./theme.js";
import {KIND, KIND_COLOURS, coreName, lastAtOrBefore, stretchAt} from "./run.js";

const KINDS = KIND_COLOURS.length;
const LANE = 13;  // CSS pixels a level of functions takes
const LABELLED_ROW = 26;
const MOST_ARROWS = 400;
const STEP_ROOM = 3;  // CSS pixels that a step of the slowest path needs on average: closer lines hide what lies below

/** A painter for a run; `state` holds what is chosen and which extras are on. */
export function makePainter(run, state) {
  const lane = {slices: run.slices, spans: null, image: null};
  return (plot) => {
    if (!run.end) return;
    const area = frame(run, plot);
    drawBand(run, plot.ctx, area, lane);
    plot.ctx.save();
    plot.ctx.beginPath();
    plot.ctx.rect(area.left, area.top, area.width, area.height);
    plot.ctx.clip();
    if (area.row >= LABELLED_ROW * area.ratio) drawLabels(run, plot.ctx, area);
    if (state.arrows) state.arrowsShown = drawArrows(run, plot.ctx, area);
    if (state.showPath) state.pathShown = drawPath(run, plot.ctx, area);
    if (state.step >= 0) drawStep(run, plot.ctx, area, state.step);
    if (state.slice >= 0) outline(plot.ctx, area, run.slices.core[state.slice], run.slices.start[state.slice],
                                  run.slices.end[state.slice], colour("mark"), 3);
    plot.ctx.restore();
  };
}

/** Where things lie on the canvas, in its own pixels. */
function frame(run, plot) {
  const {left, top, width, height} = plot.bbox;
  const {x, y} = plot.scales;
  const ratio = devicePixelRatio || 1;
  const row = height / (y.max - y.min);
  const strip = row >= LABELLED_ROW * ratio ? stripHeight(run, row, ratio) : 0;
  return {
    left: Math.round(left), top: Math.round(top), width: Math.round(width), height: Math.round(height), ratio,
    from: x.min, to: x.max, scale: width / (x.max - x.min), firstRow: y.min, row, strip,
    gap: row >= 6 * ratio ? Math.round(ratio) : 0,
    firstCore: Math.max(0, Math.floor(y.min)), lastCore: Math.min(run.coreCount, Math.ceil(y.max)),
  };
}

/** The height of the strip of functions: as many levels as there are in half of the row; none for the outermost alone. */
function stripHeight(run, row, ratio) {
  run.deepest ??= run.slices.depth.reduce((most, depth, i) => (
    run.slices.activity[i] <= KIND.task ? Math.max(most, depth + 1) : most), 0);
  const levels = Math.min(run.deepest, Math.floor(row / 2 / (LANE * ratio)));
  return levels >= Math.min(2, run.deepest) ? levels * LANE * ratio : 0;
}

function xOf(area, time) {
  return area.left + (time - area.from) * area.scale;
}

function yOf(area, core) {
  return area.top + (core - area.firstRow) * area.row;
}

/** The band of every core, pixel by pixel. */
function drawBand(run, context, area, lane) {
  const {width, height} = area;
  if (!lane.image || lane.image.width !== width || lane.image.height !== height) {
    lane.image = context.createImageData(width, height);
    lane.spans = new Float32Array(width * KINDS);
  }
  const words = new Uint32Array(lane.image.data.buffer);
  const paints = KIND_COLOURS.map((name) => packed(colour(name)));
  const paper = packed(colour("paper"));
  words.fill(paper);
  let y = 0;
  while (y < height) {
    const core = Math.floor(area.firstRow + (y + 0.5) / area.row);
    const next = Math.max(y + 1, Math.min(height, Math.round((core + 1 - area.firstRow) * area.row)));
    const last = Math.max(core + 1, Math.floor(area.firstRow + next / area.row));
    lane.spans.fill(0);
    for (let member = core; member < Math.min(last, area.lastCore); member++) addSpans(run, member, area, lane.spans);
    const bandTop = Math.min(next - 1, y + Math.round(area.strip));
    fillRows(words, lane.spans, paints, paper, width, bandTop, Math.max(bandTop + 1, next - area.gap));
    y = next;
  }
  context.putImageData(lane.image, area.left, area.top);
}

function packed(hex) {
  const [red, green, blue] = channels(hex);
  return (255 << 24) | (blue << 16) | (green << 8) | red;
}

/** Adds to each pixel of a row for how much of it a core did what. */
function addSpans(run, core, area, spans) {
  const {first, begin, kind} = run.stretches;
  const end = first[core + 1] - 1;  // the last only marks the end of the run
  for (let i = stretchAt(run, core, area.from); i < end && begin[i] < area.to; i++) {
    const a = Math.max(0, (begin[i] - area.from) * area.scale);
    const b = Math.min(area.width, (begin[i + 1] - area.from) * area.scale);
    if (b <= a) continue;
    const low = Math.floor(a);
    const high = Math.min(area.width - 1, Math.floor(b));
    if (low === high) spans[low * KINDS + kind[i]] += b - a;
    else {
      spans[low * KINDS + kind[i]] += low + 1 - a;
      for (let x = low + 1; x < high; x++) spans[x * KINDS + kind[i]] += 1;
      spans[high * KINDS + kind[i]] += b - high;
    }
  }
}

function fillRows(words, spans, paints, paper, width, top, bottom) {
  for (let x = 0; x < width; x++) {
    let most = 0;
    let word = paper;
    for (let k = 0; k < KINDS; k++) {
      if (spans[x * KINDS + k] > most) {
        most = spans[x * KINDS + k];
        word = paints[k];
      }
    }
    words[top * width + x] = word;
  }
  for (let y = top + 1; y < bottom; y++) words.copyWithin(y * width, top * width, (top + 1) * width);
}

/** The names of functions in their strip and of what fills the band, where there is room to read them. */
function drawLabels(run, context, area) {
  context.font = `${11 * area.ratio}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const levels = area.strip / (LANE * area.ratio);
  for (let core = area.firstCore; core < area.lastCore; core++) {
    for (const slice of visibleSlices(run, core, area)) {
      const depth = run.slices.depth[slice];
      if (run.slices.activity[slice] <= KIND.task && depth < levels) drawFunction(run, context, area, slice, depth);
    }
    labelBand(run, context, area, core);
  }
}

/** The slices of a core that are wide enough to be told apart, the ones around the view's start first. */
function visibleSlices(run, core, area) {
  const {start, end, parent} = run.slices;
  const low = run.firstSlice[core];
  const high = run.firstSlice[core + 1];
  const found = [];
  if (low === high) return found;
  const narrow = 2 / area.scale;
  let i = lastAtOrBefore(start, low, high, area.from);
  for (let outer = parent[i]; outer >= 0; outer = parent[outer]) found.unshift(outer);
  for (; i < high && start[i] < area.to; i++) {
    if (end[i] > area.from && end[i] - start[i] >= narrow) found.push(i);
  }
  return found;
}

function drawFunction(run, context, area, slice, depth) {
  const {start, end, core, activity, name} = run.slices;
  const lane = LANE * area.ratio;
  const left = Math.max(area.left, xOf(area, start[slice]));
  const width = Math.min(area.left + area.width, xOf(area, end[slice])) - left;
  const top = yOf(area, core[slice]) + depth * lane;
  context.fillStyle = colour(activity[slice] === KIND.task ? "task" : "panel");
  context.fillRect(left, top, width, lane - 1);
  context.strokeStyle = colour("soft");
  context.lineWidth = 1;
  context.strokeRect(left + 0.5, top + 0.5, Math.max(0, width - 1), lane - 2);
  const ink = activity[slice] === KIND.task ? "on-message" : "ink";
  writeInside(context, area, run.names[name[slice]] ?? "", left, width, top + lane / 2, colour(ink));
}

function labelBand(run, context, area, core) {
  const {first, begin, kind, slice} = run.stretches;
  const top = yOf(area, core) + area.strip;
  const height = area.row - area.strip - area.gap;
  if (height < 11 * area.ratio) return;
  const narrow = (40 * area.ratio) / area.scale;
  for (let i = stretchAt(run, core, area.from); i < first[core + 1] - 1 && begin[i] < area.to; i++) {
    if (begin[i + 1] - begin[i] < narrow || slice[i] < 0 || kind[i] === KIND.idle) continue;
    const left = Math.max(area.left, xOf(area, begin[i]));
    const width = Math.min(area.left + area.width, xOf(area, begin[i + 1])) - left;
    const ink = colour(kind[i] === KIND.message || kind[i] === KIND.task ? "on-message" : "on-busy");
    writeInside(context, area, sliceLabel(run, slice[i]), left, width, top + height / 2, ink);
  }
}

function sliceLabel(run, slice) {
  const peer = run.slices.peer[slice];
  const name = run.names[run.slices.name[slice]] ?? "";
  return peer >= 0 && run.slices.activity[slice] >= KIND.message ? `${name} ← ${coreName(run, peer)}` : name;
}

function writeInside(context, area, text, left, width, y, ink) {
  const room = width - 6 * area.ratio;
  if (!text || room < 14 * area.ratio) return;
  const wide = context.measureText(text).width;
  let shown = wide > room ? text.slice(0, Math.ceil((text.length * room) / wide)) : text;
  while (shown && context.measureText(shown).width > room) shown = shown.slice(0, -1).trimEnd();
  if (shown.length < Math.min(3, text.length)) return;
  context.fillStyle = ink;
  context.fillText(shown, left + 3 * area.ratio, y);
}

/** Messages as arrows from where they were sent to where they were taken; tells how many of how many are drawn. */
function drawArrows(run, context, area) {
  const {posted, flight, wait, sender, receiver} = run.messages;
  const seen = [];
  for (let i = 0; i < posted.length && posted[i] <= area.to; i++) {
    if (posted[i] + flight[i] + wait[i] < area.from) continue;
    const low = Math.min(sender[i], receiver[i]);
    const high = Math.max(sender[i], receiver[i]);
    if (high + 1 > area.firstRow && low < area.lastCore) seen.push(i);
  }
  if (seen.length > MOST_ARROWS) return {drawn: 0, all: seen.length};
  context.strokeStyle = context.fillStyle = colour("ink");
  context.lineWidth = area.ratio;
  context.globalAlpha = seen.length > 100 ? 0.5 : 0.85;
  const half = area.strip + (area.row - area.strip) / 2;
  for (const i of seen) {
    const taken = posted[i] + flight[i] + wait[i];
    arrow(context, area.ratio, xOf(area, posted[i]), yOf(area, sender[i]) + half, xOf(area, taken),
          yOf(area, receiver[i]) + half);
  }
  context.globalAlpha = 1;
  return {drawn: seen.length, all: seen.length};
}

function arrow(context, ratio, x, y, toX, toY) {
  const angle = Math.atan2(toY - y, toX - x);
  const size = 6 * ratio;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
  context.beginPath();
  context.moveTo(toX, toY);
  context.lineTo(toX - size * Math.cos(angle - 0.4), toY - size * Math.sin(angle - 0.4));
  context.lineTo(toX - size * Math.cos(angle + 0.4), toY - size * Math.sin(angle + 0.4));
  context.fill();
}

/** The slowest path as a line from step to step; tells how many of the steps in view are drawn. */
function drawPath(run, context, area) {
  const {core, start, duration} = run.path;
  const all = start.reduce((count, from, i) => count + (from <= area.to && from + duration[i] >= area.from), 0);
  if (all * STEP_ROOM * area.ratio > area.width) return {drawn: 0, all};
  context.strokeStyle = colour("mark");
  context.lineWidth = 2 * area.ratio;
  context.lineJoin = "round";
  context.beginPath();
  const height = Math.max(area.row - area.gap, area.ratio);
  for (let i = 0; i < core.length; i++) {
    const y = yOf(area, core[i]) + height - Math.min(height / 2, 2 * area.ratio);
    const x = xOf(area, start[i]);
    if (i) context.lineTo(x, y);
    else context.moveTo(x, y);
    context.lineTo(xOf(area, start[i] + duration[i]), y);
  }
  context.stroke();
  return {drawn: all, all};
}

function drawStep(run, context, area, step) {
  const {core, start, duration} = run.path;
  outline(context, area, core[step], start[step], start[step] + duration[step], colour("mark"), 4);
}

function outline(context, area, core, from, to, ink, thick) {
  const left = Math.max(xOf(area, from), area.left - 9);
  const right = Math.min(xOf(area, to), area.left + area.width + 9);
  context.strokeStyle = ink;
  context.lineWidth = thick * area.ratio;
  const tall = Math.max(area.row - area.gap, 5 * area.ratio);
  context.strokeRect(left, yOf(area, core) - (tall > area.row ? tall / 2 : 0), Math.max(right - left, 2 * area.ratio), tall);
}
