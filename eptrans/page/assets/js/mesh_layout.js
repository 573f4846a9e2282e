// Where the cores and links of the mesh lie: units are the distance of two neighbouring cores on a chip.

export const CELL = 0.62;
const CHIP_GAP = 0.35;
const LANE = 0.12;
const MARGIN = 0.12;
const STEPS = [[0, 1], [0, -1], [1, 0], [-1, 0]];  // east, west, south, north, as rows and columns

/** The layout of a run's machine; host cores stand in rows of their own below the mesh. */
export function makeMeshLayout(run) {
  const {rows, columnCount, chipRows, chipColumns} = run.facts;
  const {row, column, host} = run.cores;
  const x = (place) => MARGIN + place + CHIP_GAP * Math.floor(place / chipColumns);
  const y = (place) => MARGIN + place + CHIP_GAP * Math.floor(place / chipRows);
  const corner = [];
  const byPlace = new Map();
  let hosts = 0;
  for (let core = 0; core < run.coreCount; core++) {
    if (host[core]) {
      corner.push([x(hosts % columnCount), y(rows - 1) + 1.35 + Math.floor(hosts / columnCount)]);
      hosts++;
    } else {
      corner.push([x(column[core]), y(row[core])]);
      byPlace.set(row[core] * columnCount + column[core], core);
    }
  }
  const linkAt = new Map();
  for (let i = 0; i < run.links.row.length; i++) {
    linkAt.set((run.links.row[i] * columnCount + run.links.column[i]) * 4 + run.links.direction[i], i);
  }
  const hostRows = Math.ceil(hosts / columnCount);
  return {
    corner, byPlace, linkAt, x, y, rows, columns: columnCount, hostRows,
    hostTop: y(rows - 1) + 1.35,
    width: x(columnCount - 1) + CELL + MARGIN + (hosts ? 0.5 : 0),  // links to the host leave the mesh on the right
    height: y(rows - 1) + CELL + MARGIN + (hostRows ? 0.75 + hostRows : 0),
    middle: (core) => (corner[core] ?? [0, 0]).map((value) => value + CELL / 2),
    linkEnds, find, neighbour,
  };

  /** The two ends of the link that leaves a place in a direction, beside the one that comes back. */
  function linkEnds(fromRow, fromColumn, direction) {
    const [down, right] = STEPS[direction];
    const side = direction === 0 || direction === 3 ? LANE : -LANE;
    const startX = x(fromColumn) + CELL / 2 + (right * CELL) / 2;
    const startY = y(fromRow) + CELL / 2 + (down * CELL) / 2;
    const length = (right ? x(fromColumn + right) - x(fromColumn) : y(fromRow + down) - y(fromRow)) - (right + down) * CELL;
    return right ? [startX, startY + side, startX + length, startY + side]
      : [startX + side, startY, startX + side, startY + length];
  }

  /** What lies at a point: {core} or {link}. */
  function find(atX, atY) {
    for (const [core, [left, top]] of near(atX, atY)) {
      if (atX >= left && atX <= left + CELL && atY >= top && atY <= top + CELL) return {core};
    }
    const reach = 0.08;
    for (const [place, direction] of linksNear(atX, atY)) {
      const [x1, y1, x2, y2] = linkEnds(Math.floor(place / columnCount), place % columnCount, direction);
      const inside = atX >= Math.min(x1, x2) - reach && atX <= Math.max(x1, x2) + reach
        && atY >= Math.min(y1, y2) - reach && atY <= Math.max(y1, y2) + reach;
      const link = linkAt.get(place * 4 + direction);
      if (inside && link !== undefined) return {link};
    }
    return null;
  }

  function near(atX, atY) {
    return [...corner.entries()].filter(([, [left, top]]) => Math.abs(left - atX) < 1.5 && Math.abs(top - atY) < 1.5);
  }

  function* linksNear(atX, atY) {
    for (let r = 0; r < rows; r++) {
      if (Math.abs(y(r) - atY) > 2) continue;
      for (let c = 0; c < columnCount; c++) {
        if (Math.abs(x(c) - atX) > 2) continue;
        for (let direction = 0; direction < 4; direction++) yield [r * columnCount + c, direction];
      }
    }
  }

  /** The nearest core in a direction, or the same one at the edge. */
  function neighbour(core, down, right) {
    const [left, top] = corner[core];
    let best = core;
    let least = Infinity;
    for (let other = 0; other < corner.length; other++) {
      const dx = corner[other][0] - left;
      const dy = corner[other][1] - top;
      const ahead = dx * right + dy * down;
      const aside = Math.abs(dx * down) + Math.abs(dy * right);
      if (ahead > 0.1 && ahead + 3 * aside < least) {
        least = ahead + 3 * aside;
        best = other;
      }
    }
    return best;
  }
}
