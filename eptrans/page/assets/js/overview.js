// The whole run at a glance over the timeline: how many of the cores did what, and which part is in view.

import {cyclesText, element, shareText} from "./format.js";
import {makePlot} from "./plot.js";
import {KIND_TEXT, modelText} from "./run.js";
import {colour} from "./theme.js";
import {hideTip, showTip} from "./tip.js";

const BINS = 400;
const HEIGHT = 88;
const STACK = ["busy", "task", "message", "link", "idle"];

/** Fills `place`; dragging in it calls `choose` with the part of the run that was marked. */
export function makeOverview(run, place, choose) {
  const shares = countShares(run);
  const marker = element("div", "", {class: "window"});
  const picture = makePlot({
    place, height: HEIGHT, select: "x",
    label: `How many cores did what over the run, ${modelText(run)}; the timeline below shows the marked part`,
    padding: [8, 12, 10, 0],
    full: {x: [0, run.end || 1], y: [0, 1]}, smallest: {x: run.end || 1, y: 1},
    axes: {
      x: {show: false},
      y: {label: "cores", size: 52, labelSize: 18, grid: {show: false}, splits: () => [0, 0.5, 1],
          values: (_, splits) => splits.map((part) => `${100 * part} %`)},
    },
    paint: (plot) => paintShares(plot, shares),
    hover: (x, _, event) => (x === null ? hideTip() : showTip(describe(run, shares, x), event.clientX, event.clientY)),
    chosen: choose,
  });
  picture.plot.over.append(marker);
  picture.box.tabIndex = -1;
  return {
    mark: ([from, to]) => {
      const end = run.end || 1;
      marker.hidden = from <= 0 && to >= end;
      marker.style.left = `${(100 * from) / end}%`;
      marker.style.width = `${(100 * (to - from)) / end}%`;
    },
  };
}

/** For each of the bins, the share of all cores' time that went to each kind. */
function countShares(run) {
  const {first, begin, kind} = run.stretches;
  const sums = new Float64Array(BINS * STACK.length);
  const scale = BINS / (run.end || 1);
  for (let core = 0; core < run.coreCount; core++) {
    for (let i = first[core]; i < first[core + 1] - 1; i++) {
      let from = begin[i] * scale;
      const to = begin[i + 1] * scale;
      while (from < to) {
        const bin = Math.min(BINS - 1, Math.floor(from));
        const until = bin === BINS - 1 ? to : Math.min(to, bin + 1);
        sums[bin * STACK.length + kind[i]] += until - from;
        from = until;
      }
    }
  }
  return sums.map((sum) => sum / (run.coreCount || 1));
}

function paintShares(plot, shares) {
  const {left, top, width, height} = plot.bbox;
  for (let bin = 0; bin < BINS; bin++) {
    let y = top + height;
    const x = Math.round(left + (bin * width) / BINS);
    const next = Math.round(left + ((bin + 1) * width) / BINS);
    STACK.forEach((name, kind) => {
      const tall = shares[bin * STACK.length + kind] * height;
      plot.ctx.fillStyle = colour(name);
      plot.ctx.fillRect(x, y - tall, next - x, tall);
      y -= tall;
    });
  }
}

function describe(run, shares, x) {
  const bin = Math.max(0, Math.min(BINS - 1, Math.floor((x / (run.end || 1)) * BINS)));
  const parts = KIND_TEXT.map((text, kind) => [shares[bin * STACK.length + kind], text]).filter(([share]) => share > 0);
  return [`about cycle ${cyclesText(x)}:`, ...parts.map(([share, text]) => `${shareText(share, 1)} of the cores ${text}`)].join("\n");
}
