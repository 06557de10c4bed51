// What the machine and people have said of a clip: the first types, corrections, the other version.

import { h } from "../shell/dom.js";
import { percent, t } from "../shell/texts.js";
import { day } from "../shell/charts/format.js";
import { kindName, sourceName, typeName, verdictName } from "./names.js";
import { generatedMark } from "./page.js";

const SHOWN = 4;

/** clip: of /v1/lab/clips/{id}. names: of the task's types. */
export function machineSaid(clip, task, names) {
  const one = clip[task];
  const vehicle = [clip.vehicle.make, clip.vehicle.model, clip.vehicle.year].filter(Boolean).join(" ");
  return h("div", {},
    h("div", { class: "row" },
      h("span", { class: "badge" }, verdictName(one.verdict)), generatedMark(clip),
      h("span", {}, day(clip.day)), h("span", {}, kindName(clip.kind)), h("span", {}, sourceName(clip.source)),
      vehicle ? h("span", {}, vehicle) : null),
    h("p", { class: "said" }, h("b", {}, t("lab.clip.machine", { version: one.version })), " ",
      one.types.slice(0, SHOWN).map((type) => `${type.name} ${percent(type.probability)}`).join(" · ")),
    clip.quality_facts.length ? h("p", { class: "hint" }, clip.quality_facts.map((fact) => fact.message).join(" ")) : null,
    people(clip, task, names), other(clip, task, names),
    clip.confirmed_fault ? h("p", { class: "said" }, h("b", {}, t("lab.clip.confirmed")), ` ${clip.confirmed_fault === "none_of_these" ? t("lab.clip.no_fault") : clip.confirmed_fault}`) : null);
}

function people(clip, task, names) {
  const own = clip.corrections.filter((one) => one.task === task);
  if (!own.length) return null;
  return h("div", {}, h("b", {}, t("lab.clip.corrections")),
    h("ul", {}, own.map((one) => h("li", {}, correction(one, names)))));
}

function correction(one, names) {
  const name = (type) => (type ? typeName(names, type) : t("lab.clip.nothing"));
  if (one.kind === "wrong_label") return t("lab.correction.wrong_label", { type: name(one.type), instead: name(one.instead) });
  if (one.kind === "missed_noise") return t("lab.correction.missed_noise", { type: name(one.type), start: one.start_s, end: one.end_s });
  if (one.kind === "damage_box") return t("lab.correction.damage_box", { type: name(one.type), frame: one.frame });
  return t("lab.correction.nothing_there");
}

function other(clip, task, names) {
  return clip.compared.filter((one) => one.task === task).map((one) => h("p", { class: "said" },
    h("b", {}, t("lab.clip.shadow", { version: one.shadow_version })),
    ` ${verdictName(one.shadow.verdict)} · ${typeName(names, one.shadow.first)} ${percent(one.shadow.probability)}`));
}
