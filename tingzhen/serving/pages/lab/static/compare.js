// Two versions on the same clips: how far the shadow agrees, where they differ, who was right.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { percent, t } from "../shell/texts.js";
import { number } from "../shell/charts/format.js";
import { intervalChart } from "../shell/charts/intervals.js";
import { clipList, hearAndSee } from "./clip_list.js";
import { kindName, powertrainName, taskName, typeName, typeNames, verdictName } from "./names.js";
import { asked, card, choices, content, here, show } from "./page.js";

const { task } = content().dataset;

show(async () => {
  const [found, types] = await Promise.all([get(`/v1/models/${task}/agreement`), get("/v1/lab/types")]);
  const names = typeNames(types)[task];
  const other = task === "noise" ? "damage" : "noise";
  const tabs = choices(t("lab.labels.task"), [task, other].sort((a, b) => (a === "noise" ? -1 : b === "noise" ? 1 : 0))
    .map((one) => [taskName(one), `/lab/models/${one}/compare`, one === task]));
  if (!found.agreements.length) return [tabs, h("p", { class: "card" }, t("lab.compare.none"))];
  const wanted = asked("pair") ?? `${found.agreements.at(-1).active}~${found.agreements.at(-1).shadow}`;
  const pair = found.agreements.find((one) => `${one.active}~${one.shadow}` === wanted) ?? found.agreements.at(-1);
  const query = `active=${encodeURIComponent(pair.active)}&shadow=${encodeURIComponent(pair.shadow)}`;
  const clips = await get(`/v1/lab/models/${task}/comparison?${query}`);
  return [
    tabs,
    found.agreements.length > 1 ? choices(t("lab.compare.pairs"), found.agreements.map((one) =>
      [`${one.active} ↔ ${one.shadow}`, here({ pair: `${one.active}~${one.shadow}` }), one === pair])) : null,
    h("p", {}, t("lab.compare.about", { active: pair.active, shadow: pair.shadow, n: pair.same_verdict.n })),
    agreement(pair, names), byLabels(clips), differing(clips, names),
  ];
});

const row = (name, share) => ({ name, value: share.value, low: share.interval?.[0], high: share.interval?.[1], n: share.n });

function agreement(pair, names) {
  const word = (slice, value) => ({
    kind: kindName, verdict: verdictName, first: (type) => typeName(names, type),
    powertrain: powertrainName, quality: (q) => (q === "poor" ? t("lab.compare.poor") : t("lab.compare.clear")),
  }[slice] ?? String)(value);
  return card(t("lab.compare.agreement"), h("div", { class: "grid two" },
    intervalChart({
      title: t("lab.compare.all"), description: t("lab.compare.wilson"), note: t("lab.compare.wilson"),
      rows: [row(t("lab.compare.same_verdict"), pair.same_verdict), row(t("lab.compare.same_first"), pair.same_first)],
      write: (value) => percent(value), nameOf: t("lab.compare.what"),
    }),
    ["kind", "verdict", "first", "powertrain", "quality"].map((slice) => intervalChart({
      title: t("lab.compare.by", { slice: t("lab.compare.slice." + slice) }), description: t("lab.compare.wilson"),
      rows: pair.slices.filter((one) => one.slice === slice).map((one) => row(word(slice, one.value), one.same_verdict)),
      write: (value) => percent(value), nameOf: t("lab.compare.slice." + slice),
    }))));
}

function byLabels(clips) {
  const { labelled } = clips;
  const n = labelled.both + labelled.active_only + labelled.shadow_only + labelled.neither;
  if (!n) return card(t("lab.compare.labels"), h("p", {}, t("lab.compare.no_labels")));
  return card(t("lab.compare.labels"),
    h("p", { class: "hint" }, t("lab.compare.labels_about", { n })),
    h("dl", { class: "facts" }, [
      [t("lab.compare.both"), labelled.both], [t("lab.compare.active_only", { version: clips.active }), labelled.active_only],
      [t("lab.compare.shadow_only", { version: clips.shadow }), labelled.shadow_only], [t("lab.compare.neither"), labelled.neither],
    ].map(([name, count]) => [h("dt", {}, name), h("dd", {}, number(count, 0))])),
    clips.p_value === null ? null : h("p", {}, t("lab.compare.p_value", { p: number(clips.p_value, 3) })));
}

function differing(clips, names) {
  const right = {
    both: t("lab.compare.both"), neither: t("lab.compare.neither"),
    active_only: t("lab.compare.active_only", { version: clips.active }),
    shadow_only: t("lab.compare.shadow_only", { version: clips.shadow }),
  };
  return card(t("lab.compare.differing"), clips.clips.length
    ? clipList(clips.clips, task, (clip) => [
      h("p", { class: "said" }, h("b", {}, clips.active), ` ${one(clip.active, names)}`),
      h("p", { class: "said" }, h("b", {}, clips.shadow), ` ${one(clip.shadow, names)}`),
      clip.right ? h("p", { class: "said" }, t("lab.compare.label_says", { right: right[clip.right] })) : null,
      hearAndSee(clip, task),
    ])
    : h("p", {}, t("lab.compare.no_difference")));
}

const one = (said, names) => `${verdictName(said.verdict)} · ${typeName(names, said.first)} ${percent(said.probability)}`;
