// Elements of SVG, and the marks by which series are told apart without colour.

const SPACE = "http://www.w3.org/2000/svg";
const CORNERS = [
  null,
  [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  [[0, -1.25], [1.2, 0.95], [-1.2, 0.95]],
  [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]],
  [[-1.3, -0.5], [1.3, -0.5], [1.3, 0.5], [-1.3, 0.5]],
  [[0, 1.25], [1.2, -0.95], [-1.2, -0.95]],
];
export const SERIES = CORNERS.length;

/** An SVG element. attributes: names to values, null ones left out. */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** Text at a place in px. options: anchor (start, middle, end), css, and where it is too long the
 * whole of it, shown on hover. */
export function label(x, y, content, { anchor = "start", css = "", whole = null } = {}) {
  const text = s("text", { x, y, "text-anchor": anchor, class: css }, String(content));
  if (whole !== null && whole !== content) text.append(s("title", {}, whole));
  return text;
}

/** The mark of a series (0, 1, ...): one shape each, so that colour is not needed. size in px. */
export function mark(x, y, series, size = 4) {
  const index = series % SERIES;
  const css = `mark series-${index}`;
  const corners = CORNERS[index];
  if (corners === null) return s("circle", { cx: x, cy: y, r: size, class: css });
  const points = corners.map(([a, b]) => `${x + a * size},${y + b * size}`).join(" ");
  return s("polygon", { points, class: css });
}

/** Text cut to a width in px, "…" at its end where something is missing. Signs of Chinese are about
 * twice as wide as letters. */
export function fitted(content, width, px = 12) {
  let used = 0;
  for (let at = 0; at < content.length; at += 1) {
    used += content.charCodeAt(at) > 0x2e7f ? px : px * 0.62;
    if (used > width) return `${content.slice(0, Math.max(1, at - 1))}…`;
  }
  return content;
}
