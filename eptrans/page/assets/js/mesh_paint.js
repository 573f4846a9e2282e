// Draws the mesh on its canvas.

import {CELL} from "./mesh_layout.js";
import {colour, loadCss} from "./theme.js";

const PARTS = [["busy", "plain"], ["task", "task"], ["message", "waited_message"], ["link", "waited_link"], ["idle", "idle"]];
const THICK = 0.13;
const HEAD = 0.14;  // the length of an arrow's head

/** Draws links, cores and what is chosen; `shown` has the links' values and the highest of them. */
export function paintMesh(run, layout, canvas, {unit, x, y}, shown) {
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.setTransform(unit, 0, 0, unit, x, y);
  const pixel = (devicePixelRatio || 1) / unit;
  drawChips(run, layout, context, pixel);
  drawLinks(run, layout, context, pixel, shown);
  drawPlaces(run, layout, context, pixel);
  for (let core = 0; core < run.coreCount; core++) drawCore(run, layout, context, pixel, core);
  const [left, top] = layout.corner[shown.chosen] ?? [0, 0];
  context.strokeStyle = colour("mark");
  context.lineWidth = 3 * pixel;
  context.strokeRect(left - pixel, top - pixel, CELL + 2 * pixel, CELL + 2 * pixel);
}

/** Frames around the chips, where there are several, and the name of the host's row. */
function drawChips(run, layout, context, pixel) {
  const {rows, columnCount, chipRows, chipColumns} = run.facts;
  if (rows > chipRows || columnCount > chipColumns) {
    context.strokeStyle = colour("rule");
    context.lineWidth = 1.5 * pixel;
    for (let row = 0; row < rows; row += chipRows) {
      for (let column = 0; column < columnCount; column += chipColumns) {
        const left = layout.x(column) - 0.12;
        const top = layout.y(row) - 0.12;
        const right = layout.x(Math.min(column + chipColumns, columnCount) - 1) + CELL + 0.12;
        const bottom = layout.y(Math.min(row + chipRows, rows) - 1) + CELL + 0.12;
        context.strokeRect(left, top, right - left, bottom - top);
      }
    }
  }
  if (!layout.hostRows) return;
  context.fillStyle = colour("soft");
  context.font = `${Math.min(13 * pixel, 0.3)}px system-ui, sans-serif`;
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.fillText("host cores", layout.x(0), layout.hostTop - 0.1);
}

/** Links that carried nothing are thin; the others the thicker and stronger the more they carried. */
function drawLinks(run, layout, context, pixel, {values, highest}) {
  for (let row = 0; row < layout.rows; row++) {
    for (let column = 0; column < layout.columns; column++) {
      for (let direction = 0; direction < 4; direction++) {
        const link = layout.linkAt.get((row * layout.columns + column) * 4 + direction);
        const leads = [column + 1 < layout.columns, column > 0, row + 1 < layout.rows, row > 0][direction];
        if (link === undefined && !leads) continue;
        const share = link === undefined || !highest ? 0 : values[link] / highest;
        const [x1, y1, x2, y2] = layout.linkEnds(row, column, direction);
        context.strokeStyle = link === undefined ? colour("rule") : loadCss(share);
        context.lineWidth = link === undefined ? pixel : Math.max(1.5 * pixel, THICK * (0.35 + 0.65 * share));
        const headed = link !== undefined && pixel < 0.02;
        const end = headed ? 1 - (0.9 * HEAD) / Math.hypot(x2 - x1, y2 - y1) : 1;  // a thick line would hide its head
        context.beginPath();
        context.moveTo(x1, y1);
        context.lineTo(x1 + end * (x2 - x1), y1 + end * (y2 - y1));
        context.stroke();
        if (headed) arrowHead(context, x1, y1, x2, y2);
      }
    }
  }
}

function arrowHead(context, x1, y1, x2, y2) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const half = 0.1;
  context.fillStyle = context.strokeStyle;
  context.beginPath();
  context.moveTo(x2, y2);
  context.lineTo(x2 - HEAD * ux - half * uy, y2 - HEAD * uy + half * ux);
  context.lineTo(x2 - HEAD * ux + half * uy, y2 - HEAD * uy - half * ux);
  context.fill();
}

/** Places of the mesh on which no core ran. */
function drawPlaces(run, layout, context, pixel) {
  context.strokeStyle = colour("rule");
  context.lineWidth = pixel;
  for (let place = 0; place < layout.rows * layout.columns; place++) {
    if (layout.byPlace.has(place)) continue;
    context.strokeRect(layout.x(place % layout.columns), layout.y(Math.floor(place / layout.columns)), CELL, CELL);
  }
}

/** A core, filled from below by the shares of its time. */
function drawCore(run, layout, context, pixel, core) {
  const [left, top] = layout.corner[core];
  let bottom = top + CELL;
  for (const [name, column] of PARTS) {
    const tall = run.end ? (run.cores[column][core] / run.end) * CELL : 0;
    context.fillStyle = colour(name);
    context.fillRect(left, bottom - tall, CELL, tall);
    bottom -= tall;
  }
  if (CELL / pixel < 20) return;
  context.strokeStyle = colour("soft");
  context.lineWidth = pixel;
  context.strokeRect(left, top, CELL, CELL);
  const size = Math.min(0.24, 15 * pixel);
  const text = String(run.cores.number[core]);
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const width = context.measureText(text).width + size * 0.5;
  context.fillStyle = colour("paper");
  context.globalAlpha = 0.88;
  context.fillRect(left + (CELL - width) / 2, top + CELL / 2 - size * 0.65, width, size * 1.3);
  context.globalAlpha = 1;
  context.fillStyle = colour("ink");
  context.fillText(text, left + CELL / 2, top + CELL / 2 + size * 0.05);
}
