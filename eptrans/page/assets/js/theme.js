// Light and dark: follows the system until the button is pressed; pictures ask here for their colours.

const listeners = [];
let colours = null;

/** The value of a colour variable of the style sheet, now. */
export function colour(name) {
  colours ??= getComputedStyle(document.documentElement);
  return colours.getPropertyValue(`--${name}`).trim();
}

/** Calls back whenever the colours have changed. */
export function onTheme(action) {
  listeners.push(action);
}

/** Sets the theme up and gives the button its work. */
export function startTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const button = document.getElementById("theme");
  const apply = () => {
    const dark = chosen ?? system.matches;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    button.textContent = dark ? "Light" : "Dark";
    colours = null;
    for (const action of listeners) action();
  };
  button.addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme !== "dark";
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}

/** A colour as red, green and blue from 0 to 255. */
export function channels(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

// Cividis, a scale that reads the same with any colour vision; its pale end is the high one on dark paper.
const SCALE = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];

/** The colour of a share from 0 to 1 on the scale of loads. */
export function loadColour(share) {
  const dark = document.documentElement.dataset.theme === "dark";
  const place = Math.max(0, Math.min(1, dark ? 0.25 + 0.75 * share : 0.92 - 0.92 * share)) * (SCALE.length - 1);
  const low = Math.floor(place);
  const a = channels(SCALE[low]);
  const b = channels(SCALE[Math.min(low + 1, SCALE.length - 1)]);
  return a.map((value, i) => Math.round(value + (b[i] - value) * (place - low)));
}

/** The same as CSS text. */
export function loadCss(share) {
  return `rgb(${loadColour(share).join(" ")})`;
}

/** A bar that shows the scale, for legends; drawn again when the theme changes. */
export function scaleBar() {
  const bar = document.createElement("span");
  bar.className = "scale";
  bar.setAttribute("aria-hidden", "true");
  const paint = () => {
    const stops = Array.from({length: 11}, (_, i) => loadCss(i / 10));
    bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  };
  onTheme(paint);
  paint();
  return bar;
}
