// A uPlot picture that zooms and pans by wheel, drag and keyboard; what is drawn in it comes from a painter.
//
// uPlot brings the canvas, the axes, the cursor and the selection; a painter fills the plotting area.

import {element} from "./format.js";
import {colour, onTheme} from "./theme.js";

const PAN = 0.2;
const ZOOM = 1.6;

/**
 * Makes a picture inside `place`.
 *
 * full: {x: [from, to], y: [from, to]}, all there is to see; smallest: {x, y}, the narrowest views.
 * axes: {x, y} options of uPlot's axes; flip: y grows downwards; select: dragging zooms, "x" or "xy".
 * paint(plot) draws; hover(plot, x, y, event) is told the pointer's place in values, or null when it leaves;
 * key(event) may take a key first; changed(view) follows the view; chosen(x) takes a selection instead of a zoom;
 * padding: room around the plotting area.
 */
export function makePlot(options) {
  const {place, label, height, full, smallest} = options;
  const box = element("div", "", {class: "picture", tabindex: "0", role: "application", "aria-label": label});
  place.append(box);
  const view = {x: [...full.x], y: [...full.y]};
  const made = plotOptions(options, view, box.clientWidth || 600, zoomToSelection);
  const plot = new uPlot(made, [full.x, [null, null]], box);
  const picture = {box, plot, view, full, show, redraw: () => plot.redraw(false)};

  function show(x, y = view.y) {
    view.x = within(x, full.x, smallest.x);
    view.y = within(y, full.y, smallest.y);
    plot.batch(() => {
      plot.setScale("x", {min: view.x[0], max: view.x[1]});
      plot.setScale("y", {min: view.y[0], max: view.y[1]});
    });
    box.dataset.view = [...view.x, ...view.y].map((value) => Math.round(value * 10) / 10).join(" ");
    options.changed?.(view);
  }

  listenToPointer(picture, options);
  listenToKeys(picture, options);
  onTheme(() => plot.redraw(false));
  new ResizeObserver(() => {
    if (box.clientWidth && box.clientWidth !== plot.width) plot.setSize({width: box.clientWidth, height});
  }).observe(box);
  show(view.x);
  return picture;

  function zoomToSelection(chart) {
    const {left, top, width, height: tall} = chart.select;
    if (width < 4 && tall < 4) return;
    const x = width >= 4 ? [chart.posToVal(left, "x"), chart.posToVal(left + width, "x")] : view.x;
    const ys = [chart.posToVal(top, "y"), chart.posToVal(top + tall, "y")].sort((a, b) => a - b);
    chart.setSelect({left: 0, top: 0, width: 0, height: 0}, false);
    if (options.chosen) options.chosen(x);
    else show(x, options.select === "xy" && tall >= 24 && tall < chart.over.clientHeight - 1 ? ys : view.y);
  }
}

/** What uPlot is given: axes in the page's colours, no legend, a selection that tells `selected`. */
function plotOptions({height, axes, paint, flip, select, padding = [8, 40, 0, 0]}, current, width, selected) {
  const axis = (side) => ({
    stroke: () => colour("soft"), font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif",
    grid: {stroke: () => colour("grid"), width: 1}, ticks: {stroke: () => colour("rule"), width: 1}, ...axes[side],
  });
  return {
    width, height, legend: {show: false},
    scales: {
      x: {time: false, auto: false, min: current.x[0], max: current.x[1]},
      y: {auto: false, min: current.y[0], max: current.y[1], dir: flip ? -1 : 1},
    },
    series: [{}, {scale: "y", show: true, paths: () => null, points: {show: false}}],
    axes: [axis("x"), axis("y")],
    padding,
    cursor: {
      points: {show: false}, y: select !== "x",
      drag: {x: true, y: select === "xy", uni: 24, setScale: false},
      bind: {dblclick: () => () => null},
    },
    hooks: {draw: [paint], setSelect: [selected]},
  };
}

/** A range moved and narrowed so that it lies in `full` and is at least `smallest` wide. */
function within([from, to], full, smallest) {
  const width = Math.min(full[1] - full[0], Math.max(to - from, smallest));
  const middle = (from + to) / 2;
  const start = Math.max(full[0], Math.min(full[1] - width, middle - width / 2));
  return [start, start + width];
}

/** A range made narrower around a point of it; a factor below 1 widens. */
function narrowed([from, to], around, factor) {
  return [around - (around - from) / factor, around + (to - around) / factor];
}

function moved([from, to], part) {
  return [from + (to - from) * part, to + (to - from) * part];
}

function listenToPointer(picture, {hover, press, select}) {
  const {box, plot, view, full, show} = picture;
  const over = plot.over;
  const at = (event) => {
    const {left, top} = over.getBoundingClientRect();
    return [plot.posToVal(event.clientX - left, "x"), plot.posToVal(event.clientY - top, "y")];
  };
  over.addEventListener("wheel", (event) => {
    if (document.activeElement !== box && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const [x, y] = at(event);
    const factor = Math.exp(-Math.max(-120, Math.min(120, event.deltaY || event.deltaX)) / 250);
    if (event.shiftKey) show(view.x, narrowed(view.y, y, factor));
    else show(narrowed(view.x, x, factor), select === "xy" && full.square ? narrowed(view.y, y, factor) : view.y);
  }, {passive: false});
  over.addEventListener("dblclick", () => show(full.x, full.y));
  over.addEventListener("mousemove", (event) => hover?.(...at(event), event));
  over.addEventListener("mouseleave", () => hover?.(null));
  over.addEventListener("click", (event) => press?.(...at(event)));
  over.addEventListener("mousedown", (event) => {
    box.focus({preventScroll: true});
    if (event.shiftKey) pan(event);
  }, {capture: true});

  function pan(event) {
    event.stopImmediatePropagation();
    event.preventDefault();
    const from = {x: view.x, y: view.y};
    const move = (now) => {
      const x = ((event.clientX - now.clientX) / over.clientWidth) * (from.x[1] - from.x[0]);
      const y = ((event.clientY - now.clientY) / over.clientHeight) * (from.y[1] - from.y[0]);
      show(from.x.map((value) => value + x), from.y.map((value) => value + y));
    };
    const stop = () => {
      removeEventListener("mousemove", move);
      removeEventListener("mouseup", stop);
    };
    addEventListener("mousemove", move);
    addEventListener("mouseup", stop);
  }
}

function listenToKeys(picture, {key, flip}) {
  const {box, view, full, show} = picture;
  const middle = ([from, to]) => (from + to) / 2;
  const down = flip ? PAN : -PAN;
  const zoom = (factor, event) => (event.shiftKey && event.key.startsWith("Arrow")
    ? show(view.x, narrowed(view.y, middle(view.y), factor))
    : show(narrowed(view.x, middle(view.x), factor), full.square ? narrowed(view.y, middle(view.y), factor) : view.y));
  const actions = {
    ArrowLeft: () => show(moved(view.x, -PAN)),
    ArrowRight: () => show(moved(view.x, PAN)),
    ArrowUp: (event) => (event.shiftKey ? zoom(ZOOM, event) : show(view.x, moved(view.y, -down))),
    ArrowDown: (event) => (event.shiftKey ? zoom(1 / ZOOM, event) : show(view.x, moved(view.y, down))),
    "+": (event) => zoom(ZOOM, event),
    "=": (event) => zoom(ZOOM, event),
    "-": (event) => zoom(1 / ZOOM, event),
    _: (event) => zoom(1 / ZOOM, event),
    0: () => show(full.x, full.y),
    Home: () => show(full.x, full.y),
  };
  box.addEventListener("keydown", (event) => {
    if (event.target !== box || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key?.(event)) {
      event.preventDefault();
      return;
    }
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action(event);
  });
}
