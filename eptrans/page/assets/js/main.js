// Starts the page: reads the run, fills the header and each section, and says so when something fails.

import {bytesText, cyclesText, element, whole} from "./format.js";
import {makeHottest, makeLines} from "./lines.js";
import {makeMatrix} from "./matrix.js";
import {makeMemory} from "./memory.js";
import {activityLegend, fillShares, makeMesh} from "./mesh.js";
import {makePath} from "./path.js";
import {modelText, readRun} from "./run.js";
import {startTheme} from "./theme.js";
import {makeTimeline} from "./timeline.js";

function fillHeader(run) {
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

function fillSummary(run) {
  for (const text of run.facts.summary) document.getElementById("sentences").append(element("li", text));
  for (const text of run.facts.notes) document.getElementById("notes").append(element("li", `Left out: ${text}.`));
  makeHottest(run, document.getElementById("hottest"));
  fillShares(run, document.getElementById("shares"));
  document.getElementById("activities").replaceWith(activityLegend());
}

function nameModels(run) {
  for (const title of document.querySelectorAll("section > h2")) {
    title.append(" ", element("span", `(${modelText(run)})`, {class: "model"}));
  }
}

async function start() {
  startTheme();
  const run = await readRun();
  const section = (name) => document.getElementById(name);
  fillHeader(run);
  fillSummary(run);
  nameModels(run);
  const timeline = makeTimeline(run, section("timeline"));
  makeMesh(run, section("mesh"), (core) => {
    timeline.showCore(core);
    timeline.picture.box.focus();
  });
  makePath(run, section("path"), (step) => timeline.showStep(step));
  makeLines(run, section("lines"));
  makeMatrix(run, section("matrix"));
  makeMemory(run, section("memory"));
  requestAnimationFrame(() => setTimeout(() => {
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
  }));
}

start().catch((error) => {
  const place = document.getElementById("failure");
  place.hidden = false;
  place.textContent = "DecompressionStream" in window
    ? `This page could not be drawn: ${error.message}`
    : "This browser is too old to unpack the page's data: use Chrome 80, Firefox 113, Safari 16.4 or later.";
  document.documentElement.dataset.failed = "true";
  console.error(error);
});
