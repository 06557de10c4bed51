// Names of what stands in reports and records, in the page's language.

import { hasText, t } from "../shell/texts.js";

const named = (beginning, word) => {
  if (word === null || word === undefined) return "–";
  const key = beginning + word;
  return hasText(key) ? t(key) : String(word);
};

export const taskName = (task) => named("lab.task.", task);
export const verdictName = (verdict) => named("lab.verdict.", verdict);
export const qualityName = (code) => named("lab.quality.", code);
export const sourceName = (source) => named("lab.source.", source);
export const kindName = (kind) => named("lab.kind.", kind);
export const powertrainName = (powertrain) => named("lab.powertrain.", powertrain);
export const stateName = (state) => named("lab.state.", state);

/** Names of noise and damage types: {noise: {knock: "Knock"}, damage: {…}}. types: of /v1/lab/types. */
export function typeNames(types) {
  const names = (list) => Object.fromEntries(list.map((one) => [one.type, one.name]));
  return { noise: names(types.noise), damage: names(types.damage) };
}

/** A type's name; what has none, such as "whine+rumble", by its parts. */
export function typeName(names, type) {
  if (type === "unsure") return t("lab.label.unsure");
  return String(type).split("+").map((part) => names[part] ?? part).join(" + ");
}
