// The mesh: each core filled by what it did, each directed link coloured by its load.

import {button, chooser, element} from "./format.js";
import {makeMeshLayout} from "./mesh_layout.js";
import {paintMesh} from "./mesh_paint.js";
import {LOADS, coreTable, describeCore, describeLink, linkTable} from "./mesh_text.js";
import {modelText} from "./run.js";
import {tableBelow} from "./table.js";
import {onTheme, scaleBar} from "./theme.js";
import {hideTip, showTip} from "./tip.js";

const HELP = "Keys: arrows choose a core, + − zoom, 0 all, Enter shows the core in the timeline; "
  + "drag moves, the wheel zooms after a click.";
const ZOOM = 1.6;
const MOST_ZOOM = 40;
const HEIGHT = 460;
const LARGE_HEIGHT = 620;
const LARGE_ROWS = 16;

/** The mesh's section; `showCore` is called with the core to be shown in the timeline. */
class Mesh {
  constructor(run, section, showCore) {
    Object.assign(this, {run, showCore, load: "busy", chosen: 0, zoom: 1, layout: makeMeshLayout(run)});
    this.centre = this.middleOfAll();
    this.canvas = element("canvas", "", {class: "mesh-canvas", tabindex: "0", role: "application",
      "aria-label": `Mesh of ${run.facts.rows} by ${run.facts.columnCount}, ${modelText(run)}. ${HELP}`});
    this.box = element("div", "", {class: "picture"});
    this.details = element("p", "", {class: "details", "aria-live": "polite"});
    this.most = element("span");
    const key = element("p", "", {class: "hint"});
    this.box.append(this.canvas);
    key.append("links: 0 ", scaleBar(), this.most);
    section.append(this.tools(), this.box, key, this.details, element("p", HELP, {class: "hint"}),
                   tableBelow("Cores as a table", () => coreTable(run, showCore)),
                   tableBelow("Links as a table", () => linkTable(run)));
    this.listenToPointer();
    this.listenToDrag();
    this.canvas.addEventListener("keydown", (event) => this.takeKey(event));
    new ResizeObserver(() => this.fit()).observe(this.box);
    onTheme(() => this.draw());
    this.choose(0);
  }

  tools() {
    const tools = element("div", "", {class: "tools"});
    const choices = Object.entries(LOADS).map(([key, {title}]) => [key, title]);
    tools.append(
      button("All", () => this.zoomTo(1)),
      button("+", () => this.zoomTo(this.zoom * ZOOM), {"aria-label": "Zoom in"}),
      button("−", () => this.zoomTo(this.zoom / ZOOM), {"aria-label": "Zoom out"}),
      chooser("links coloured by", choices, (load) => {
        this.load = load;
        this.draw();
      }),
    );
    return tools;
  }

  middleOfAll() {
    return [this.layout.width / 2, this.layout.height / 2];
  }

  /** Gives the canvas the size of its place. */
  fit() {
    const width = this.box.clientWidth;
    if (!width) return;
    const ratio = devicePixelRatio || 1;
    const {layout, canvas} = this;
    const most = layout.rows > LARGE_ROWS ? LARGE_HEIGHT : HEIGHT;
    const height = Math.max(120, Math.min(most, width * (layout.height / layout.width)));
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    this.draw();
  }

  /** Canvas pixels a unit of the layout, and where its origin lies. */
  transform() {
    const {canvas, layout, centre} = this;
    const unit = Math.min(canvas.width / layout.width, canvas.height / layout.height) * this.zoom;
    return {unit, x: canvas.width / 2 - centre[0] * unit, y: canvas.height / 2 - centre[1] * unit};
  }

  draw() {
    const {run, canvas, load, chosen} = this;
    if (!canvas.width) return;
    const values = run.links[load];
    const highest = values.reduce((a, b) => Math.max(a, b), 0);
    paintMesh(run, this.layout, canvas, this.transform(), {values, highest, chosen});
    this.most.textContent = ` ${LOADS[load].text(run, highest)} (the most of any link)`;
    canvas.dataset.view = `${this.zoom.toFixed(2)} ${chosen} ${load}`;
  }

  zoomTo(zoom) {
    this.zoom = Math.max(1, Math.min(MOST_ZOOM, zoom));
    this.centre = this.zoom === 1 ? this.middleOfAll() : this.layout.middle(this.chosen);
    this.draw();
  }

  choose(core) {
    this.chosen = core;
    if (this.zoom > 1) this.centre = this.layout.middle(core);
    this.details.textContent = describeCore(this.run, core, " · ");
    this.draw();
  }

  /** The point of the layout under the pointer. */
  under(event) {
    const {left, top} = this.canvas.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    const {unit, x, y} = this.transform();
    return [((event.clientX - left) * ratio - x) / unit, ((event.clientY - top) * ratio - y) / unit];
  }

  listenToPointer() {
    const {canvas, layout, run} = this;
    canvas.addEventListener("mousemove", (event) => {
      const found = layout.find(...this.under(event));
      const text = found?.core >= 0 ? describeCore(run, found.core, "\n")
        : found?.link >= 0 ? describeLink(run, found.link) : "";
      showTip(text, event.clientX, event.clientY);
    });
    canvas.addEventListener("mouseleave", hideTip);
    canvas.addEventListener("click", (event) => {
      const found = layout.find(...this.under(event));
      if (found?.core >= 0) this.choose(found.core);
      else if (found?.link >= 0) this.details.textContent = describeLink(run, found.link);
    });
    canvas.addEventListener("wheel", (event) => {
      if (document.activeElement !== canvas && !event.ctrlKey) return;
      event.preventDefault();
      this.zoomAround(this.under(event), Math.exp(-event.deltaY / 300));
    }, {passive: false});
  }

  /** Zooms so that a point of the layout stays where it is. */
  zoomAround(point, factor) {
    const zoom = Math.max(1, Math.min(MOST_ZOOM, this.zoom * factor));
    const kept = this.zoom / zoom;
    this.centre = zoom === 1 ? this.middleOfAll() : this.centre.map((value, i) => point[i] + (value - point[i]) * kept);
    this.zoom = zoom;
    this.draw();
  }

  listenToDrag() {
    const {canvas} = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (this.zoom > 1) canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      const scale = (devicePixelRatio || 1) / this.transform().unit;
      this.centre = [this.centre[0] - event.movementX * scale, this.centre[1] - event.movementY * scale];
      this.draw();
    });
  }

  takeKey(event) {
    const steps = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
    const zooms = {"+": ZOOM, "=": ZOOM, "-": 1 / ZOOM, _: 1 / ZOOM};
    if (steps[event.key]) this.choose(this.layout.neighbour(this.chosen, ...steps[event.key]));
    else if (zooms[event.key]) this.zoomTo(this.zoom * zooms[event.key]);
    else if (event.key === "0" || event.key === "Home") this.zoomTo(1);
    else if (event.key === "Enter") this.showCore(this.chosen);
    else return;
    event.preventDefault();
  }
}

/** Fills the mesh's section. */
export function makeMesh(run, section, showCore) {
  return new Mesh(run, section, showCore);
}
