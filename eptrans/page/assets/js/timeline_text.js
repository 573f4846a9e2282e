// The timeline in words: what is said of a slice or a place, and the slices as a table.

import {cyclesText, secondsText, shareText, whole} from "./format.js";
import {KIND, KIND_TEXT, coreName, modelText, siteSource, siteText, stretchAt} from "./run.js";
import {makeTable} from "./table.js";

/** What a core did at a time; nothing outside of the run. */
export function describeAt(run, x, y) {
  const core = Math.floor(y);
  if (core < 0 || core >= run.coreCount || x < 0 || x > run.end) return "";
  const stretch = stretchAt(run, core, x);
  const slice = run.stretches.slice[stretch];
  const kind = run.stretches.kind[stretch];
  if (slice < 0 || kind === KIND.idle) return `${capital(coreName(run, core))}: ${KIND_TEXT[kind]}\nat cycle ${cyclesText(x)}`;
  const around = [];
  for (let outer = run.slices.parent[slice]; outer >= 0 && around.length < 6; outer = run.slices.parent[outer]) {
    around.push(run.names[run.slices.name[outer]] ?? "?");
  }
  return describeSlice(run, slice, "\n") + (around.length ? `\nin ${around.join(" < ")}` : "");
}

/** A slice: what, how long, where in the source, who else. */
export function describeSlice(run, slice, joint = " · ") {
  const {core, activity, name, site, peer, peer_site: peerSite, start, duration} = run.slices;
  const parts = [
    `${capital(coreName(run, core[slice]))}: ${KIND_TEXT[activity[slice]]}, ${run.names[name[slice]] ?? "unnamed"}`,
    `${cyclesText(duration[slice])} cycles (${secondsText(duration[slice] / run.facts.clockHz)}) from ${cyclesText(start[slice])}`,
  ];
  const where = siteText(run, site[slice]);
  if (where) parts.push(`${where}  ${siteSource(run, site[slice])}`);
  if (peer[slice] >= 0) {
    const other = siteText(run, peerSite[slice]);
    const what = activity[slice] === KIND.task ? "given by" : "waited for";
    parts.push(`${what} ${coreName(run, peer[slice])}${other ? ` at ${other}` : ""}`);
  }
  return parts.join(joint);
}

/** With a capital letter. */
export function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/** The slices in a view; `choose` is called with one. */
export function sliceTable(run, view, choose) {
  const {core, start, end, duration, activity, name, site, peer} = run.slices;
  const rows = [];
  for (let i = 0; i < core.length; i++) {
    if (end[i] >= view.x[0] && start[i] <= view.x[1] && core[i] + 1 > view.y[0] && core[i] < view.y[1]) rows.push(i);
  }
  const column = (title, value, text = value, kind = "") => ({
    title, kind, value: (row) => value(rows[row]), text: (row) => String(text(rows[row])),
  });
  return makeTable({
    caption: `${whole(rows.length)} slices in view when this table was opened; ${modelText(run)}`, count: rows.length,
    choose: (row) => choose(rows[row]),
    columns: [
      column("core", (i) => core[i], (i) => coreName(run, core[i]), "text"),
      column("from", (i) => start[i], (i) => cyclesText(start[i])),
      column("cycles", (i) => duration[i], (i) => cyclesText(duration[i])),
      column("share of the run", (i) => duration[i], (i) => shareText(duration[i], run.end)),
      column("activity", (i) => activity[i], (i) => KIND_TEXT[activity[i]], "text"),
      column("name", (i) => run.names[name[i]] ?? "", undefined, "text"),
      column("source", (i) => siteText(run, site[i]), undefined, "text"),
      column("other core", (i) => peer[i], (i) => (peer[i] < 0 ? "" : coreName(run, peer[i])), "text"),
    ],
  });
}
