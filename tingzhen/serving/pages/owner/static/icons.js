// Pictures of the circumstances and of the advice, as lines on a field of 24 × 24.

const SPACE = "http://www.w3.org/2000/svg";

const LINES = {
  starting: "M12 3v8 M7 6a7.5 7.5 0 1 0 10 0",
  idling: "M4 9h3l2-3h6l2 3h3v8h-3l-2 2H9l-2-2H4z M1 11v4 M10 6V4 M14 6V4",
  driving: "M3 16v-4l3-1 2.5-4h7l3.5 4 2 1v4h-2 M5 16H3 M9 16h6 M7 14a2 2 0 1 0 .1 0 M17 14a2 2 0 1 0 .1 0 M7 11h11",
  braking: "M8 3h8l5 5v8l-5 5H8l-5-5V8z M12 7v6 M12 16.5v.5",
  turning: "M5 20v-7a5 5 0 0 1 5-5h9 M15 4l4 4-4 4",
  bumps: "M2 20h5c2 0 2.5-4 5-4s3 4 5 4h5 M12 4a4.5 4.5 0 1 0 .1 0 M12 7.5a1 1 0 1 0 .1 0",
  parked: "M6 21V3h7a5 5 0 0 1 0 10H6",
  visible: "M2 12c5-8 15-8 20 0-5 8-15 8-20 0z M12 9a3 3 0 1 0 .1 0",
  stop: "M8 3h8l5 5v8l-5 5H8l-5-5V8z M8 8l8 8 M16 8l-8 8",
  soon: "M12 3L22 20H2z M12 9v5 M12 16.8v.4",
  ok: "M12 2.5a9.5 9.5 0 1 0 .1 0 M7.5 12.5l3 3 6-7",
  unknown: "M12 2.5a9.5 9.5 0 1 0 .1 0 M9 9.5a3 3 0 1 1 3 3v2 M12 17v.4",
};

/** A drawing that says nothing by itself; words stand beside it. Throws for one that is not there. */
export function icon(name) {
  const svg = document.createElementNS(SPACE, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) svg.setAttribute(key, value);
  const path = document.createElementNS(SPACE, "path");
  if (!LINES[name]) throw new Error(`no icon ${name}`);
  path.setAttribute("d", LINES[name]);
  svg.append(path);
  return svg;
}
