// What all charts share: the figure with its name, the plot that fits its place, a legend, and the
// same numbers as a table.

import { h } from "../dom.js";
import { t } from "../texts.js";
import { mark, s } from "./svg.js";

let made = 0;

/** A figure.
 *
 * title, description: name of the chart, and what it shows in a sentence. note: small print below,
 * such as how many clips it is of (n) and what the interval is. draw(width): SVG elements and the
 * height {body, height} in px for a place of that width. legend: names of series, in their order.
 * table: {columns: [text], rows: [[text or number]]}. */
export function figure({ title, description, note = "", draw, legend = [], table }) {
  made += 1;
  const key = `chart-${made}`;
  const plot = h("div", { class: "chart-plot" });
  let shown = 0;
  const redraw = () => {
    const width = Math.floor(plot.clientWidth);
    if (width === 0 || width === shown) return;
    shown = width;
    const { body, height } = draw(width);
    plot.replaceChildren(
      s(
        "svg",
        {
          viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
          "aria-labelledby": `${key}-t ${key}-d`,
        },
        s("title", { id: `${key}-t` }, title),
        s("desc", { id: `${key}-d` }, description),
        body,
      ),
    );
  };
  new ResizeObserver(redraw).observe(plot);
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, title),
    legend.length > 1 ? legendOf(legend) : null,
    plot,
    note ? h("p", { class: "chart-note" }, note) : null,
    h("details", { class: "chart-table" }, h("summary", {}, t("shell.chart.as_table")), tableOf(title, table)),
  );
}

/** What stands in place of a chart without numbers. why: in a sentence. */
export function nothing(title, why) {
  return h(
    "figure", { class: "chart" }, h("figcaption", {}, title), h("p", { class: "chart-none" }, why),
  );
}

/** A table of a chart's numbers. */
export function tableOf(caption, { columns, rows }) {
  const cell = (value, index) =>
    index === 0
      ? h("th", { scope: "row" }, String(value))
      : h("td", { class: /^[\d−–-]/.test(String(value)) ? "number" : "" }, String(value));
  return h(
    "div",
    { class: "table-scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map(cell)))),
    ),
  );
}

function legendOf(names) {
  return h(
    "ul",
    { class: "chart-legend" },
    ...names.map((name, series) => {
      const sign = s("svg", { viewBox: "0 0 14 14", width: 14, height: 14, "aria-hidden": "true" });
      sign.append(mark(7, 7, series, 4.5));
      return h("li", {}, sign, name);
    }),
  );
}
