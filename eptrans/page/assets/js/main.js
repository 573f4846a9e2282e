// Starts the page: reads the run, fills the header and each section, and says so when something fails.

import {element} from "./format.js";
import {makeLines} from "./lines.js";
import {makeMatrix} from "./matrix.js";
import {makeMemory} from "./memory.js";
import {makeMesh} from "./mesh.js";
import {makePath} from "./path.js";
import {modelText, readRun} from "./run.js";
import {fillHeader, fillSummary} from "./summary.js";
import {startTheme} from "./theme.js";
import {makeTimeline} from "./timeline.js";

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
  makeMesh(run, section("mesh"), (core) => timeline.showCore(core));
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
