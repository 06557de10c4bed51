// Grid, ticks and names of the two axes of a plot.

import { number } from "./format.js";
import { label, s } from "./svg.js";

/** area: {left, right, top, bottom} in px. */
export function yAxis(area, scale, values, { name = "", write = number } = {}) {
  const parts = values.map((value) => {
    const y = scale(value);
    return s(
      "g", {},
      s("line", { x1: area.left, x2: area.right, y1: y, y2: y, class: "grid" }),
      label(area.left - 6, y + 4, write(value), { anchor: "end", css: "tick" }),
    );
  });
  if (name) parts.push(label(2, 12, name, { css: "axis-name" }));
  return parts;
}

/** at: [[px, text]], left to right. */
export function xAxis(area, at, { name = "" } = {}) {
  const parts = [
    s("line", { x1: area.left, x2: area.right, y1: area.bottom, y2: area.bottom, class: "axis" }),
  ];
  const edge = area.right + 8;
  for (const [x, text] of at) {
    // The last label stays inside the picture.
    const out = x + labelWidth([text]) / 2 > edge;
    parts.push(s("line", { x1: x, x2: x, y1: area.bottom, y2: area.bottom + 4, class: "axis" }));
    parts.push(label(out ? edge : x, area.bottom + 17, text, { anchor: out ? "end" : "middle", css: "tick" }));
  }
  if (name) {
    const middle = (area.left + area.right) / 2;
    parts.push(label(middle, area.bottom + 34, name, { anchor: "middle", css: "axis-name" }));
  }
  return parts;
}

/** A value that is to be reached or compared with, drawn across. */
export function limit(area, y, text) {
  return [
    s("line", { x1: area.left, x2: area.right, y1: y, y2: y, class: "limit" }),
    label(area.right, y - 4, text, { anchor: "end", css: "limit-name" }),
  ];
}

/** Width in px that the labels of an axis need. */
export function labelWidth(texts, px = 12) {
  const width = (text) =>
    [...String(text)].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 0x2e7f ? px : px * 0.64), 0);
  return Math.max(0, ...texts.map(width));
}
