// A noise bundle's own evaluation: one split at a time, as the training measured it.

import { h, put } from "../shell/dom.js";
import { hasText, t } from "../shell/texts.js";
import { barChart } from "../shell/charts/bars.js";
import { number, percent } from "../shell/charts/format.js";
import { matrixChart } from "../shell/charts/matrix.js";
import { reliabilityChart } from "../shell/charts/reliability.js";
import { typeName } from "./names.js";
import { card } from "./page.js";

const FIGURES = ["balanced_accuracy", "among_first_two", "macro_auc", "macro_average_precision", "calibration_error"];

export function noiseEvaluation(evaluation, names) {
  const splits = Object.keys(evaluation.splits ?? {});
  if (!splits.length) return null;
  const shown = h("div", {});
  const draw = (split) => put(shown, splitShown(split, evaluation.splits[split], evaluation, names));
  const chooser = h("select", { id: "split", onchange: (event) => draw(event.target.value) },
    splits.map((split) => h("option", { value: split }, named("lab.split.", split))));
  draw(splits[0]);
  return card(t("lab.model.evaluation"),
    h("p", { class: "hint" }, t("lab.model.evaluation_about")),
    h("label", { for: "split" }, t("lab.model.split")), chooser, shown, robustness(evaluation.robustness));
}

const named = (beginning, word) => (hasText(beginning + word) ? t(beginning + word) : word);

function splitShown(split, figures, evaluation, names) {
  const about = t("lab.model.split_n", { clips: figures.clips, recordings: figures.recordings });
  const note = `${about} ${t("lab.model.bootstrap")}`;
  return [
    h("p", {}, about),
    h("div", { class: "grid two" },
      barChart({
        title: t("lab.model.figures"), description: note, note, max: 1, write: (value) => number(value, 2),
        rows: FIGURES.filter((name) => figures[name]).map((name) => ({ name: named("lab.figure.", name), ...figures[name] })),
        nameOf: t("lab.model.figure"),
      }),
      barChart({
        title: t("lab.model.recall"), description: note, note: t("lab.model.recall_about"), max: 1,
        write: (value) => percent(value),
        rows: Object.entries(figures.recall ?? {}).map(([type, one]) => ({ name: typeName(names, type), ...one })),
        nameOf: t("lab.by.noise_type"),
      }),
      reliabilityChart({
        title: t("lab.model.reliability"), description: t("lab.model.reliability_about"),
        note: t("lab.model.reliability_note", { value: number(figures.calibration_error?.value, 3) }),
        bins: figures.reliability ?? [],
      }),
      matrixChart({
        title: t("lab.model.confusion"), description: t("lab.model.confusion_note"), note: t("lab.model.confusion_note"),
        rows: (figures.confusion?.types ?? []).map((type) => typeName(names, type)),
        columns: (figures.confusion?.types ?? []).map((type) => typeName(names, type)),
        values: figures.confusion?.counts ?? [], rowName: t("lab.model.truth"), columnName: t("lab.model.said"),
      }),
      verdicts(figures, names), bySource(figures)),
  ];
}

function verdicts(figures, names) {
  const types = Object.entries(figures.verdicts_by_type ?? {});
  const words = ["abnormal", "normal", "cannot_tell"];
  return matrixChart({
    title: t("lab.model.verdicts"), description: t("lab.model.verdicts_about"), note: t("lab.model.verdicts_about"),
    rows: types.map(([type]) => typeName(names, type)), columns: words.map((word) => t("lab.verdict." + word)),
    values: types.map(([, one]) => words.map((word) => one[word] ?? 0)),
    rowName: t("lab.model.truth"), columnName: t("lab.model.said"),
  });
}

function bySource(figures) {
  return barChart({
    title: t("lab.model.by_source"), description: t("lab.model.by_source_about"), note: t("lab.model.by_source_about"),
    rows: Object.entries(figures.normals_called_abnormal_by_source ?? {}).map(([name, one]) => ({ name, ...one })),
    max: 1, write: (value) => percent(value, 1), nameOf: t("lab.model.source"),
  });
}

function robustness(found) {
  if (!found) return null;
  const rows = Object.entries(found.conditions ?? {}).flatMap(([name, levels]) => levels.map((level) => ({
    name: `${named("lab.disturbed.", name)} ${level.level}`, ...level.balanced_accuracy,
  }))).filter((row) => Number.isFinite(row.value));
  return barChart({
    title: t("lab.model.robustness"), description: t("lab.model.robustness_about", { n: found.clips }),
    note: t("lab.model.robustness_about", { n: found.clips }), max: 1, write: (value) => percent(value),
    rows: [{ name: t("lab.disturbed.undisturbed"), ...found.undisturbed }, ...rows], nameOf: t("lab.model.disturbance"),
  });
}
