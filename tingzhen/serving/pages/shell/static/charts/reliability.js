// Reliability diagram: of what was called so probable, how much was so (Murphy and Winkler 1977).

import { labelWidth, xAxis, yAxis } from "./axes.js";
import { number, percent } from "./format.js";
import { figure, nothing } from "./frame.js";
import { linear, ticks } from "./scale.js";
import { s } from "./svg.js";
import { t } from "../texts.js";

/** bins: [{from, to, confidence, accuracy, n}]: mean probability said, share that was right, and of
 * how many. A point's area is its n; the diagonal is where both are equal. */
export function reliabilityChart({ title, description, note = "", bins, height = 300, empty }) {
  const known = bins.filter((bin) => bin.n > 0);
  if (known.length === 0) return nothing(title, empty ?? t("shell.chart.empty"));
  const most = Math.max(...known.map((bin) => bin.n));
  const draw = (width) => {
    const values = ticks(0, 1, 5);
    const area = {
      left: 14 + labelWidth(["100%"]), right: Math.min(width - 14, height + 120), top: 26,
      bottom: height - 42,
    };
    const x = linear([0, 1], [area.left, area.right]);
    const y = linear([0, 1], [area.bottom, area.top]);
    const body = [
      yAxis(area, y, values, { name: t("shell.chart.was_right"), write: percent }),
      xAxis(area, values.map((v) => [x(v), percent(v)]), { name: t("shell.chart.was_said") }),
      s("line", { x1: x(0), y1: y(0), x2: x(1), y2: y(1), class: "limit" }),
      s("polyline", {
        points: known.map((b) => `${x(b.confidence)},${y(b.accuracy)}`).join(" "),
        class: "line series-0",
      }),
      known.map((bin) => point(bin, x, y, most)),
    ];
    return { body, height };
  };
  return figure({
    title, description, note, draw,
    table: {
      columns: [t("shell.chart.bin"), t("shell.chart.was_said"), t("shell.chart.was_right"), "n"],
      rows: known.map((bin) => [
        `${percent(bin.from)} – ${percent(bin.to)}`, percent(bin.confidence, 1),
        percent(bin.accuracy, 1), number(bin.n, 0),
      ]),
    },
  });
}

function point(bin, x, y, most) {
  const dot = s("circle", {
    cx: x(bin.confidence), cy: y(bin.accuracy), r: 3 + 8 * Math.sqrt(bin.n / most),
    class: "mark see-through series-0",
  });
  const said = `${percent(bin.confidence, 1)} → ${percent(bin.accuracy, 1)}, n=${number(bin.n, 0)}`;
  dot.append(s("title", {}, said));
  return dot;
}
