// The header and the summary: the run's facts, its sentences, and where the cores' time went.

import {bytesText, cyclesText, element, legend, shareText, whole} from "./format.js";
import {makeHottest} from "./lines.js";
import {KIND_COLOURS, KIND_TEXT} from "./run.js";

/** The program, the machine and the totals. */
export function fillHeader(run) {
  const {facts} = run;
  const chips = Math.ceil(facts.rows / facts.chipRows) * Math.ceil(facts.columnCount / facts.chipColumns);
  document.getElementById("program").textContent = facts.program;
  const totals = [
    ["chip", chips > 1 ? `${facts.chip}, ${whole(chips)} of them` : facts.chip],
    ["mesh", `${facts.rows} × ${facts.columnCount}`],
    ["mesh model", facts.meshModel],
    ["cores", whole(facts.deviceCores) + (facts.hostCores ? ` + ${whole(facts.hostCores)} on the host` : "")],
    ["clock", `${whole(facts.clockHz / 1e6)} MHz`],
    ["cycles", cyclesText(run.end)],
    ["time", facts.time],
    ["messages", whole(facts.messages)],
    ["sent", bytesText(facts.bytes)],
  ];
  for (const [term, value] of totals) {
    const pair = element("div");
    pair.append(element("dt", term), element("dd", value));
    document.getElementById("totals").append(pair);
  }
}

/** The run in words, and the bar of the cores' time. */
export function fillSummary(run) {
  for (const text of run.facts.summary) document.getElementById("sentences").append(element("li", text));
  for (const text of run.facts.notes) document.getElementById("notes").append(element("li", `Left out: ${text}.`));
  makeHottest(run, document.getElementById("hottest"));
  fillShares(run, document.getElementById("shares"));
  document.getElementById("activities").replaceWith(activityLegend());
}

/** The legend of what cores did, in the colours of mesh and timeline. */
function activityLegend() {
  return legend(KIND_COLOURS.map((name, kind) => [`var(--${name})`, KIND_TEXT[kind]]));
}

/** The bar of the whole cores' time under the summary. */
function fillShares(run, place) {
  const {plain, task, waited_message: message, waited_link: link, idle} = run.cores;
  const sums = [plain, task, message, link, idle].map((values) => values.reduce((a, b) => a + b, 0));
  const total = sums.reduce((a, b) => a + b, 0);
  KIND_COLOURS.forEach((name, i) => {
    const part = element("div");
    part.style.cssText = `background: var(--${name}); width: ${total ? (100 * sums[i]) / total : 0}%`;
    place.append(part);
  });
  place.setAttribute("aria-label", `Core time: ${KIND_TEXT.map((text, i) => `${shareText(sums[i], total)} ${text}`).join(", ")}`);
}
