// Labels by keyboard alone. Keys do nothing while somebody types in a field or holds Ctrl, Alt or
// Meta, and Space and Enter go to a button that has the focus.

import { KEYS } from "./label_form.js";

/** form(): the present form, null without one. save, skip: what Enter and S do. */
export function keys(form, { save, skip }) {
  document.addEventListener("keydown", (event) => {
    const now = form();
    if (!now || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const focused = document.activeElement;
    if (focused?.matches("input, select, textarea, dialog *, summary, audio")) return;
    const onButton = focused?.matches("button, a") && (event.key === "Enter" || event.key === " ");
    if (onButton) return;
    if (done(now, event.key.length === 1 ? event.key.toLowerCase() : event.key)) event.preventDefault();
  });

  function done(now, key) {
    if (key === "Enter") save();
    else if (key === "s") skip();
    else if (key === "u") now.unsure();
    else if (now.press(key)) return true;
    else if (KEYS.includes(key)) now.toggle(KEYS.indexOf(key));
    else return false;
    return true;
  }
}
