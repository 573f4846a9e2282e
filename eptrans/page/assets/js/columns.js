// Reads the packed columns that `eptrans/page/columns.py` writes.

const ARRAYS = {
  uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array,
  uint32: Uint32Array, int32: Int32Array, float64: Float64Array,
};

/** All columns by name; `directory` tells their types in the order of the bytes. */
export async function readColumns(text, directory) {
  const bytes = await inflate(text);
  const columns = new Map();
  let offset = 0;
  for (const {name, type, length, differences} of directory) {
    const values = unpack(bytes, offset, ARRAYS[type], length);
    offset += values.byteLength;
    columns.set(name, differences ? summed(values) : values);
  }
  return columns;
}

async function inflate(text) {
  const coded = atob(text);
  const packed = new Uint8Array(coded.length);
  for (let i = 0; i < coded.length; i++) packed[i] = coded.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Numbers whose bytes lie plane by plane, all lowest bytes first. */
function unpack(bytes, offset, Type, length) {
  const size = Type.BYTES_PER_ELEMENT;
  const joined = new Uint8Array(length * size);
  for (let plane = 0; plane < size; plane++) {
    for (let i = 0, from = offset + plane * length; i < length; i++) joined[i * size + plane] = bytes[from + i];
  }
  return new Type(joined.buffer);
}

function summed(differences) {
  const values = new Float64Array(differences.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) values[i] = sum += differences[i];
  return values;
}
