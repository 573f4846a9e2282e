// The slowest path through the program as a table; a chosen step is marked in the timeline.

import {cyclesText, element, shareText, whole} from "./format.js";
import {coreName, modelText, siteSource, siteText} from "./run.js";
import {makeTable} from "./table.js";

/** What was done at a place, as `send at prog.py:7`. */
function named(run, names, step, site) {
  const where = siteText(run, site);
  const name = names[step] >= 0 ? run.names[names[step]] : "";
  return name && where ? `${name} at ${where}` : name || where;
}

/** Fills the section of the slowest path. */
export function makePath(run, section, showStep) {
  const {core, number, start, duration, site, wait_site: waitSite} = run.path;
  const last = core.length - 1;
  if (!core.length) {
    section.append(element("p", "No path was recorded for this run.", {class: "hint"}));
    return;
  }
  section.append(element("p", "While a step ran, the cores of later steps waited for it: shorten a step and the run gets shorter. "
    + "Choose a step to see it in the timeline.", {class: "hint"}));
  section.append(makeTable({
    caption: `${whole(core.length)} step${core.length === 1 ? "" : "s"} in the order of time; ${modelText(run)}`, count: core.length, choose: showStep,
    columns: [
      {title: "step", value: (i) => number[i], text: (i) => whole(number[i] + 1)},
      {title: "core", kind: "text", value: (i) => core[i], text: (i) => coreName(run, core[i])},
      {title: "from cycle", value: (i) => start[i], text: (i) => cyclesText(start[i])},
      {title: "cycles", value: (i) => duration[i], text: (i) => cyclesText(duration[i])},
      {title: "share of the run", value: (i) => duration[i], text: (i) => shareText(duration[i], run.end)},
      {title: "led to", kind: "text", value: (i) => site[i],
       text: (i) => named(run, run.path.name, i, site[i]) || (i < last ? "its end" : "the end of the run")},
      {title: "source", kind: "text", text: (i) => siteSource(run, site[i])},
      {title: "which the next core waited for in", kind: "text", value: (i) => waitSite[i],
       text: (i) => named(run, run.path.wait_name, i, waitSite[i])},
    ],
  }));
}
