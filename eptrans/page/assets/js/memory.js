// The local memory of each core: code, stack, data, arrays and strings at their most, and what is left.

import {bytesText, element, legend, shareText, whole} from "./format.js";
import {numberAxis} from "./matrix.js";
import {makePlot} from "./plot.js";
import {coreName, modelText} from "./run.js";
import {makeTable, tableBelow} from "./table.js";
import {colour} from "./theme.js";
import {hideTip, showTip} from "./tip.js";

const HEIGHT = 440;
const PARTS = [["code", "code"], ["stack", "stack, at its deepest"], ["data", "data"], ["peak", "arrays and strings, at their most"]];
const COLOURS = {code: "code", stack: "stack", data: "data", peak: "arrays"};

/** Fills the section of the cores' memory. */
export function makeMemory(run, section) {
  const {cores} = run;
  const used = Float64Array.from(cores.code, (_, i) => PARTS.reduce((sum, [part]) => sum + cores[part][i], 0));
  const left = Float64Array.from(used, (bytes, i) => Math.max(0, cores.local_memory[i] - bytes));
  const highest = used.reduce((most, bytes, i) => Math.max(most, bytes, cores.local_memory[i]), 1);
  const colours = PARTS.map(([part, text]) => [`var(--${COLOURS[part]})`, text]);
  const place = element("div");
  section.append(legend([...colours, ["var(--left)", "left"]]), place);
  makePlot({
    place, height: HEIGHT, select: "x",
    label: `Local memory of ${whole(run.coreCount)} cores, stacked by use, ${modelText(run)}. Keys: + − zoom, arrows move, 0 all`,
    full: {x: [0, run.coreCount], y: [0, highest * 1.04]}, smallest: {x: Math.min(4, run.coreCount), y: highest * 1.04},
    axes: {
      x: numberAxis(run, 1, "core"),
      y: {label: "bytes", size: 62, labelSize: 18, values: (_, splits) => splits.map((bytes) => whole(bytes)),
          incrs: [64, 256, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576, 4194304, 16777216]},
    },
    paint: (plot) => paintBars(plot, run, left),
    hover: (x, _, event) => {
      const core = x === null ? -1 : Math.floor(x);
      if (core < 0 || core >= run.coreCount) hideTip();
      else showTip(describe(core), event.clientX, event.clientY);
    },
  });
  section.append(tableBelow("Memory as a table", memoryTable));

  function describe(core) {
    const parts = PARTS.map(([part, text]) => `${text}: ${bytesText(cores[part][core])}`);
    const name = coreName(run, core);
    return [`${name[0].toUpperCase()}${name.slice(1)}`, ...parts, `left: ${bytesText(left[core])} of ${bytesText(cores.local_memory[core])}`,
            `shared memory, at its most: ${bytesText(cores.shared_peak[core])}`].join("\n");
  }

  function memoryTable() {
    const number = (title, values) => ({title, value: (i) => values[i], text: (i) => whole(values[i])});
    return makeTable({
      caption: `Bytes of local memory; ${modelText(run)}`, count: run.coreCount,
      columns: [
        {title: "core", kind: "text", value: (i) => i, text: (i) => coreName(run, i)},
        number("code", cores.code), number("stack", cores.stack), number("data", cores.data),
        number("arrays and strings", cores.peak), number("left", left),
        {title: "used", value: (i) => used[i] / (cores.local_memory[i] || 1), text: (i) => shareText(used[i], cores.local_memory[i])},
        number("in shared memory", cores.shared_peak),
      ],
    });
  }
}

/** A bar a core; where a pixel stands for several cores, the one with the least left. */
function paintBars(plot, run, left) {
  const {ctx, bbox, scales} = plot;
  const wide = bbox.width / (scales.x.max - scales.x.min);
  const tall = bbox.height / (scales.y.max - scales.y.min);
  const gap = wide > 6 ? Math.max(1, wide * 0.12) : 0;
  const last = Math.min(run.coreCount, Math.ceil(scales.x.max));
  for (let core = Math.max(0, Math.floor(scales.x.min)); core < last;) {
    const from = Math.round(bbox.left + Math.max(0, (core - scales.x.min) * wide));
    let next = core + 1;
    let shown = core;
    while (next < last && Math.round(bbox.left + (next - scales.x.min) * wide) === from) {
      if (left[next] < left[shown]) shown = next;
      next++;
    }
    const to = Math.round(bbox.left + Math.min(bbox.width, (next - scales.x.min) * wide));
    drawBar(ctx, run, left, shown, from + gap / 2, Math.max(1, to - from - gap), bbox.top + bbox.height, tall);
    core = next;
  }
}

function drawBar(ctx, run, left, core, x, width, bottom, tall) {
  let y = bottom;
  const put = (name, bytes) => {
    ctx.fillStyle = colour(name);
    ctx.fillRect(x, y - bytes * tall, width, bytes * tall);
    y -= bytes * tall;
  };
  for (const [part] of PARTS) put(COLOURS[part], run.cores[part][core]);
  put("left", left[core]);
}
