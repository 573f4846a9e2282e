// The mesh: each core filled by what it did, each directed link coloured by its load.

import {bytesText, button, chooser, cyclesText, element, legend, shareText, whole} from "./format.js";
import {makeMeshLayout} from "./mesh_layout.js";
import {paintMesh} from "./mesh_paint.js";
import {KIND_TEXT, coreName, modelText} from "./run.js";
import {makeTable, tableBelow} from "./table.js";
import {onTheme, scaleBar} from "./theme.js";
import {hideTip, showTip} from "./tip.js";

const HELP = "Keys: arrows choose a core, + − zoom, 0 all, Enter shows the core in the timeline; drag moves, the wheel zooms after a click.";
const DIRECTIONS = ["east", "west", "south", "north"];

/** What a link can be coloured by. */
const LOADS = {
  busy: {title: "share of time in use", text: (run, value) => shareText(value, run.end)},
  bytes: {title: "bytes", text: (_, value) => bytesText(value)},
  messages: {title: "messages", text: (_, value) => `${whole(value)} messages`},
  waited: {title: "waiting for it", text: (_, value) => `${cyclesText(value)} cycles`},
};

/** Fills the mesh's section; `showCore` is called with the core to be shown in the timeline. */
export function makeMesh(run, section, showCore) {
  const layout = makeMeshLayout(run);
  const state = {load: "busy", chosen: 0, zoom: 1, centre: [layout.width / 2, layout.height / 2]};
  const canvas = element("canvas", "", {class: "mesh-canvas", tabindex: "0", role: "application",
    "aria-label": `Mesh of ${run.facts.rows} by ${run.facts.columnCount}, ${modelText(run)}. ${HELP}`});
  const box = element("div", "", {class: "picture"});
  const details = element("p", "", {class: "details", "aria-live": "polite"});
  const most = element("span");
  const keys = element("p", "", {class: "hint"});
  box.append(canvas);
  section.append(makeTools(), box, keys, details, element("p", HELP, {class: "hint"}));
  keys.append("links: 0 ", scaleBar(), most);
  section.append(tableBelow("Cores as a table", () => coreTable(run, showCore)),
                 tableBelow("Links as a table", () => linkTable(run)));
  listen();
  new ResizeObserver(fit).observe(box);
  onTheme(draw);
  choose(0);

  function makeTools() {
    const tools = element("div", "", {class: "tools"});
    const choices = Object.entries(LOADS).map(([key, {title}]) => [key, title]);
    tools.append(
      button("All", () => zoomTo(1)), button("+", () => zoomTo(state.zoom * 1.6), {"aria-label": "Zoom in"}),
      button("−", () => zoomTo(state.zoom / 1.6), {"aria-label": "Zoom out"}),
      chooser("links coloured by", choices, (load) => {
        state.load = load;
        draw();
      }),
    );
    return tools;
  }

  function fit() {
    const width = box.clientWidth;
    if (!width) return;
    const ratio = devicePixelRatio || 1;
    const height = Math.max(120, Math.min(layout.rows > 16 ? 620 : 460, width * (layout.height / layout.width)));
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    draw();
  }

  /** Canvas pixels a unit of the layout, and where its origin lies. */
  function transform() {
    const unit = Math.min(canvas.width / layout.width, canvas.height / layout.height) * state.zoom;
    return {unit, x: canvas.width / 2 - state.centre[0] * unit, y: canvas.height / 2 - state.centre[1] * unit};
  }

  function draw() {
    if (!canvas.width) return;
    const values = run.links[state.load];
    const highest = values.reduce((a, b) => Math.max(a, b), 0);
    paintMesh(run, layout, canvas, transform(), {values, highest, chosen: state.chosen});
    most.textContent = ` ${LOADS[state.load].text(run, highest)} (the most of any link)`;
    canvas.dataset.view = `${state.zoom.toFixed(2)} ${state.chosen} ${state.load}`;
  }

  function zoomTo(zoom) {
    state.zoom = Math.max(1, Math.min(40, zoom));
    state.centre = state.zoom === 1 ? [layout.width / 2, layout.height / 2] : layout.middle(state.chosen);
    draw();
  }

  function choose(core) {
    state.chosen = core;
    if (state.zoom > 1) state.centre = layout.middle(core);
    details.textContent = describeCore(run, core, " · ");
    draw();
  }

  function under(event) {
    const {left, top} = canvas.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    const {unit, x, y} = transform();
    return [((event.clientX - left) * ratio - x) / unit, ((event.clientY - top) * ratio - y) / unit];
  }

  function listen() {
    canvas.addEventListener("mousemove", (event) => {
      const found = layout.find(...under(event));
      const text = found?.core >= 0 ? describeCore(run, found.core, "\n")
        : found?.link >= 0 ? describeLink(run, found.link) : "";
      showTip(text, event.clientX, event.clientY);
    });
    canvas.addEventListener("mouseleave", hideTip);
    canvas.addEventListener("click", (event) => {
      const found = layout.find(...under(event));
      if (found?.core >= 0) choose(found.core);
      else if (found?.link >= 0) details.textContent = describeLink(run, found.link);
    });
    canvas.addEventListener("wheel", (event) => {
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      const point = under(event);
      const zoom = Math.max(1, Math.min(40, state.zoom * Math.exp(-event.deltaY / 300)));
      const keep = state.zoom / zoom;
      state.centre = zoom === 1 ? [layout.width / 2, layout.height / 2]
        : state.centre.map((value, i) => point[i] + (value - point[i]) * keep);
      state.zoom = zoom;
      draw();
    }, {passive: false});
    canvas.addEventListener("pointerdown", (event) => {
      if (state.zoom > 1) canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const {unit} = transform();
      const ratio = devicePixelRatio || 1;
      state.centre = [state.centre[0] - (event.movementX * ratio) / unit, state.centre[1] - (event.movementY * ratio) / unit];
      draw();
    });
    canvas.addEventListener("keydown", (event) => {
      const steps = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
      const zooms = {"+": 1.6, "=": 1.6, "-": 1 / 1.6, _: 1 / 1.6};
      if (steps[event.key]) choose(layout.neighbour(state.chosen, ...steps[event.key]));
      else if (zooms[event.key]) zoomTo(state.zoom * zooms[event.key]);
      else if (event.key === "0" || event.key === "Home") zoomTo(1);
      else if (event.key === "Enter") showCore(state.chosen);
      else return;
      event.preventDefault();
    });
  }
}

/** The legend of what cores did, in the colours of mesh and timeline. */
export function activityLegend() {
  return legend(["busy", "task", "message", "link", "idle"].map((name, kind) => [`var(--${name})`, KIND_TEXT[kind]]));
}

function describeCore(run, core, joint) {
  const {busy, waited_message: message, waited_link: link, idle, row, column, host} = run.cores;
  const name = coreName(run, core);
  const where = host[core] ? "" : ` at row ${row[core]}, column ${column[core]}`;
  return [
    `${name[0].toUpperCase()}${name.slice(1)}${where}`, `computing ${shareText(busy[core], run.end)}`,
    `waiting for messages ${shareText(message[core], run.end)}`, `waiting for links ${shareText(link[core], run.end)}`,
    `idle after its end ${shareText(idle[core], run.end)}`,
  ].join(joint);
}

function describeLink(run, link) {
  const {row, column, direction, messages, bytes, busy, waited} = run.links;
  return `Link from row ${row[link]}, column ${column[link]} to the ${DIRECTIONS[direction[link]]}\n`
    + `${bytesText(bytes[link])} in ${whole(messages[link])} messages, in use ${shareText(busy[link], run.end)}\n`
    + `messages waited ${cyclesText(waited[link])} cycles for it (${modelText(run)})`;
}

function coreTable(run, showCore) {
  const {cores} = run;
  const timed = (title, values) => ({
    title, value: (i) => values[i], text: (i) => `${cyclesText(values[i])} (${shareText(values[i], run.end)})`,
  });
  return makeTable({
    caption: `Cores, cycles and shares of the run; ${modelText(run)}`, count: run.coreCount, choose: showCore,
    columns: [
      {title: "core", kind: "text", value: (i) => i, text: (i) => coreName(run, i)},
      {title: "row, column", text: (i) => (cores.host[i] ? "" : `${cores.row[i]}, ${cores.column[i]}`)},
      timed("computing", cores.busy), timed("waiting for messages", cores.waited_message),
      timed("waiting for links", cores.waited_link), timed("idle", cores.idle),
    ],
  });
}

function linkTable(run) {
  const {row, column, direction, messages, bytes, busy, waited} = run.links;
  const number = (title, values, text) => ({title, value: (i) => values[i], text: (i) => text(values[i])});
  return makeTable({
    caption: `Links that carried something; ${modelText(run)}`, count: row.length,
    columns: [
      number("row", row, whole), number("column", column, whole),
      {title: "to the", kind: "text", value: (i) => direction[i], text: (i) => DIRECTIONS[direction[i]]},
      number("messages", messages, whole), number("bytes", bytes, whole),
      number("in use, cycles", busy, cyclesText), number("in use", busy, (value) => shareText(value, run.end)),
      number("messages waited, cycles", waited, cyclesText),
    ],
  });
}

/** The bar of the whole cores' time under the summary. */
export function fillShares(run, place) {
  const {busy, waited_message: message, waited_link: link, idle} = run.cores;
  const sums = [busy, message, link, idle].map((values) => values.reduce((a, b) => a + b, 0));
  const total = sums.reduce((a, b) => a + b, 0);
  ["busy", "message", "link", "idle"].forEach((name, i) => {
    const part = element("div");
    part.style.cssText = `background: var(--${name}); width: ${total ? (100 * sums[i]) / total : 0}%`;
    place.append(part);
  });
  const words = ["computing", "waiting for messages", "waiting for links", "idle"];
  place.setAttribute("aria-label", `Core time: ${words.map((text, i) => `${shareText(sums[i], total)} ${text}`).join(", ")}`);
}
