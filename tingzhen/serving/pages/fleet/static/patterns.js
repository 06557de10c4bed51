// Patterns that were found: confirmed ones, those that something else explains, and the rest.

import { get } from "../shell/api.js";
import { by, h, put } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { day } from "../shell/charts/format.js";
import { fillFilters } from "./filters.js";
import { cases, limits, show, tellKind } from "./page.js";
import { patternCard } from "./pattern_card.js";

show(async () => {
  // The choices come at once; a first search over many cases takes half a minute.
  put(by("content"), h("p", { class: "notice", role: "status" }, t("fleet.patterns.searching")));
  const [fleet, found] = await Promise.all([
    cases().then((known) => { fillFilters(known.choices); return known; }), get(`/v1/patterns?${limits()}`),
  ]);
  tellKind(found.population);
  if (fleet.population.of === 0 || found.population.cases === 0) return h("p", { class: "card" }, t("fleet.overview.none"));
  const { population } = found;
  return [
    h("p", { class: "headline" }, found.confirmed.length ? t("fleet.patterns.said", { n: number(found.confirmed.length) }) : t("fleet.patterns.none")),
    h("p", { class: "hint" }, t("fleet.patterns.of", {
      cases: number(population.cases), searched: number(population.searched.length), first: day(population.first), last: day(population.last),
    })),
    found.confirmed.map((one) => patternCard(one, "confirmed")),
    more("explained", found.explained), more("not_confirmed", found.not_confirmed),
    h("p", { class: "hint" }, t("fleet.patterns.about")),
  ];
});

function more(status, patterns) {
  if (!patterns.length) return null;
  return h("details", { class: "card" },
    h("summary", {}, t("fleet.patterns.more." + status, { n: number(patterns.length) })),
    h("p", { class: "hint" }, t("fleet.patterns.more_about." + status)),
    patterns.map((one) => patternCard(one, status)));
}
