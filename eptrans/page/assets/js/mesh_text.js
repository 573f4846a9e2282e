// The mesh in words: what is said of a core or a link, and both as tables.

import {bytesText, cyclesText, shareText, whole} from "./format.js";
import {coreName, modelText} from "./run.js";
import {makeTable} from "./table.js";

const DIRECTIONS = ["east", "west", "south", "north"];

/** What a link can be coloured by. */
export const LOADS = {
  busy: {title: "share of time in use", text: (run, value) => shareText(value, run.end)},
  bytes: {title: "bytes", text: (_, value) => bytesText(value)},
  messages: {title: "messages", text: (_, value) => `${whole(value)} messages`},
  waited: {title: "waiting for it", text: (_, value) => `${cyclesText(value)} cycles`},
};

/** A core and the shares of its time. */
export function describeCore(run, core, joint) {
  const {busy, waited_message: message, waited_link: link, idle, row, column, host} = run.cores;
  const name = coreName(run, core);
  const where = host[core] ? "" : ` at row ${row[core]}, column ${column[core]}`;
  return [
    `${name[0].toUpperCase()}${name.slice(1)}${where}`, `computing ${shareText(busy[core], run.end)}`,
    `waiting for messages ${shareText(message[core], run.end)}`, `waiting for links ${shareText(link[core], run.end)}`,
    `idle after its end ${shareText(idle[core], run.end)}`,
  ].join(joint);
}

/** A link and what it carried. */
export function describeLink(run, link) {
  const {row, column, direction, messages, bytes, busy, waited} = run.links;
  return `Link from row ${row[link]}, column ${column[link]} to the ${DIRECTIONS[direction[link]]}\n`
    + `${bytesText(bytes[link])} in ${whole(messages[link])} messages, in use ${shareText(busy[link], run.end)}\n`
    + `messages waited ${cyclesText(waited[link])} cycles for it (${modelText(run)})`;
}

/** All cores; a chosen one is shown in the timeline. */
export function coreTable(run, showCore) {
  const {cores} = run;
  const timed = (title, values) => ({
    title, value: (i) => values[i], text: (i) => `${cyclesText(values[i])} (${shareText(values[i], run.end)})`,
  });
  return makeTable({
    caption: `Cores, cycles and shares of the run; ${modelText(run)}`, count: run.coreCount, choose: showCore,
    columns: [
      {title: "core", kind: "text", value: (i) => i, text: (i) => coreName(run, i)},
      {title: "row, column", text: (i) => (cores.host[i] ? "" : `${cores.row[i]}, ${cores.column[i]}`)},
      timed("computing", cores.busy), timed("waiting for messages", cores.waited_message),
      timed("waiting for links", cores.waited_link), timed("idle", cores.idle),
    ],
  });
}

/** All links that carried something. */
export function linkTable(run) {
  const {row, column, direction, messages, bytes, busy, waited} = run.links;
  const number = (title, values, text) => ({title, value: (i) => values[i], text: (i) => text(values[i])});
  return makeTable({
    caption: `Links that carried something; ${modelText(run)}`, count: row.length,
    columns: [
      number("row", row, whole), number("column", column, whole),
      {title: "to the", kind: "text", value: (i) => direction[i], text: (i) => DIRECTIONS[direction[i]]},
      number("messages", messages, whole), number("bytes", bytes, whole),
      number("in use, cycles", busy, cyclesText), number("in use", busy, (value) => shareText(value, run.end)),
      number("messages waited, cycles", waited, cyclesText),
    ],
  });
}
