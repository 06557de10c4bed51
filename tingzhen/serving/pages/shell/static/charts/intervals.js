// Estimates with their intervals against a value that means "no difference" (a forest plot).

import { labelWidth, xAxis } from "./axes.js";
import { interval, number } from "./format.js";
import { figure, nothing } from "./frame.js";
import { linear, logarithmic, range, ratioTicks, ticks } from "./scale.js";
import { fitted, label, mark, s } from "./svg.js";
import { t } from "../texts.js";

const ROW_PX = 30;

/** rows: [{name, value, low, high, n?}]. reference: where nothing differs, such as 1 for a ratio.
 * ratio: equal factors are drawn equally far apart. */
export function intervalChart({
  title, description, note = "", rows, reference = null, ratio = false, xName = "", write = number,
  nameOf = "", empty,
}) {
  const known = rows.filter((row) => Number.isFinite(row.value));
  if (known.length === 0) return nothing(title, empty ?? t("shell.chart.empty"));
  const all = known.flatMap((row) => [row.value, row.low ?? null, row.high ?? null]);
  const xs = spread(range([...all, reference], { zero: false }), ratio);
  const counted = rows.some((row) => Number.isFinite(row.n));
  const draw = (width) => {
    const names = Math.min(width * 0.42, labelWidth(rows.map((row) => row.name)) + 8);
    const said = rows.map((row) => write(row.value));
    const area = {
      left: names + 12, right: width - labelWidth(said) - 12, top: 4, bottom: 8 + rows.length * ROW_PX,
    };
    const x = (ratio ? logarithmic : linear)(xs, [area.left, area.right]);
    const most = Math.max(2, Math.floor((area.right - area.left) / 60));
    const at = (ratio ? ratioTicks : ticks)(xs[0], xs[1], most);
    const body = [
      reference === null ? null : s("line", {
        x1: x(reference), x2: x(reference), y1: area.top, y2: area.bottom, class: "limit",
      }),
      rows.map((row, i) => drawn(row, said[i], x, { area, names, middle: 4 + (i + 0.5) * ROW_PX })),
      xAxis(area, at.map((v) => [x(v), write(v)]), { name: xName }),
    ];
    return { body, height: area.bottom + (xName ? 42 : 26) };
  };
  return figure({
    title, description, note, draw,
    table: {
      columns: [
        nameOf || t("shell.chart.at"), xName || t("shell.chart.value"), t("shell.chart.interval"),
        ...(counted ? ["n"] : []),
      ],
      rows: rows.map((row) => [
        row.name, write(row.value), interval(row.low, row.high, write),
        ...(counted ? [number(row.n, 0)] : []),
      ]),
    },
  });
}

function drawn(row, said, x, { area, names, middle }) {
  const parts = [
    label(names, middle + 4, fitted(row.name, names), { anchor: "end", css: "row-name", whole: row.name }),
    label(area.right + 8, middle + 4, said, { css: "row-value" }),
  ];
  if (Number.isFinite(row.low) && Number.isFinite(row.high)) {
    parts.push(s("line", {
      x1: Math.max(area.left, x(row.low)), x2: Math.min(area.right, x(row.high)), y1: middle,
      y2: middle, class: "whisker",
    }));
  }
  if (Number.isFinite(row.value)) parts.push(mark(x(row.value), middle, 0, 5));
  return parts;
}

function spread([low, high], ratio) {
  if (ratio) return [Math.max(low, 1e-3) / 1.15, high * 1.15];
  const room = (high - low) * 0.06;
  return [low - room, high + room];
}
