// Drift: scores and quality of recordings week by week, against the first weeks.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { columnChart } from "../shell/charts/columns.js";
import { percent, shortDay } from "../shell/charts/format.js";
import { lineChart } from "../shell/charts/lines.js";
import { qualityName, taskName, verdictName } from "./names.js";
import { asked, behind, card, choices, here, show } from "./page.js";

const VERDICTS = { noise: ["abnormal", "normal", "cannot_tell"], damage: ["damaged", "undamaged", "cannot_tell"] };

show(async () => {
  const task = asked("task") === "damage" ? "damage" : "noise";
  const weeks = Number(asked("weeks", "26"));
  const found = await get(`/v1/lab/drift/${task}?weeks=${weeks}`);
  return [
    choices(t("lab.labels.task"), ["noise", "damage"].map((one) => [taskName(one), here({ task: one }), one === task])),
    choices(t("lab.data.period"), [13, 26, 52, 104].map((n) => [t("lab.drift.weeks", { n }), here({ weeks: n }), n === weeks])),
    behind(found.pending),
    h("p", { class: "hint" }, t("lab.drift.about", { n: found.first_weeks })),
    found.versions.length ? found.versions.map((one) => scores(task, one, found.first_weeks))
      : h("p", { class: "card" }, t("lab.drift.none")),
    quality(found.quality, found.first_weeks),
  ];
});

const at = (week) => Date.parse(`${week.week}T00:00:00Z`);

function index(weeks, first) {
  const known = weeks.filter((week) => week.stability);
  return lineChart({
    title: t("lab.drift.index"), description: t("lab.drift.index_about", { n: first }), note: t("lab.drift.index_about", { n: first }),
    time: true, empty: t("lab.drift.too_early", { n: first }), write: (value) => number(value, 3),
    series: [
      { name: t("lab.drift.psi"), points: known.map((week) => ({ x: at(week), y: week.stability.index, n: week.n })) },
      { name: t("lab.drift.by_chance"), points: known.map((week) => ({ x: at(week), y: week.stability.by_chance, n: week.n })) },
    ],
    limits: [{ value: 0.1, name: t("lab.drift.limit") }],
  });
}

function flagged(weeks) {
  const changed = weeks.filter((week) => week.stability?.changed);
  if (!changed.length) return null;
  return h("p", { class: "notice warn" }, t("lab.drift.changed", { weeks: changed.map((week) => shortDay(week.week)).join(", ") }));
}

function scores(task, { version, weeks }, first) {
  return card(t("lab.drift.version", { task: taskName(task), version }), flagged(weeks),
    h("div", { class: "grid two" }, index(weeks, first),
      columnChart({
        title: t("lab.drift.scores"), description: t("lab.drift.scores_about"), note: t("lab.drift.scores_about"),
        names: Array.from({ length: 10 }, (_, bin) => `${bin * 10}–${bin * 10 + 10}%`), stacked: false,
        series: [
          { name: t("lab.drift.first", { n: first }), values: shares(weeks.filter((week) => week.first)) },
          { name: t("lab.drift.later"), values: shares(weeks.filter((week) => !week.first)) },
        ].filter((one) => one.values.some((value) => value > 0)),
        write: (value) => percent(value), yName: t("lab.drift.share"),
      }),
      lineChart({
        title: t("lab.drift.verdicts"), description: t("lab.drift.verdicts_about"), time: true, yRange: [0, 1],
        write: (value) => percent(value),
        series: VERDICTS[task].map((verdict) => ({
          name: verdictName(verdict), points: weeks.map((week) => ({ x: at(week), y: (week.verdicts[verdict] ?? 0) / week.n, n: week.n })),
        })),
      })));
}

function shares(weeks) {
  const sums = Array.from({ length: 10 }, (_, bin) => weeks.reduce((sum, week) => sum + week.scores[bin], 0));
  const n = sums.reduce((sum, count) => sum + count, 0);
  return sums.map((count) => (n ? count / n : 0));
}

function quality(weeks, first) {
  const totals = {};
  for (const week of weeks) {
    for (const [code, share] of Object.entries(week.codes)) totals[code] = (totals[code] ?? 0) + share.count;
  }
  const codes = Object.keys(totals).sort((a, b) => totals[b] - totals[a]).slice(0, 4);
  const point = (week, share) => ({
    x: at(week), y: share?.value ?? 0, low: share?.interval?.[0], high: share?.interval?.[1], n: week.n,
  });
  return card(t("lab.drift.quality"), flagged(weeks), h("div", { class: "grid two" },
    index(weeks, first),
    lineChart({
      title: t("lab.drift.poor"), description: t("lab.drift.poor_about"), note: t("lab.drift.poor_about"), time: true,
      yRange: [0, 1], write: (value) => percent(value), empty: t("lab.drift.none"),
      series: [
        { name: t("lab.quality.clear"), points: weeks.map((week) => point(week, week.clear)) },
        ...codes.map((code) => ({ name: qualityName(code), points: weeks.map((week) => point(week, week.codes[code])) })),
      ],
    })));
}
