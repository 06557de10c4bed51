// The marks that a bundle was measured against before it was added.

import { h } from "../shell/dom.js";
import { t } from "../shell/texts.js";
import { interval, number } from "../shell/charts/format.js";
import { card } from "./page.js";

/** marks: [{name, comparison, limit, figure: {value, low, high, n}, verdict}] of an evaluation; the
 * names are as the evaluation has them, in English. */
export function marksTable(marks) {
  if (!marks.length) return null;
  return card(t("lab.model.marks"),
    h("p", { class: "hint" }, t("lab.model.marks_about")),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("lab.model.marks") }, h("table", {},
      h("thead", {}, h("tr", {}, ["lab.model.mark", "lab.model.wanted", "lab.model.measured", "lab.model.interval", "lab.model.n", "lab.model.met"]
        .map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", {}, marks.map(row)))));
}

function row(mark) {
  const figure = mark.figure ?? {};
  const met = mark.verdict === "met";
  return h("tr", {},
    h("th", { scope: "row", lang: "en" }, mark.name),
    h("td", { class: "number" }, `${mark.comparison ?? ""} ${number(mark.limit, 3)}`),
    h("td", { class: "number" }, number(figure.value, 3)),
    h("td", { class: "number" }, interval(figure.low, figure.high, (value) => number(value, 3))),
    h("td", { class: "number" }, number(figure.n, 0)),
    h("td", {}, h("span", { class: met ? "badge good" : "badge warn" }, met ? t("lab.model.yes") : mark.verdict === "not met" ? t("lab.model.no") : mark.verdict)));
}
