// Which cases there are, the most frequent faults, and how much comes back.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { barChart } from "../shell/charts/bars.js";
import { columnChart } from "../shell/charts/columns.js";
import { day } from "../shell/charts/format.js";
import { fillFilters } from "./filters.js";
import { measureOf, whyNoRates } from "./measures.js";
import { card, cases, file, here, limits, share, show } from "./page.js";

const MOST = 12;

show(async () => {
  const [fleet, faults, months, returns] = await Promise.all([
    cases(), get(`/v1/fleet/faults?${limits({ by: "fault" })}`),
    get(`/v1/fleet/faults?${limits({ by: "month" })}`),
    get(`/v1/fleet/recurrence?${limits({ by: "fault" })}`),
  ]);
  fillFilters(fleet.choices);
  const { population } = fleet;
  if (population.of === 0) return h("p", { class: "card" }, t("fleet.overview.none"));
  return [
    figures(population),
    h("div", { class: "grid wide" }, most(faults), over(months), back(returns), h("section", { class: "card" },
      h("h2", {}, t("fleet.patterns.title")), h("p", {}, t("fleet.overview.patterns_about")),
      h("p", {}, h("a", { class: "button", href: here({}, "/fleet/patterns") }, t("fleet.overview.patterns_go"))))),
  ];
});

const buttons = (...children) => h("div", { class: "row" }, children);

function figures(population) {
  const one = (value, what) => h("div", { class: "card figure" }, h("strong", {}, value), h("span", {}, what));
  return [
    h("div", { class: "figures" }, one(number(population.cases), t("fleet.overview.cases")),
      one(number(population.open), t("fleet.overview.open")), one(number(population.vehicles), t("fleet.overview.vehicles")),
      one(number(population.workshops), t("fleet.overview.workshops"))),
    population.first ? h("p", { class: "hint" }, t("fleet.overview.period", { first: day(population.first), last: day(population.last) })) : null,
  ];
}

function most(found) {
  const measure = measureOf(found);
  const rows = found.rows.slice(0, MOST).map((row) => ({ name: row.name, ...measure.of(row) }));
  return card(t("fleet.overview.most"), barChart({
    title: measure.name, description: measure.about, note: measure.about, rows, write: measure.write,
    nameOf: t("fleet.by.fault"), empty: t("fleet.empty"),
  }), whyNoRates(found), buttons(h("a", { class: "button", href: here({}, "/fleet/faults") }, t("fleet.overview.faults_go")),
    file(`/v1/fleet/faults?${limits({ by: "fault" })}`, t("fleet.overview.most"))));
}

function over(found) {
  return card(t("fleet.overview.over"), columnChart({
    title: t("fleet.measure.count"), description: t("fleet.measure.count_about"), names: found.rows.map((row) => row.name),
    series: [{ name: t("fleet.measure.count"), values: found.rows.map((row) => row.cases) }],
    xName: t("fleet.by.month"), write: (value) => number(value), empty: t("fleet.empty"),
  }), file(`/v1/fleet/faults?${limits({ by: "month" })}`, t("fleet.overview.over")));
}

function back(found) {
  const { overall } = found;
  const known = Number.isFinite(overall.share);
  return card(t("fleet.recurrence.title"),
    h("p", { class: "headline" }, known
      ? t("fleet.overview.back", { share: share(overall.share), low: share(overall.low), high: share(overall.high), days: number(found.within_days) })
      : t("fleet.recurrence.too_short", { days: number(found.within_days) })),
    h("p", { class: "hint" }, t("fleet.recurrence.of", { repairs: number(overall.repairs), vehicles: number(overall.vehicles) })),
    h("p", {}, h("a", { class: "button", href: here({}, "/fleet/recurrence") }, t("fleet.overview.recurrence_go"))));
}
