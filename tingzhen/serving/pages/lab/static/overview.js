// The overview: what waits for a label, which versions are in use, what drifts, what is training.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { moment, number, t } from "../shell/texts.js";
import { clipList } from "./clip_list.js";
import { taskName } from "./names.js";
import { behind, card, figure, show } from "./page.js";

show(async () => {
  const [data, noise, damage, models, labels, runs, ofNoise, ofDamage] = await Promise.all([
    get("/v1/lab/data"), get("/v1/lab/queue/noise?limit=3"), get("/v1/lab/queue/damage?limit=3"),
    get("/v1/models"), get("/v1/lab/labels"), get("/v1/lab/runs"), get("/v1/lab/drift/noise"),
    get("/v1/lab/drift/damage"),
  ]);
  return [
    behind(data.pending),
    h("div", { class: "figures" },
      figure(number(data.recordings), t("lab.overview.recordings"), "/lab/data"),
      figure(number(noise.waiting), t("lab.overview.noise_queue"), "/lab/labels?task=noise"),
      figure(number(damage.waiting), t("lab.overview.damage_queue"), "/lab/labels?task=damage"),
      figure(number(labels.noise.clips + labels.damage.clips), t("lab.overview.labels"), "/lab/labels")),
    data.generated ? h("p", { class: "hint" }, t("lab.overview.generated", { n: data.generated })) : null,
    h("div", { class: "grid" },
      inUse(models.models), drifting([ofNoise, ofDamage]), training(runs)),
    card(t("lab.overview.teaches"),
      noise.clips.length ? clipList(noise.clips, "noise") : h("p", {}, t("lab.labels.empty"))),
  ];
});

function inUse(models) {
  const rows = ["noise", "damage"].flatMap((task) => models.filter((one) =>
    one.task === task && (one.state === "active" || one.state === "shadow")));
  return card(t("lab.overview.models"), h("dl", { class: "facts" }, rows.map((one) => [
    h("dt", {}, taskName(one.task)),
    h("dd", {}, h("a", { href: `/lab/models/${one.task}/versions/${one.version}` }, one.version), " ",
      h("span", { class: one.state === "active" ? "badge good" : "badge" },
        t(one.state === "active" ? "lab.state.active" : "lab.state.shadow"))),
  ])), h("p", {}, h("a", { href: "/lab/models" }, t("lab.overview.all_models"))));
}

function drifting(tasks) {
  const flags = tasks.flatMap((found) => found.versions.flatMap((version) =>
    version.weeks.slice(-1).filter((week) => week.stability?.changed).map((week) =>
      t("lab.overview.score_drift", { task: taskName(found.task), version: version.version, week: week.week, n: week.n }))));
  const quality = tasks[0].quality.slice(-1).filter((week) => week.stability?.changed)
    .map((week) => t("lab.overview.quality_drift", { week: week.week, n: week.n }));
  const enough = tasks[0].quality.length > tasks[0].first_weeks;
  const words = [...flags, ...quality];
  return card(t("lab.overview.drift"),
    words.length ? h("ul", {}, words.map((text) => h("li", { class: "bad-text" }, text)))
      : h("p", {}, enough ? t("lab.overview.no_drift") : t("lab.drift.too_early", { n: tasks[0].first_weeks })),
    h("p", {}, h("a", { href: "/lab/drift" }, t("lab.nav.drift"))));
}

function training(runs) {
  const last = runs.runs.slice(0, 3);
  const none = runs.watched ? t("lab.runs.none") : t("lab.runs.unwatched");
  return card(t("lab.overview.training"),
    last.length ? h("ul", {}, last.map((run) => h("li", {},
      h("a", { href: `/lab/runs/${run.name}` }, run.name), " ",
      run.state === "finished" ? t("lab.run.finished") : t("lab.run.steps", { n: run.steps }),
      run.last_at ? ` · ${moment(run.last_at)}` : ""))) : h("p", {}, none));
}
