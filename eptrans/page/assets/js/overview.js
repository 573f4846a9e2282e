// The whole run at a glance over the timeline: how many of the cores did what, and which part is in view.

import {cyclesText, element, shareText} from "./format.js";
import {makePlot} from "./plot.js";
import {KIND_COLOURS, KIND_TEXT, modelText} from "./run.js";
import {colour} from "./theme.js";
import {hideTip, showTip} from "./tip.js";

const HEIGHT = 88;

/** Fills `place`; dragging in it calls `choose` with the part of the run that was marked. */
export function makeOverview(run, place, choose) {
  const shares = run.end ? readShares(run) : [];
  const marker = element("div", "", {class: "window"});
  const picture = makePlot({
    place, height: HEIGHT, select: "x",
    label: `How many cores did what over the run, ${modelText(run)}; the timeline below shows the marked part`,
    padding: [8, 40, 10, 0],
    full: {x: [0, run.end || 1], y: [0, 1]}, smallest: {x: run.end || 1, y: 1},
    axes: {
      x: {show: false},
      y: {label: "cores", size: 52, labelSize: 18, grid: {show: false}, splits: () => [0, 0.5, 1],
          values: (_, splits) => splits.map((part) => `${100 * part} %`)},
    },
    paint: (plot) => paintShares(plot, shares),
    hover: (x, _, event) => (x === null || !run.end ? hideTip() : showTip(describe(run, shares, x), event.clientX, event.clientY)),
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

/** For each part of the run and each of KIND_COLOURS, the share of all cores' time. */
function readShares(run) {
  const scale = 1 / run.facts.loadScale;
  return Array.from(run.load.idle, (_, bin) => {
    const rest = KIND_COLOURS.slice(1).map((name) => run.load[name][bin] * scale);
    return [Math.max(0, rest.reduce((left, share) => left - share, 1)), ...rest];
  });
}

function paintShares(plot, shares) {
  const {left, top, width, height} = plot.bbox;
  for (let bin = 0; bin < shares.length; bin++) {
    let y = top + height;
    const x = Math.round(left + (bin * width) / shares.length);
    const next = Math.round(left + ((bin + 1) * width) / shares.length);
    KIND_COLOURS.forEach((name, kind) => {
      const tall = shares[bin][kind] * height;
      plot.ctx.fillStyle = colour(name);
      plot.ctx.fillRect(x, y - tall, next - x, tall);
      y -= tall;
    });
  }
}

function describe(run, shares, x) {
  const bin = Math.max(0, Math.min(shares.length - 1, Math.floor((x / (run.end || 1)) * shares.length)));
  const parts = KIND_COLOURS.map((_, kind) => [shares[bin][kind], KIND_TEXT[kind]]).filter(([share]) => share > 0);
  return [`about cycle ${cyclesText(x)}:`, ...parts.map(([share, text]) => `${shareText(share, 1)} of the cores ${text}`)].join("\n");
}
