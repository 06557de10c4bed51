// One bar a row, with its interval where there is one: counts and shares by type, source, model.

import { labelWidth, xAxis } from "./axes.js";
import { interval, number } from "./format.js";
import { figure, nothing } from "./frame.js";
import { linear, range, ticks } from "./scale.js";
import { fitted, label, s } from "./svg.js";
import { t } from "../texts.js";

const ROW_PX = 30;

/** rows: [{name, value, low?, high?, n?}], drawn in their order. max: right end of the axis, else of
 * the data. write: numbers as text. nameOf: what a row is, head of the table's first column. */
export function barChart({
  title, description, note = "", rows, xName = "", max = null, write = number, nameOf = "", empty,
}) {
  if (rows.length === 0) return nothing(title, empty ?? t("shell.chart.empty"));
  const xs = [0, max ?? range(rows.flatMap((r) => [r.value, r.high ?? null]), { zero: true })[1]];
  const bounded = rows.some((row) => Number.isFinite(row.low));
  const counted = rows.some((row) => Number.isFinite(row.n));
  const draw = (width) => {
    const names = Math.min(width * 0.42, labelWidth(rows.map((row) => row.name)) + 8);
    const said = rows.map((row) => written(row, write, counted));
    const area = {
      left: names + 6, right: width - labelWidth(said) - 12, top: 4, bottom: 8 + rows.length * ROW_PX,
    };
    const x = linear(xs, [area.left, area.right]);
    const most = Math.max(2, Math.floor((area.right - area.left) / 60));
    const body = [
      rows.map((row, i) => bar(row, said[i], x, { area, names, middle: 4 + (i + 0.5) * ROW_PX })),
      xAxis(area, ticks(xs[0], xs[1], most).map((v) => [x(v), write(v)]), { name: xName }),
    ];
    return { body, height: area.bottom + (xName ? 42 : 26) };
  };
  return figure({
    title, description, note, draw,
    table: {
      columns: [
        nameOf || t("shell.chart.at"), xName || t("shell.chart.value"),
        ...(bounded ? [t("shell.chart.interval")] : []), ...(counted ? ["n"] : []),
      ],
      rows: rows.map((row) => [
        row.name, write(row.value), ...(bounded ? [interval(row.low, row.high, write)] : []),
        ...(counted ? [number(row.n, 0)] : []),
      ]),
    },
  });
}

function bar(row, said, x, { area, names, middle }) {
  const value = Number.isFinite(row.value) ? row.value : 0;
  return [
    label(names, middle + 4, fitted(row.name, names), { anchor: "end", css: "row-name", whole: row.name }),
    s("rect", {
      x: area.left, y: middle - 8, width: Math.max(0, x(value) - area.left), height: 16,
      class: "bar series-0",
    }),
    Number.isFinite(row.low) && Number.isFinite(row.high)
      ? whisker(x(row.low), x(row.high), middle)
      : null,
    label(area.right + 8, middle + 4, said, { css: "row-value" }),
  ];
}

function whisker(low, high, y) {
  const path = `M${low} ${y - 4}V${y + 4}M${low} ${y}H${high}M${high} ${y - 4}V${y + 4}`;
  return s("path", { d: path, class: "whisker" });
}

const written = (row, write, counted) =>
  counted && Number.isFinite(row.n) ? `${write(row.value)} (n=${number(row.n, 0)})` : write(row.value);
