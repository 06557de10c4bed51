// One pattern: its sentence, and when it is opened what it rests on and whom it concerns.

import { get } from "../shell/api.js";
import { h, put } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { intervalChart } from "../shell/charts/intervals.js";
import { file, limits, share } from "./page.js";
import { vehiclesTable } from "./vehicles.js";

const times = (value) => t("fleet.patterns.times", { n: number(value, value < 10 ? 1 : 0) });

export function patternCard(pattern, status) {
  const place = h("div", { class: "stack" });
  const opened = h("details", {}, h("summary", {}, t("fleet.patterns.open"), h("span", { class: "visually-hidden" }, ` ${pattern.name}`)), place);
  opened.addEventListener("toggle", () => {
    if (opened.open && !place.childElementCount) fill(pattern, place);
  });
  return h(status === "confirmed" ? "section" : "div", { class: status === "confirmed" ? "card pattern" : "pattern" },
    h("h3", {}, pattern.name), h("p", { class: "sentence" }, pattern.sentence),
    h("p", { class: "row" }, h("span", { class: `badge ${status === "confirmed" ? "good" : ""}` }, t("fleet.patterns.is." + status)),
      status === "confirmed" ? h("span", { class: "badge" }, t("fleet.patterns.found_by." + pattern.found_by)) : null),
    opened);
}

async function fill(pattern, place) {
  put(place, h("p", { class: "hint", role: "status" }, t("fleet.loading")));
  try {
    const path = `/v1/patterns/${pattern.id}`;
    const [one, vehicles] = await Promise.all([get(`${path}?${limits()}`), get(`${path}/vehicles?${limits()}`)]);
    put(place, h("div", { class: "grid wide" }, one.shares.map((along) => shares(one, along)), ratios(one)),
      h("h4", {}, t("fleet.patterns.vehicles", { n: number(vehicles.total) })),
      h("p", { class: "hint" }, t("fleet.patterns.vehicles_about")),
      vehiclesTable(vehicles, pattern.name), file(`${path}/vehicles?${limits()}`, pattern.name));
  } catch (problem) {
    put(place, h("p", { class: "notice bad", role: "alert" }, problem.message));
    if (problem.status === undefined) throw problem;
  }
}

function shares(pattern, along) {
  const outside = pattern.crude.outside_faults / pattern.crude.outside_cases;
  const rows = along.bars.map((bar) => ({
    name: `${bar.inside ? "▸ " : ""}${bar.name ?? rangeName(bar, along)}`, value: bar.share, low: bar.low, high: bar.high, n: bar.cases,
  }));
  return intervalChart({
    title: along.title, description: t("fleet.patterns.shares_about", { outside: share(outside) }),
    note: t("fleet.patterns.shares_about", { outside: share(outside) }), rows, reference: outside,
    xName: t("fleet.measure.share"), write: share, nameOf: along.title,
  });
}

function rangeName(bar, along) {
  const plain = along.attribute === "year" ? String : (value) => number(value, 1);
  return `${plain(bar.from)} – ${plain(bar.to)}`;
}

function ratios(pattern) {
  const row = (name, lift) => ({ name, value: lift.ratio, low: lift.low, high: lift.high, n: lift.inside_cases });
  const rows = [
    row(t("fleet.patterns.lift"), pattern.lift), row(t("fleet.patterns.crude"), pattern.crude),
    ...(pattern.rate ? [row(t("fleet.patterns.rate"), pattern.rate)] : []),
    ...Object.entries(pattern.within).map(([key, lift]) => row(within(key), lift)),
    ...pattern.over_member.map(({ part, lift }) => row(t("fleet.patterns.over", { part: part.text }), lift)),
    row(t("fleet.patterns.early"), pattern.early), row(t("fleet.patterns.late"), pattern.late),
  ].filter((one) => Number.isFinite(one.value));
  return intervalChart({
    title: t("fleet.patterns.ratios"), description: t("fleet.patterns.ratios_about"), note: t("fleet.patterns.ratios_about"), rows,
    reference: 1, ratio: true, xName: t("fleet.patterns.lift_name"), write: times, nameOf: t("fleet.patterns.compared"),
  });
}

const within = (key) => t("fleet.patterns.within", { attribute: t("fleet.attribute." + key) });
