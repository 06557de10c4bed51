// One version: how it was measured before it came here, and how it stands to labels.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { percent, t } from "../shell/texts.js";
import { matrixChart } from "../shell/charts/matrix.js";
import { hearAndSee, clipList } from "./clip_list.js";
import { damageEvaluation } from "./evaluation_damage.js";
import { marksTable } from "./evaluation_marks.js";
import { noiseEvaluation } from "./evaluation_noise.js";
import { stateName, taskName, typeName, typeNames } from "./names.js";
import { card, content, show } from "./page.js";

const { task, version } = content().dataset;

show(async () => {
  const at = `${task}/versions/${encodeURIComponent(version)}`;
  const [model, labels, types] = await Promise.all([
    get(`/v1/models/${at}`), get(`/v1/lab/models/${at}/labels`), get("/v1/lab/types"),
  ]);
  const names = typeNames(types)[task];
  const evaluation = model.evaluation;
  return [
    h("div", { class: "row" }, h("b", {}, `${taskName(task)} ${model.version}`),
      h("span", { class: model.state === "active" ? "badge good" : "badge" }, stateName(model.state)),
      h("a", { href: "/lab/models" }, t("lab.overview.all_models"))),
    evaluation ? marksTable(evaluation.marks ?? []) : card(t("lab.model.evaluation"), h("p", {}, t("lab.model.no_evaluation"))),
    evaluation ? (task === "noise" ? noiseEvaluation : damageEvaluation)(evaluation, names) : null,
    againstLabels(labels, names),
    h("details", { class: "card" }, h("summary", {}, t("lab.model.card")),
      model.card ? h("pre", { class: "card-text", tabindex: "0" }, model.card) : h("p", {}, t("lab.model.no_card"))),
  ];
});

function againstLabels(labels, names) {
  const { confusion } = labels;
  return card(t("lab.model.on_labels"),
    h("p", {}, labels.labelled
      ? t("lab.model.labelled", { n: labels.labelled, right: labels.first_right, share: percent(labels.first_right / labels.labelled) })
      : t("lab.model.no_labels")),
    labels.labelled ? h("p", { class: "hint" }, t("lab.model.labels_are_hard")) : null,
    labels.labelled ? matrixChart({
      title: t("lab.model.confusion_labels"), description: t("lab.model.confusion_about", { n: labels.labelled }),
      rows: confusion.types.map((type) => typeName(names, type)),
      columns: confusion.types.map((type) => typeName(names, type)), values: confusion.counts,
      rowName: t("lab.model.labelled_as"), columnName: t("lab.model.said"),
    }) : null,
    h("h3", {}, t("lab.model.mistakes")),
    h("p", { class: "hint" }, t("lab.model.mistakes_source")),
    labels.mistakes.length
      ? clipList(labels.mistakes, task, (clip) => [
        h("p", {}, t("lab.model.should_be", { types: clip.label.types.map((type) => typeName(names, type)).join(", ") })),
        hearAndSee(clip, task),
      ])
      : h("p", {}, t("lab.model.no_mistakes")));
}
