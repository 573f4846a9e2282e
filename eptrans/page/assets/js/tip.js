// The small box beside the pointer that tells what lies under it.

const tip = document.getElementById("tip");

/** Shows text beside a point of the window; nothing hides the box. */
export function showTip(text, x, y) {
  if (!text) {
    tip.hidden = true;
    return;
  }
  if (tip.textContent !== text) tip.textContent = text;
  tip.hidden = false;
  const {width, height} = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, x + 16 + width > innerWidth ? x - width - 12 : x + 16)}px`;
  tip.style.top = `${Math.max(4, y + 16 + height > innerHeight ? y - height - 12 : y + 16)}px`;
}

/** Hides the box. */
export function hideTip() {
  tip.hidden = true;
}
