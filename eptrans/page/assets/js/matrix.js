// The message matrix: who sent how much to whom, one cell a pair, or a block of pairs on very many cores.

import {bytesText, chooser, element, whole} from "./format.js";
import {makePlot} from "./plot.js";
import {coreName, modelText} from "./run.js";
import {makeTable, tableBelow} from "./table.js";
import {loadColour, scaleBar} from "./theme.js";
import {hideTip, showTip} from "./tip.js";

const HEIGHT = 440;
const AMOUNTS = {bytes: ["bytes", bytesText], messages: ["messages", (value) => `${whole(value)} messages`]};

/** Fills the matrix's section. */
export function makeMatrix(run, section) {
  const {sender, receiver, messages, bytes} = run.traffic;
  if (!sender.length) {
    section.append(element("p", "No messages were sent in this run.", {class: "hint"}));
    return;
  }
  const block = run.facts.trafficBlock;
  const side = Math.ceil(run.coreCount / block);
  const cells = new Map(Array.from(sender, (from, i) => [from * side + receiver[i], i]));
  const state = {amount: "bytes"};
  const most = element("span");
  const tools = element("div", "", {class: "tools"});
  const place = element("div");
  section.append(tools, place);
  const picture = makePlot({
    place, height: HEIGHT, select: "xy", flip: true,
    label: `Message matrix of ${whole(run.coreCount)} cores, ${modelText(run)}: senders down, receivers across. Keys: + − zoom, arrows move, 0 all`,
    full: {x: [0, side], y: [0, side], square: true}, smallest: {x: Math.min(4, side), y: Math.min(4, side)},
    axes: {x: numberAxis(run, block, "receiver"), y: {...numberAxis(run, block, "sender"), size: 52}},
    paint: (plot) => paintCells(plot, run.traffic, state.amount),
    hover: (x, y, event) => {
      const cell = x === null || x < 0 || y < 0 || x >= side || y >= side ? undefined : cells.get(Math.floor(y) * side + Math.floor(x));
      if (cell === undefined) hideTip();
      else showTip(describe(cell), event.clientX, event.clientY);
    },
  });
  tools.append(chooser("coloured by", Object.entries(AMOUNTS).map(([key, [title]]) => [key, title]), (amount) => {
    state.amount = amount;
    picture.redraw();
    tellMost();
  }));
  const key = element("p", "", {class: "hint"});
  key.append("few ", scaleBar(), most);
  section.append(key, element("p", "The scale is logarithmic. Drag to zoom, Shift and drag to move, double-click for all.", {class: "hint"}));
  section.append(tableBelow("Pairs as a table", pairTable));
  tellMost();

  function tellMost() {
    const highest = run.traffic[state.amount].reduce((a, b) => Math.max(a, b), 0);
    most.textContent = ` ${AMOUNTS[state.amount][1](highest)} (the most of any ${block > 1 ? "block" : "pair"})`;
  }

  function name(at) {
    const last = Math.min(run.coreCount, (at + 1) * block) - 1;
    return block > 1 ? `${coreName(run, at * block)} to ${run.cores.number[last]}` : coreName(run, at);
  }

  function describe(cell) {
    return `From ${name(sender[cell])}\nto ${name(receiver[cell])}:\n${bytesText(bytes[cell])} in ${whole(messages[cell])} messages`;
  }

  function pairTable() {
    const number = (title, values) => ({title, value: (i) => values[i], text: (i) => whole(values[i])});
    return makeTable({
      caption: `Pairs of cores that talked; ${modelText(run)}`, count: sender.length,
      columns: [
        {title: "from", kind: "text", value: (i) => sender[i], text: (i) => name(sender[i])},
        {title: "to", kind: "text", value: (i) => receiver[i], text: (i) => name(receiver[i])},
        number("messages", messages), number("bytes", bytes),
      ],
    });
  }
}

/** Numbers of cores in the middle of their cells. */
export function numberAxis(run, block, label) {
  return {
    label, size: 40, labelSize: 18, grid: {show: false},
    splits: (plot, axis, min, max) => {
      const room = (axis === 0 ? plot.over.clientWidth / 40 : plot.over.clientHeight / 18) || 10;
      const step = Math.max(1, 2 ** Math.ceil(Math.log2((max - min) / room)));
      const found = [];
      for (let at = Math.ceil(Math.max(0, min) / step) * step; at + 0.5 < max; at += step) found.push(at + 0.5);
      return found;
    },
    values: (_, splits) => splits.map((middle) => {
      const place = Math.floor(middle) * block;
      return place < run.coreCount ? `${run.cores.host[place] ? "h" : ""}${run.cores.number[place]}` : "";
    }),
  };
}

/** Each cell in the colour of its amount; where cells are smaller than a pixel the strongest is seen. */
function paintCells(plot, traffic, amount) {
  const {left, top, width, height} = plot.bbox;
  const {x, y} = plot.scales;
  const values = traffic[amount];
  const highest = Math.log1p(values.reduce((a, b) => Math.max(a, b), 1));
  const wide = width / (x.max - x.min);
  const tall = height / (y.max - y.min);
  const order = Uint32Array.from({length: values.length}, (_, i) => i);
  if (wide < 1 || tall < 1) order.sort((a, b) => values[a] - values[b]);
  const {ctx} = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  const shades = Array.from({length: 65}, (_, i) => `rgb(${loadColour(i / 64).join(" ")})`);
  const gap = wide > 8 && tall > 8 ? 1 : 0;
  for (const i of order) {
    const cellX = left + (traffic.receiver[i] - x.min) * wide;
    const cellY = top + (traffic.sender[i] - y.min) * tall;
    if (cellX + wide < left || cellX > left + width || cellY + tall < top || cellY > top + height) continue;
    ctx.fillStyle = shades[Math.round((64 * Math.log1p(values[i])) / highest)];
    ctx.fillRect(cellX, cellY, Math.max(1, wide - gap), Math.max(1, tall - gap));
  }
  ctx.restore();
}
