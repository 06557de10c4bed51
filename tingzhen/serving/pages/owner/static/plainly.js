// A report in plain words for the owner of a vehicle. Pure: from the JSON of /v1 to texts.

import { percent, t } from "../shell/texts.js";

const STANDS_OUT = 0.25; // as the service's other reports have it (serving/summary.py)
const MORE_LIKELY = 0.5;
const SURE = [[0.9, "almost_certain"], [0.7, "likely"], [0.4, "quite_possible"], [0.15, "possible"], [0, "less_likely"]];

/** "quite possible (54 %)": words and a figure. */
export function sureness(probability) {
  const [, words] = SURE.find(([from]) => probability >= from);
  return t("owner.sure", { words: t(`owner.sure.${words}`), p: percent(probability) });
}

/** What the sound says, in one sentence. noise: of the report, or of the event "noise". */
export function heardInWords(noise) {
  if (noise.verdict !== "abnormal") return t(`owner.heard.${noise.verdict}`);
  const first = noise.types.find((score) => score.type !== "normal" && score.type !== "not_vehicle");
  return t("owner.heard.abnormal", { name: first.name, sure: sureness(first.probability) });
}

/** What the pictures say, in one sentence. */
export function seenInWords(damage) {
  if (damage.verdict !== "damaged") return t(`owner.seen.${damage.verdict}`);
  const names = new Map(damage.types.map((score) => [score.type, score]));
  const found = [...new Set(damage.findings.map((finding) => finding.type))].map((type) => names.get(type)).filter(Boolean);
  const first = found.length ? found : damage.types.filter((score) => score.type !== "undamaged" && score.type !== "not_vehicle").slice(0, 1);
  return t("owner.seen.damaged", { name: first.map((score) => score.name).join(t("owner.comma")), sure: sureness(first[0].probability) });
}

/** The verdict in one line; a cause is named only where it stands out. */
export function headline(diagnosis) {
  const { verdict, causes, drive } = diagnosis;
  if (verdict === "cannot_tell" || verdict === "no_fault_found") return t(`owner.result.${drive === "stop" ? "unsure_but_stop" : verdict}`);
  const [first] = causes;
  if (!first || first.probability < STANDS_OUT) return t(`owner.result.${verdict}.several`);
  const key = verdict === "fault_likely" && first.probability < MORE_LIKELY ? "first_suspect" : verdict;
  return t(`owner.result.${key}`, { cause: first.name });
}

/** Whether it should be recorded once more: what is missing then, as the plan says it. */
export function recordAgain(report) {
  const asked = report.diagnosis.plan.filter((step) => step.kind === "record");
  const unsure = report.diagnosis.verdict === "cannot_tell";
  return unsure || asked.length ? { unsure, steps: asked } : null;
}

/** Steps of the plan for the owner now, and for the workshop later. */
export function steps(report) {
  const of = (...kinds) => report.diagnosis.plan.filter((step) => kinds.includes(step.kind));
  return { now: of("safety", "watch"), workshop: of("test", "repair") };
}
