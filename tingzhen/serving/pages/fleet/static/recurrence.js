// How often a fault comes back after a confirmed repair.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { day } from "../shell/charts/format.js";
import { intervalChart } from "../shell/charts/intervals.js";
import { lineChart } from "../shell/charts/lines.js";
import { fillFilters } from "./filters.js";
import { card, cases, file, limits, share, show } from "./page.js";

const MOST = 15;

show(async () => {
  const [fleet, found] = await Promise.all([cases(), get(`/v1/fleet/recurrence?${limits()}`)]);
  fillFilters(fleet.choices);
  if (found.overall.repairs === 0) {
    return h("p", { class: "card" }, t("fleet.recurrence.none", { unknown: number(found.without_vehicle) }));
  }
  return [headline(found), curve(found), groups(found), about(found)];
});

function headline(found) {
  const { overall } = found;
  const days = number(found.within_days);
  const same = t("fleet.recurrence.with." + found.same);
  const said = Number.isFinite(overall.share)
    ? t("fleet.recurrence.said", { same, days, share: share(overall.share), low: share(overall.low), high: share(overall.high) })
    : t("fleet.recurrence.too_short", { days });
  return [
    h("p", { class: "headline" }, said, found.within_km === null ? null : ` ${t("fleet.recurrence.said_km", { km: number(found.within_km) })}`),
    h("p", { class: "hint" }, t("fleet.recurrence.of", { repairs: number(overall.repairs), vehicles: number(overall.vehicles) }), " ",
      t("fleet.recurrence.followed", { day: day(found.followed_to), watched: number(overall.watched), days })),
  ];
}

function curve(found) {
  const title = t("fleet.recurrence.curve");
  const points = found.curve.map((one) => ({ x: one.day, y: one.share, low: one.low, high: one.high, n: one.at_risk }));
  return card(title, lineChart({
    title: t("fleet.recurrence.share"), description: t("fleet.recurrence.curve_about"), note: t("fleet.recurrence.curve_about"), steps: true,
    series: [{ name: t("fleet.recurrence.share"), points }], xName: t("fleet.recurrence.days"), write: share,
    empty: t("fleet.empty"),
  }), file(`/v1/fleet/recurrence?${limits({ table: "curve" })}`, title));
}

function groups(found) {
  const title = t("fleet.recurrence.groups", { by: t("fleet.by." + found.by) });
  const shown = found.groups.filter((one) => Number.isFinite(one.share)).slice(0, MOST);
  const rows = shown.map((one) => ({ name: one.name, value: one.share, low: one.low, high: one.high, n: one.repairs }));
  return card(title, intervalChart({
    title: t("fleet.recurrence.share"), description: t("fleet.recurrence.groups_about"), note: t("fleet.recurrence.groups_about"), rows,
    reference: found.overall.share, write: share, nameOf: t("fleet.by." + found.by), empty: t("fleet.recurrence.groups_none"),
  }), table(found, title), file(`/v1/fleet/recurrence?${limits()}`, title));
}

function table(found, title) {
  const heads = [t("fleet.by." + found.by), t("fleet.recurrence.repairs"), t("fleet.overview.vehicles"), t("fleet.recurrence.returns"), t("fleet.recurrence.watched"), t("fleet.recurrence.share"), t("fleet.interval")];
  const row = (one) => h("tr", {}, h("th", { scope: "row" }, one.name),
    [number(one.repairs), number(one.vehicles), number(one.returns), number(one.watched), share(one.share),
      one.low === null ? "–" : `${share(one.low)} – ${share(one.high)}`].map((text) => h("td", { class: "number" }, text)));
  return h("details", {}, h("summary", {}, t("fleet.recurrence.all_groups", { n: number(found.groups.length) })),
    h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": title }, h("table", {},
      h("thead", {}, h("tr", {}, heads.map((name, i) => h("th", { scope: "col", class: i ? "number" : "" }, name)))),
      h("tbody", {}, found.groups.map(row)))));
}

function about(found) {
  const notes = [t("fleet.recurrence.about"), t("fleet.recurrence.limits")];
  if (found.without_vehicle) notes.push(t("fleet.recurrence.unknown_vehicles", { n: number(found.without_vehicle) }));
  if (found.unknown_km) notes.push(t("fleet.recurrence.unknown_km", { n: number(found.unknown_km) }));
  return card(t("fleet.recurrence.about_title"), h("ul", {}, notes.map((one) => h("li", {}, one))));
}
