// A rectangle drawn with finger, pen or mouse over a picture.

/** Lets somebody draw over `surface` while `active()`; told of it as {x, y, width, height}, 0..1 of
 * the surface, while it is drawn and at its end. Too small a one is a tap: tapped({x, y}). */
export function drawable(surface, { active, drawn, tapped = () => {} }) {
  let from = null;
  const at = (event) => {
    const box = surface.getBoundingClientRect();
    const within = (value) => Math.min(1, Math.max(0, value));
    return { x: within((event.clientX - box.left) / box.width), y: within((event.clientY - box.top) / box.height) };
  };
  const between = (a, b) => ({
    x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y),
  });
  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = at(event);
    if (!active()) return;
    surface.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  surface.addEventListener("pointermove", (event) => {
    if (from && active()) drawn(between(from, at(event)));
  });
  surface.addEventListener("pointerup", (event) => {
    if (!from) return;
    const rectangle = between(from, at(event));
    if (rectangle.width < 0.01 && rectangle.height < 0.01) tapped(from);
    else if (active()) drawn(rectangle);
    from = null;
  });
  surface.addEventListener("pointercancel", () => { from = null; });
}

/** Put an element over its surface; rectangle as above, null hides it. */
export function place(element, rectangle) {
  element.hidden = rectangle === null;
  if (rectangle === null) return;
  const { x, y, width, height } = rectangle;
  Object.assign(element.style, { left: `${x * 100}%`, top: `${y * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` });
}
