// Numbers, times and sizes as text, and the small ways of making elements that every part needs.

const WHOLE = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const HALVES = new Intl.NumberFormat("en", {maximumFractionDigits: 1});
const THREE_DIGITS = new Intl.NumberFormat("en", {maximumSignificantDigits: 3});

/** A whole number with commas. */
export function whole(value) {
  return WHOLE.format(value);
}

/** Cycles; halves occur. */
export function cyclesText(value) {
  return HALVES.format(value);
}

/** A time in the unit that leaves one to three digits before the point. */
export function secondsText(seconds) {
  for (const [unit, size] of [["s", 1], ["ms", 1e-3], ["µs", 1e-6]]) {
    if (seconds >= size) return `${THREE_DIGITS.format(seconds / size)} ${unit}`;
  }
  return `${THREE_DIGITS.format(seconds / 1e-9)} ns`;
}

/** Bytes in units of a thousand. */
export function bytesText(bytes) {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["KB", 1e3]]) {
    if (bytes >= size) return `${THREE_DIGITS.format(bytes / size)} ${unit}`;
  }
  return `${whole(bytes)} byte${bytes === 1 ? "" : "s"}`;
}

/** A part of a whole, in per cent. */
export function shareText(part, total) {
  if (part > 0 && part < total * 1e-4) return "under 0.01 %";
  return total ? `${THREE_DIGITS.format((100 * part) / total)} %` : "0 %";
}

/** An element with text and attributes; text is never read as HTML. */
export function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  if (text !== "") made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** A button that does something. */
export function button(text, action, attributes = {}) {
  const made = element("button", text, {type: "button", ...attributes});
  made.addEventListener("click", action);
  return made;
}

/** A check box with its label; `action` is told whether it is on. */
export function checkBox(text, on, action) {
  const label = element("label");
  const box = element("input", "", {type: "checkbox"});
  box.checked = on;
  box.addEventListener("change", () => action(box.checked));
  label.append(box, ` ${text}`);
  return label;
}

/** A list to choose from, labelled; `choices` are pairs of value and text. */
export function chooser(text, choices, action) {
  const label = element("label", `${text} `);
  const select = element("select");
  for (const [value, shown] of choices) select.append(element("option", shown, {value}));
  select.addEventListener("change", () => action(select.value));
  label.append(select);
  return label;
}

/** A list of colours and what they stand for. */
export function legend(entries) {
  const list = element("ul", "", {class: "legend"});
  for (const [colour, text] of entries) {
    const item = element("li");
    const swatch = element("span", "", {class: "swatch", "aria-hidden": "true"});
    swatch.style.background = colour;
    item.append(swatch, text);
    list.append(item);
  }
  return list;
}
