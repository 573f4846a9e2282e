// Tables: sorted by a press on a header, filled a page at a time, rows chosen by click or keyboard.

import {button, element, whole} from "./format.js";

const PAGE = 200;

/**
 * A table of `count` rows. Columns are {title, text(row), value(row)?, kind?}: `value` is sorted by where given,
 * `kind` is "text" for what leans left. `choose(row)` makes rows selectable.
 */
export function makeTable({caption, count, columns, choose = null}) {
  const box = element("div", "", {class: "scroller"});
  const table = element("table");
  const head = element("tr");
  const body = element("tbody");
  const order = Uint32Array.from({length: count}, (_, i) => i);
  let shown = 0;
  const more = button("", () => grow(shown + 5 * PAGE));

  function grow(to) {
    for (; shown < Math.min(to, count); shown++) body.append(makeRow(order[shown], columns, choose));
    more.hidden = shown >= count;
    more.textContent = `Show more (${whole(shown)} of ${whole(count)} rows)`;
  }

  function sortBy(column, cell, down) {
    for (const other of head.children) other.removeAttribute("aria-sort");
    cell.setAttribute("aria-sort", down ? "descending" : "ascending");
    order.sort((a, b) => (down ? -1 : 1) * compare(column.value(a), column.value(b)) || a - b);
    body.replaceChildren();
    shown = 0;
    grow(PAGE);
  }

  for (const column of columns) {
    const cell = element("th", "", {scope: "col", ...(column.kind ? {class: "text"} : {})});
    if (column.value) {
      const sorter = () => sortBy(column, cell, cell.getAttribute("aria-sort") !== "descending");
      cell.append(button(column.title, sorter));
    } else cell.textContent = column.title;
    head.append(cell);
  }
  const top = element("thead");
  top.append(head);
  table.append(element("caption", caption), top, body);
  box.append(table, more);
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", caption);
  if (choose) body.addEventListener("keydown", moveBetweenRows);
  grow(PAGE);
  return box;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function makeRow(row, columns, choose) {
  const line = element("tr");
  for (const {text, kind} of columns) line.append(element("td", text(row), kind ? {class: kind} : {}));
  if (choose) {
    line.tabIndex = 0;
    const pick = () => {
      for (const other of line.parentNode.children) other.removeAttribute("aria-selected");
      line.setAttribute("aria-selected", "true");
      choose(row);
    };
    line.addEventListener("click", pick);
    line.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      pick();
    });
  }
  return line;
}

function moveBetweenRows(event) {
  const row = event.target.closest("tr");
  const next = {ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling}[event.key];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** A picture's table, made when it is first opened. */
export function tableBelow(title, make) {
  const details = element("details");
  details.append(element("summary", title));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(make());
  });
  return details;
}
