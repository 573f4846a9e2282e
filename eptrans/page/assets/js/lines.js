// The program's source with the cycles that each line took, all cores together, and a bar for each.

import {button, chooser, cyclesText, element, shareText, whole} from "./format.js";
import {modelText} from "./run.js";

const SHORT_FILE = 60;
const CONTEXT = 2;
const HOT_SHARE = 0.05;
const MOST_HOT = 40;
const HOTTEST = 5;

/** Fills the section of the hot lines. */
export function makeLines(run, section) {
  const files = gather(run);
  const total = run.lines.cycles.reduce((sum, cycles) => sum + cycles, 0);
  if (!files.length) {
    section.append(element("p", "No cycles of lines were recorded for this run.", {class: "hint"}));
    return;
  }
  const place = element("div");
  let shown = files[0];
  let entire = false;
  const toggle = button("", () => {
    entire = !entire;
    fill();
  });
  const tools = element("div", "", {class: "tools"});
  if (files.length > 1) {
    const choices = files.map((file, i) => [i, `${file.name} (${shareText(file.total, total)})`]);
    tools.append(chooser("file", choices, (i) => {
      shown = files[i];
      fill();
    }));
  }
  tools.append(toggle);
  section.append(tools, place);
  fill();

  function fill() {
    const short = shown.lines.length <= SHORT_FILE;
    toggle.hidden = short;
    toggle.textContent = entire ? "Only the hot lines" : "The whole file";
    const box = sourceTable(run, shown, total, entire || short);
    place.replaceChildren(box);
    showHottest(box);
  }
}

/** The hottest lines of all files in a few rows, for the summary. */
export function makeHottest(run, place) {
  const {file, line, cycles} = run.lines;
  const total = cycles.reduce((sum, value) => sum + value, 0);
  const order = Array.from(cycles.keys()).sort((a, b) => cycles[b] - cycles[a]).slice(0, HOTTEST);
  if (!total) return;
  const table = element("table", "", {class: "source"});
  table.append(element("caption", "Where the cores computed"));
  for (const i of order) {
    const row = element("tr");
    const bar = element("td", "", {class: "bar", "aria-hidden": "true"});
    bar.append(filledBar(cycles[i] / cycles[order[0]]));
    const source = (run.sourceLines[file[i]]?.[line[i] - 1] ?? "").trim();
    row.append(element("td", `${run.facts.files[file[i]]}:${line[i]}`, {class: "text"}), element("td", shareText(cycles[i], total)),
               bar, element("td", source, {class: "code", title: source}));
    table.append(row);
  }
  place.append(table);
}

function filledBar(share) {
  const bar = element("div");
  bar.style.width = `${100 * share}%`;
  return bar;
}

/** The files in which cycles were spent, the hottest first. */
function gather(run) {
  const found = new Map();
  const {file, line, cycles, executions} = run.lines;
  for (let i = 0; i < file.length; i++) {
    if (!found.has(file[i])) {
      const lines = run.sourceLines[file[i]] ?? [];
      found.set(file[i], {name: run.facts.files[file[i]], lines, costs: new Map(), total: 0});
    }
    const entry = found.get(file[i]);
    entry.costs.set(line[i], {cycles: cycles[i], executions: executions[i]});
    entry.total += cycles[i];
  }
  return [...found.values()].sort((a, b) => b.total - a.total);
}

/** The lines to show: all, or the hottest with some around them. */
function chosenLines(file, all) {
  const last = Math.max(file.lines.length, ...file.costs.keys());
  if (all) return Array.from({length: last}, (_, i) => i + 1);
  const hottest = [...file.costs].sort((a, b) => b[1].cycles - a[1].cycles).slice(0, MOST_HOT);
  const chosen = new Set();
  for (const [line] of hottest) {
    for (let near = Math.max(1, line - CONTEXT); near <= Math.min(last, line + CONTEXT); near++) chosen.add(near);
  }
  return [...chosen].sort((a, b) => a - b);
}

function sourceTable(run, file, total, all) {
  const table = element("table", "", {class: "source"});
  table.append(element("caption", `${file.name}: cycles that all cores computed, waiting left out; ${modelText(run)}`), head());
  const body = element("tbody");
  const most = [...file.costs.values()].reduce((highest, {cycles}) => Math.max(highest, cycles), 0);
  let before = 0;
  for (const line of chosenLines(file, all)) {
    if (line !== before + 1) body.append(gap());
    body.append(sourceRow(file, line, most, total));
    before = line;
  }
  table.append(body);
  const box = element("div", "", {class: "scroller", tabindex: "0", role: "region", "aria-label": `Source of ${file.name}`});
  box.append(table);
  return box;
}

/** Scrolls to the line with the longest bar. */
function showHottest(box) {
  const bars = [...box.querySelectorAll(".bar div")];
  const row = bars.find((bar) => bar.style.width === "100%")?.closest("tr");
  if (row) box.scrollTop = row.offsetTop - box.clientHeight / 2;
}

function head() {
  const row = element("tr");
  for (const [title, kind] of [["line", ""], ["cycles", ""], ["share", ""], ["times", ""], ["", "text"], ["source", "text"]]) {
    row.append(element("th", title, {scope: "col", ...(kind ? {class: kind} : {})}));
  }
  const top = element("thead");
  top.append(row);
  return top;
}

function gap() {
  const row = element("tr", "", {class: "gap"});
  row.append(element("td", "⋯", {colspan: "6"}));
  return row;
}

function sourceRow(file, line, most, total) {
  const cost = file.costs.get(line);
  const row = element("tr", "", cost && cost.cycles > HOT_SHARE * total ? {class: "hot"} : {});
  const bar = element("td", "", {class: "bar", "aria-hidden": "true"});
  if (cost) bar.append(filledBar(most ? cost.cycles / most : 0));
  row.append(
    element("td", String(line)), element("td", cost ? cyclesText(cost.cycles) : ""),
    element("td", cost ? shareText(cost.cycles, total) : ""), element("td", cost ? whole(cost.executions) : ""),
    bar, element("td", file.lines[line - 1] ?? "", {class: "code"}),
  );
  return row;
}
