// A damage bundle's own evaluation: phone photographs, slices, sources, as the training measured it.

import { h } from "../shell/dom.js";
import { hasText, t } from "../shell/texts.js";
import { barChart } from "../shell/charts/bars.js";
import { number, percent } from "../shell/charts/format.js";
import { intervalChart } from "../shell/charts/intervals.js";
import { matrixChart } from "../shell/charts/matrix.js";
import { reliabilityChart } from "../shell/charts/reliability.js";
import { typeName } from "./names.js";
import { card } from "./page.js";

const FIGURES = ["map", "mean_auc", "calibration_error", "box_recall", "found_in_place", "place_by_chance"];
const named = (beginning, word) => (hasText(beginning + word) ? t(beginning + word) : word);

export function damageEvaluation(evaluation, names) {
  const grouped = evaluation.splits?.grouped;
  const phone = grouped?.phone_photos;
  if (!phone) return null;
  const note = t("lab.model.photos_n", { pictures: phone.pictures, groups: phone.groups });
  const types = Object.entries(phone.types ?? {});
  const figure = (key) => types.filter(([, one]) => Number.isFinite(one[key]?.value))
    .map(([type, one]) => ({ name: typeName(names, type), ...one[key] }));
  return card(t("lab.model.evaluation"),
    h("p", { class: "hint" }, t("lab.model.evaluation_about")), h("p", {}, note),
    h("div", { class: "grid two" },
      barChart({
        title: t("lab.model.figures"), description: note, note: t("lab.model.bootstrap"), max: 1,
        write: (value) => number(value, 2), nameOf: t("lab.model.figure"),
        rows: FIGURES.filter((name) => Number.isFinite(phone[name]?.value)).map((name) => ({ name: named("lab.figure.", name), ...phone[name] })),
      }),
      ["average_precision", "recall", "precision"].map((key) => figure(key).length ? barChart({
        title: named("lab.figure.", key), description: note, note: t("lab.model.bootstrap"), max: 1,
        write: (value) => percent(value), rows: figure(key), nameOf: t("lab.by.damage_type"),
      }) : null),
      slices(grouped.slices ?? {}), verdicts(phone), reliability(phone), confusion(phone, names),
      healthy(grouped.by_source), atPrecision(evaluation.precision, names)));
}

function slices(found) {
  return Object.entries(found).map(([name, parts]) => intervalChart({
    title: t("lab.model.slice", { by: named("lab.slice.", name) }), description: t("lab.model.slice_about"),
    note: t("lab.model.slice_about"), write: (value) => percent(value), nameOf: named("lab.slice.", name),
    rows: parts.map((part) => ({ name: `${number(part.from, 2)} – ${number(part.to, 2)}`, ...part.recall })),
  }));
}

function verdicts(phone) {
  const rows = Object.entries(phone.verdicts ?? {});
  const words = ["called_damaged", "called_undamaged", "called_cannot_tell"];
  if (!rows.length) return null;
  return matrixChart({
    title: t("lab.model.verdicts"), description: t("lab.model.verdicts_share"), note: t("lab.model.verdicts_share"),
    rows: rows.map(([truth]) => named("lab.verdict.", truth)), columns: words.map((word) => t("lab.verdict." + word)),
    values: rows.map(([, one]) => words.map((word) => Math.round((one[word]?.value ?? 0) * 1000) / 10)),
    rowName: t("lab.model.truth"), columnName: t("lab.model.said"),
  });
}

/** The bins of all types together: each picture counts once for each type. */
function reliability(phone) {
  const bins = new Map();
  for (const one of Object.values(phone.types ?? {})) {
    for (const bin of one.reliability ?? []) {
      const sum = bins.get(bin.from) ?? { from: bin.from, to: bin.to, confidence: 0, accuracy: 0, n: 0 };
      sum.confidence += bin.said * bin.pictures;
      sum.accuracy += bin.true * bin.pictures;
      sum.n += bin.pictures;
      bins.set(bin.from, sum);
    }
  }
  return reliabilityChart({
    title: t("lab.model.reliability"), description: t("lab.model.reliability_about"),
    bins: [...bins.values()].map((bin) => ({ ...bin, confidence: bin.confidence / bin.n, accuracy: bin.accuracy / bin.n })),
    note: t("lab.model.reliability_types", { value: number(phone.calibration_error?.value, 3) }),
    empty: t("lab.model.no_reliability"),
  });
}

function confusion(phone, names) {
  const { types = [], counts = [] } = phone.confusion ?? {};
  return matrixChart({
    title: t("lab.model.confusion"), description: t("lab.model.confusion_note"), note: t("lab.model.confusion_note"),
    rows: types.map((type) => typeName(names, type)), columns: types.map((type) => typeName(names, type)),
    values: counts, rowName: t("lab.model.truth"), columnName: t("lab.model.said"),
  });
}

function healthy(sources) {
  const rows = Object.entries(sources ?? {}).map(([name, one]) => ({ name, ...one.verdicts?.undamaged?.called_damaged }))
    .filter((row) => Number.isFinite(row.value));
  return barChart({
    title: t("lab.model.healthy"), description: t("lab.model.healthy_about"), note: t("lab.model.healthy_about"), rows,
    max: 1, write: (value) => percent(value, 1), nameOf: t("lab.model.source"),
  });
}

function atPrecision(found, names) {
  if (!found) return null;
  const note = t("lab.model.at_precision", { share: percent(found.stated) });
  return barChart({
    title: t("lab.model.recall_stated"), description: note, note, max: 1, write: (value) => percent(value),
    rows: Object.entries(found.types).map(([type, one]) => ({ name: typeName(names, type), value: one.recall })),
    nameOf: t("lab.by.damage_type"),
  });
}
