// Faults over time, and by model, model year, region and mileage.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { barChart } from "../shell/charts/bars.js";
import { lineChart } from "../shell/charts/lines.js";
import { fillFilters } from "./filters.js";
import { measureOf, whyNoRates } from "./measures.js";
import { asked, card, cases, file, here, limits, share, show } from "./page.js";

const GROUPS = ["model", "year", "region", "mileage", "powertrain"];
const MOST = 20;

show(async () => {
  const chosen = asked("fault") !== null || asked("system") !== null;
  const [fleet, months, ...groups] = await Promise.all([
    cases(), ...["month", ...GROUPS, "fault"].map((by) => get(`/v1/fleet/faults?${limits({ by })}`)),
  ]);
  fillFilters(fleet.choices);
  const faults = groups.pop();
  if (months.total.cases === 0) return h("p", { class: "card" }, t("fleet.empty"));
  return [
    headline(fleet, months, chosen),
    whyNoRates(months),
    chosen ? h("p", {}, h("a", { class: "button", href: here({ fault: null, system: null }) }, t("fleet.faults.list"))) : list(faults),
    h("div", { class: "grid wide" }, over(months), groups.filter((found) => found.rows.some((row) => row.key !== null)).map(group)),
  ];
});

function headline(fleet, found, chosen) {
  if (!chosen) return h("p", { class: "headline" }, t("fleet.faults.choose"));
  const { total } = found;
  const names = fleet.choices.faults.filter((one) => one.id === asked("fault")).map((one) => one.name);
  names.push(...fleet.choices.systems.filter((one) => one.id === asked("system")).map((one) => one.name));
  const said = {
    fault: names.join(", ") || asked("fault", asked("system")), n: number(total.with_fault), cases: number(total.cases),
    share: share(total.share), low: share(total.low), high: share(total.high),
  };
  return h("p", { class: "headline" }, t("fleet.faults.said", said), total.rate
    ? ` ${t("fleet.faults.said_rate", { rate: number(total.rate.per_1000_vehicle_years, 2), low: number(total.rate.low, 2), high: number(total.rate.high, 2) })}`
    : null);
}

const middle = (month) => Date.parse(`${month}-15T00:00:00Z`);
const monthOf = (value) => new Date(value).toISOString().slice(0, 7);

function over(found) {
  const measure = measureOf(found);
  const points = found.rows.map((row) => {
    const { value, low, high, n } = measure.of(row);
    return { x: middle(row.key), y: value, low, high, n };
  });
  const title = t("fleet.faults.by_month");
  return card(title, lineChart({
    title: measure.name, description: measure.about, note: measure.about, time: true, writeX: monthOf,
    series: [{ name: measure.name, points }], xName: t("fleet.by.month"), write: measure.write,
    empty: t("fleet.empty"),
  }), file(`/v1/fleet/faults?${limits({ by: "month" })}`, title));
}

function group(found) {
  const measure = measureOf(found);
  const rows = found.rows.slice(0, MOST).map((row) => ({ name: row.name, ...measure.of(row) }));
  const title = t("fleet.faults.by." + found.by);
  const left = found.rows.length + found.rows_left_out - rows.length;
  return card(title, barChart({
    title: measure.name, description: measure.about, note: left > 0 ? t("fleet.more_in_file", { n: number(left) }) : "", rows,
    write: measure.write, nameOf: t("fleet.by." + found.by), empty: t("fleet.empty"),
  }), found.without_rates.join() === "table" || found.without_rates.join() === "simulated" ? null : whyNoRates(found),
  file(`/v1/fleet/faults?${limits({ by: found.by })}`, title));
}

function list(found) {
  const rated = found.without_rates.length === 0;
  const title = t("fleet.faults.list");
  const row = (one) => h("tr", {},
    h("th", { scope: "row" }, h("a", { href: here({ fault: one.key, system: null }) }, one.name)),
    h("td", { class: "number" }, number(one.with_fault)), h("td", { class: "number" }, share(one.share)),
    h("td", { class: "number" }, `${share(one.low)} – ${share(one.high)}`),
    rated ? h("td", { class: "number" }, number(one.rate?.per_1000_vehicle_years, 2)) : null);
  const heads = [t("fleet.by.fault"), t("fleet.measure.count"), t("fleet.measure.share"), t("fleet.interval"), ...(rated ? [t("fleet.measure.rate")] : [])];
  return card(title,
    h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": title }, h("table", {},
      h("thead", {}, h("tr", {}, heads.map((name, i) => h("th", { scope: "col", class: i ? "number" : "" }, name)))),
      h("tbody", {}, found.rows.map(row)))),
    file(`/v1/fleet/faults?${limits({ by: "fault" })}`, title));
}
