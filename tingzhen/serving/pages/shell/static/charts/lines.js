// Lines over numbers or days: training curves, rates over time, survival.

import { labelWidth, limit, xAxis, yAxis } from "./axes.js";
import { interval, number, shortDay } from "./format.js";
import { figure, nothing } from "./frame.js";
import { linear, range, thinned, ticks } from "./scale.js";
import { mark, s } from "./svg.js";
import { t } from "../texts.js";

/** series: [{name, points: [{x, y, low?, high?, n?}]}], x a number, or with `time` milliseconds
 * since the epoch; y null breaks the line. low, high: the interval of y, drawn as a band. steps:
 * y holds until the next x (Kaplan–Meier). limits: [{value, name}]. yRange, xRange: else of the
 * data. write, writeX: numbers as text. empty: what is said where there are no points. */
export function lineChart({
  title, description, note = "", series, xName = "", yName = "", time = false, steps = false,
  limits = [], yRange = null, xRange = null, write = number, writeX = null, height = 260, empty,
}) {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) return nothing(title, empty ?? t("shell.chart.empty"));
  const textOfX = writeX ?? (time ? shortDay : (value) => number(value, 0));
  const ys = yRange ?? range(
    [...points.flatMap((p) => [p.y, p.low ?? null, p.high ?? null]), ...limits.map((l) => l.value)],
    { zero: true },
  );
  const xs = xRange ?? range(points.map((p) => p.x));
  const draw = (width) => {
    const values = ticks(ys[0], ys[1], 5);
    const top = yName ? 26 : 12;
    const area = {
      left: 14 + labelWidth(values.map((v) => write(v))), right: width - 12, top,
      bottom: height - (xName ? 42 : 26),
    };
    const x = linear(xs, [area.left, area.right]);
    const y = linear(ys, [area.bottom, area.top]);
    const most = Math.max(2, Math.floor((area.right - area.left) / (time ? 84 : 70)));
    const body = [
      yAxis(area, y, values, { name: yName, write }),
      xAxis(area, xTicks(points, xs, most, time).map((v) => [x(v), textOfX(v)]), { name: xName }),
      limits.map((one) => limit(area, y(one.value), one.name)),
      series.map((one, index) => drawn(one.points, index, x, y, { steps })),
    ];
    return { body, height };
  };
  const bounded = points.some((p) => Number.isFinite(p.low));
  const counted = points.some((p) => Number.isFinite(p.n));
  return figure({
    title, description, note, draw, legend: series.map((one) => one.name),
    table: {
      columns: [
        ...(series.length > 1 ? [t("shell.chart.series")] : []), xName || t("shell.chart.at"),
        yName || t("shell.chart.value"), ...(bounded ? [t("shell.chart.interval")] : []),
        ...(counted ? ["n"] : []),
      ],
      rows: series.flatMap((one) => one.points.map((p) => [
        ...(series.length > 1 ? [one.name] : []), textOfX(p.x), write(p.y),
        ...(bounded ? [interval(p.low, p.high, write)] : []), ...(counted ? [number(p.n, 0)] : []),
      ])),
    },
  });
}

/** Round numbers; of days some of those that have a point. */
function xTicks(points, [low, high], most, time) {
  if (!time) return ticks(low, high, most);
  const days = [...new Set(points.map((p) => p.x))].sort((a, b) => a - b);
  return thinned(days.length, most).map((index) => days[index]);
}

function drawn(points, index, x, y, { steps }) {
  const css = `series-${index % 6}`;
  const bounded = points.filter((p) => Number.isFinite(p.low) && Number.isFinite(p.high));
  const parts = [];
  if (bounded.length > 1) {
    const upper = corners(bounded.map((p) => [x(p.x), y(p.high)]), steps);
    const lower = corners(bounded.map((p) => [x(p.x), y(p.low)]), steps).reverse();
    parts.push(s("polygon", { points: joined([...upper, ...lower]), class: `band ${css}` }));
  }
  for (const run of runs(points)) {
    const path = corners(run.map((p) => [x(p.x), y(p.y)]), steps);
    parts.push(s("polyline", { points: joined(path), class: `line ${css}` }));
  }
  const known = points.filter((p) => Number.isFinite(p.y));
  // Many points carry the mark of their series at the ends alone.
  const marked = known.length > 40 || steps ? [known[0], known.at(-1)] : known;
  parts.push(...marked.filter(Boolean).map((p) => mark(x(p.x), y(p.y), index, 3.5)));
  return parts;
}

function runs(points) {
  const found = [[]];
  for (const point of points) {
    if (Number.isFinite(point.y)) found.at(-1).push(point);
    else if (found.at(-1).length) found.push([]);
  }
  return found.filter((run) => run.length > 0);
}

function corners(path, steps) {
  if (!steps) return path;
  return path.flatMap(([px, py], index) => (index === 0 ? [[px, py]] : [[px, path[index - 1][1]], [px, py]]));
}

const joined = (path) => path.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ");
