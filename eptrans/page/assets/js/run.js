// The recorded run as the pictures ask for it: times in cycles, cores by place, names and lines as text.

import {readColumns} from "./columns.js";

/** What a stretch of a core's time was; the first four are those of the recording. */
export const KIND = {busy: 0, task: 1, message: 2, link: 3, idle: 4};
/** Their colours in the style sheet. */
export const KIND_COLOURS = ["busy", "task", "message", "link", "idle"];
export const KIND_TEXT = ["computing", "computing a task", "waiting for messages", "waiting for links", "idle"];

/** Reads the page's data. */
export async function readRun() {
  const facts = JSON.parse(document.getElementById("facts").textContent);
  const columns = await readColumns(document.getElementById("columns").textContent, facts.columns);
  const scale = 1 / facts.ticksPerCycle;
  const run = {
    facts,
    end: facts.end * scale,
    cores: table(columns, "cores", ["busy", "task", "waited_message", "waited_link", "idle"], scale),
    links: table(columns, "links", ["busy", "waited"], scale),
    lines: table(columns, "lines", [], scale),
    traffic: table(columns, "traffic", [], scale),
    slices: table(columns, "slices", ["start", "duration"], scale),
    messages: table(columns, "messages", ["posted", "flight", "wait"], scale),
    load: table(columns, "load", [], scale),
    path: table(columns, "path", ["start", "duration"], scale),
  };
  run.coreCount = run.cores.number.length;
  run.cores.plain = run.cores.busy.map((busy, core) => busy - run.cores.task[core]);
  run.names = facts.names;
  run.sourceLines = facts.sources.map((text) => text.split("\n"));
  nest(run);
  flatten(run);
  return run;
}

function table(columns, name, times, scale) {
  const found = {};
  for (const [key, values] of columns) {
    if (!key.startsWith(`${name}.`)) continue;
    const column = key.slice(name.length + 1);
    found[column] = times.includes(column) ? Float64Array.from(values, (ticks) => ticks * scale) : values;
  }
  return found;
}

/**
 * Gives each slice its end, its depth, the slice around it and what it is painted as: a function that a task calls is
 * part of the task. Gives each core the range of its slices.
 */
function nest(run) {
  const {activity, core, start, duration} = run.slices;
  const count = core.length;
  run.slices.end = start.map((from, i) => from + duration[i]);
  run.slices.parent = new Int32Array(count).fill(-1);
  run.slices.depth = new Uint16Array(count);
  run.slices.kind = Uint8Array.from(activity);
  run.firstSlice = new Int32Array(run.coreCount + 1);
  const {end, parent, depth, kind} = run.slices;
  for (let i = 0; i < count; i++) {
    run.firstSlice[core[i] + 1] = i + 1;
    let outer = i > 0 && core[i - 1] === core[i] ? i - 1 : -1;
    while (outer >= 0 && end[outer] <= start[i]) outer = parent[outer];
    parent[i] = outer;
    depth[i] = outer < 0 ? 0 : depth[outer] + 1;
    if (kind[i] === KIND.busy && outer >= 0 && kind[outer] === KIND.task) kind[i] = KIND.task;
  }
  for (let c = 0; c < run.coreCount; c++) run.firstSlice[c + 1] = Math.max(run.firstSlice[c + 1], run.firstSlice[c]);
}

/** Each core's time without nesting: where stretches begin, what they are, and their innermost slice (-1: none). */
function flatten(run) {
  const {start, end, parent, kind} = run.slices;
  const begins = [];
  const kinds = [];
  const owners = [];
  let first = 0;
  const put = (time, what, slice) => {
    let last = begins.length - 1;
    if (last >= first && begins[last] === time) last--;  // a stretch of no length gives way
    begins.length = kinds.length = owners.length = last + 1;
    begins.push(time);
    kinds.push(what);
    owners.push(slice);
  };
  const firstStretch = new Int32Array(run.coreCount + 1);
  for (let core = 0; core < run.coreCount; core++) {
    firstStretch[core] = first = begins.length;
    put(0, KIND.busy, -1);
    let open = -1;
    const close = (until) => {
      while (open >= 0 && end[open] <= until) {
        const outer = parent[open];
        put(end[open], outer < 0 ? KIND.busy : kind[outer], outer);
        open = outer;
      }
    };
    for (let i = run.firstSlice[core]; i < run.firstSlice[core + 1]; i++) {
      close(start[i]);
      put(start[i], kind[i], i);
      open = i;
    }
    close(Infinity);
    put(run.end - run.cores.idle[core], KIND.idle, -1);
    put(run.end, KIND.idle, -1);
  }
  firstStretch[run.coreCount] = begins.length;
  run.stretches = {
    first: firstStretch, begin: Float64Array.from(begins), kind: Uint8Array.from(kinds), slice: Int32Array.from(owners),
  };
}

/** The last stretch of a core that begins at or before a time. */
export function stretchAt(run, core, time) {
  const {first, begin} = run.stretches;
  return lastAtOrBefore(begin, first[core], first[core + 1], time);
}

/** The last place in [low, high) of ascending values whose value is at most `value`; `low` if there is none. */
export function lastAtOrBefore(values, low, high, value) {
  let found = low;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) {
      found = middle;
      low = middle + 1;
    } else high = middle;
  }
  return found;
}

/** `core 3`, or `host core 16`. */
export function coreName(run, place) {
  return `${run.cores.host[place] ? "host core" : "core"} ${run.cores.number[place]}`;
}

/** `prog.py:12`, or nothing where the place is not known. */
export function siteText(run, site) {
  const [file, line] = run.facts.sites[site] ?? [0, 0];
  return site > 0 && line > 0 ? `${run.facts.files[file]}:${line}` : "";
}

/** The source text of a place. */
export function siteSource(run, site) {
  const [file, line] = run.facts.sites[site] ?? [0, 0];
  return site > 0 && line > 0 ? (run.sourceLines[file]?.[line - 1] ?? "").trim() : "";
}

/** The mesh model, as every picture and table names it. */
export function modelText(run) {
  return `mesh model ${run.facts.meshModel}`;
}
