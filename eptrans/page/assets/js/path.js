// The slowest path through the program as a table; a chosen step is marked in the timeline.

import {cyclesText, element, shareText, whole} from "./format.js";
import {coreName, modelText, siteSource, siteText} from "./run.js";
import {makeTable} from "./table.js";

/** Fills the section of the slowest path. */
export function makePath(run, section, showStep) {
  const {core, start, duration, site} = run.path;
  if (!core.length) {
    section.append(element("p", "No path was recorded for this run.", {class: "hint"}));
    return;
  }
  section.append(element("p", "While a step ran, the cores of later steps waited for it: shorten a step and the run gets shorter. "
    + "Choose a step to see it in the timeline.", {class: "hint"}));
  section.append(makeTable({
    caption: `${whole(core.length)} steps in the order of time; ${modelText(run)}`, count: core.length, choose: showStep,
    columns: [
      {title: "step", value: (i) => i, text: (i) => whole(i + 1)},
      {title: "core", kind: "text", value: (i) => core[i], text: (i) => coreName(run, core[i])},
      {title: "from cycle", value: (i) => start[i], text: (i) => cyclesText(start[i])},
      {title: "cycles", value: (i) => duration[i], text: (i) => cyclesText(duration[i])},
      {title: "share of the run", value: (i) => duration[i], text: (i) => shareText(duration[i], run.end)},
      {title: "the next step waited for", kind: "text", value: (i) => site[i],
       text: (i) => siteText(run, site[i]) || (i + 1 < core.length ? "its end" : "the end of the run")},
      {title: "source", kind: "text", text: (i) => siteSource(run, site[i])},
    ],
  }));
}
