// Beside the screen: what is still to come, how sure it is by now, what was done, which parts.

import { h } from "../../shell/dom.js";
import { number, percent, t } from "../../shell/texts.js";
import { likely } from "../words.js";

export function aside(session, parts) {
  return h("aside", { class: "stack", "aria-label": t("bay.guide.aside") },
    left(session), causes(session), partsList(parts), done(session));
}

function left(session) {
  const range = ({ expected, low, high }) => t("bay.guide.range", { expected: number(expected), low: number(low), high: number(high) });
  const rows = [];
  if (session.left) {
    rows.push([t("bay.guide.minutes_left"), range(session.left.minutes)], [t("bay.guide.cny_left"), range(session.left.cny)],
      [t("bay.guide.solved"), percent(session.left.solved)]);
  }
  rows.push([t("bay.guide.spent"), t("bay.guide.cost", { minutes: number(session.spent.minutes), cny: number(session.spent.cny) })]);
  return h("section", { class: "card" }, h("h2", {}, t("bay.guide.left")),
    h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
}

function causes(session) {
  return h("section", { class: "card" }, h("h2", {}, t("bay.guide.causes")),
    h("ul", { class: "types" }, session.causes.map((cause) => h("li", {},
      h("span", {}, cause.name, " ", cause.dangerous && h("span", { class: "badge bad" }, t("bay.severity.dangerous"))), likely(cause.probability)))));
}

export function partsList(parts) {
  return h("section", { class: "card", id: "parts" }, h("h2", {}, t("bay.parts.title")),
    parts.length === 0 ? h("p", { class: "hint" }, t("bay.parts.none")) : parts.map((repair) => [
      h("h3", {}, repair.name, " ", h("span", { class: "badge" }, t(`bay.parts.${repair.state}`))),
      repair.parts.length ? h("ul", {}, repair.parts.map((part) => h("li", {}, part))) : h("p", { class: "hint" }, t("bay.parts.no_parts")),
      h("p", { class: "hint" }, t("bay.guide.cost", { minutes: number(repair.minutes), cny: number(repair.cny) })),
    ]));
}

function done(session) {
  if (!session.steps.length) return null;
  return h("section", { class: "card" }, h("h2", {}, t("bay.guide.done")),
    h("ol", {}, session.steps.map((step) => h("li", {}, step.text))));
}
