// Columns over days or classes: what came in, distributions; stacked, or side by side.

import { labelWidth, xAxis, yAxis } from "./axes.js";
import { number } from "./format.js";
import { figure, nothing } from "./frame.js";
import { linear, places, range, thinned, ticks } from "./scale.js";
import { s } from "./svg.js";
import { t } from "../texts.js";

/** names: of the places, left to right. series: [{name, values: [number or null]}], one value a
 * place. stacked: on top of each other, else side by side. write: numbers as text. */
export function columnChart({
  title, description, note = "", names, series, xName = "", yName = "", stacked = true,
  write = (value) => number(value, 2), height = 240, empty,
}) {
  const values = series.flatMap((one) => one.values);
  if (names.length === 0 || !values.some((value) => value > 0)) {
    return nothing(title, empty ?? t("shell.chart.empty"));
  }
  const heights = stacked
    ? names.map((_, i) => series.reduce((sum, one) => sum + (one.values[i] ?? 0), 0))
    : values;
  const ys = range(heights, { zero: true });
  const draw = (width) => {
    const at = ticks(ys[0], ys[1], 5).filter((v) => !whole(heights) || Number.isInteger(v));
    const area = {
      left: 14 + labelWidth(at.map((v) => write(v))), right: width - 8, top: yName ? 26 : 12,
      bottom: height - (xName ? 42 : 26),
    };
    const y = linear(ys, [area.bottom, area.top]);
    const { width: room, middle } = places(names.length, [area.left, area.right]);
    const longest = labelWidth(names) + 12;
    const labelled = thinned(names.length, (area.right - area.left) / longest);
    const body = [
      yAxis(area, y, at, { name: yName, write }),
      names.map((name, i) => column(name, series, i, { middle: middle(i), room, y, stacked, write })),
      xAxis(area, labelled.map((i) => [middle(i), names[i]]), { name: xName }),
    ];
    return { body, height };
  };
  return figure({
    title, description, note, draw, legend: series.map((one) => one.name),
    table: {
      columns: [xName || t("shell.chart.at"), ...series.map((one) => one.name)],
      rows: names.map((name, i) => [name, ...series.map((one) => write(one.values[i]))]),
    },
  });
}

function column(name, series, i, { middle, room, y, stacked, write }) {
  const wide = Math.max(1, Math.min(48, room * 0.78));
  const each = stacked ? wide : wide / series.length;
  let below = 0;
  return series.map((one, index) => {
    const value = one.values[i] ?? 0;
    if (value <= 0) return null;
    const from = stacked ? below : 0;
    below += value;
    const bar = s("rect", {
      x: stacked ? middle - wide / 2 : middle - wide / 2 + index * each,
      y: y(from + value), width: Math.max(0.5, each - (stacked ? 0 : 1)),
      height: Math.max(0.5, y(from) - y(from + value)), class: `bar series-${index % 6}`,
    });
    bar.append(s("title", {}, `${name} · ${one.name}: ${write(value)}`));
    return bar;
  });
}

const whole = (values) => values.every((value) => value === null || Number.isInteger(value));
