// A table of counts as shaded cells: what was taken for what, rates by two conditions.

import { number, percent } from "./format.js";
import { figure, nothing } from "./frame.js";
import { labelWidth } from "./axes.js";
import { fitted, label, s } from "./svg.js";
import { t } from "../texts.js";

/** rows, columns: names; values: one list a row, of counts. A cell is as dark as its share of its
 * row, and its number stands in it. rowName, columnName: what rows and columns are. */
export function matrixChart({
  title, description, note = "", rows, columns, values, rowName = "", columnName = "", empty,
}) {
  const totals = values.map((row) => row.reduce((sum, value) => sum + value, 0));
  if (!totals.some((total) => total > 0)) return nothing(title, empty ?? t("shell.chart.empty"));
  const draw = (width) => {
    const names = Math.min(width * 0.3, labelWidth(rows) + 10);
    const longest = Math.min(110, labelWidth(columns));
    const upright = (width - names - 8) / columns.length;
    const slanted = longest > Math.min(72, upright) - 6;
    // Slanted names stand out to the right of the last column.
    const side = Math.min(72, slanted ? (width - names - 8 - longest * 0.6) / columns.length : upright);
    const tall = Math.max(28, Math.min(44, side));
    const head = 22 + (slanted ? longest * 0.72 + 12 : 18);
    const body = [
      label(names, 14, rowName ? `${rowName} ↓  ${columnName} →` : "", { css: "axis-name" }),
      columns.map((name, i) => columnHead(name, names + (i + 0.5) * side, head - 6, slanted)),
      rows.map((name, r) => [
        label(names - 6, head + (r + 0.5) * tall + 4, fitted(name, names - 6), {
          anchor: "end", css: "row-name", whole: name,
        }),
        columns.map((column, c) =>
          cell({ name, column, value: values[r][c], total: totals[r] }, {
            x: names + c * side, y: head + r * tall, width: side, height: tall,
          })),
      ]),
    ];
    return { body, height: head + rows.length * tall + 6 };
  };
  return figure({
    title, description, note, draw,
    table: {
      columns: [rowName || t("shell.chart.at"), ...columns, "n"],
      rows: rows.map((name, r) => [name, ...values[r].map((v) => number(v, 1)), number(totals[r], 1)]),
    },
  });
}

function columnHead(name, x, y, slanted) {
  if (!slanted) return label(x, y, name, { anchor: "middle", css: "tick" });
  const text = label(x, y, fitted(name, 110), { css: "tick", whole: name });
  text.setAttribute("transform", `rotate(-46 ${x} ${y})`);
  return text;
}

function cell({ name, column, value, total }, { x, y, width, height }) {
  const share = total > 0 ? value / total : 0;
  const shade = Math.min(10, Math.ceil(share * 10));
  const box = s(
    "g", {},
    s("rect", { x: x + 1, y: y + 1, width: width - 2, height: height - 2, class: `cell shade-${shade}` }),
    label(x + width / 2, y + height / 2 + 4, value ? number(value, width < 34 ? 0 : 1) : "·", {
      anchor: "middle", css: share > 0.5 ? "cell-number on-dark" : "cell-number",
    }),
  );
  box.append(s("title", {}, `${name} → ${column}: ${number(value, 1)} (${percent(share)})`));
  return box;
}
