// One training run: its curves, drawn anew while it goes on.

import { get } from "../shell/api.js";
import { h, put } from "../shell/dom.js";
import { moment, number, t } from "../shell/texts.js";
import { lineChart } from "../shell/charts/lines.js";
import { marksTable } from "./evaluation_marks.js";
import { card, chartCard, content, show } from "./page.js";

const { name } = content().dataset;
const LIVE_S = 5;
const SILENT_S = 600;

show(async () => {
  const state = h("div", {});
  const curves = h("div", { class: "grid two" });
  const run = await get(`/v1/lab/runs/${name}`);
  let drawn = "";
  const draw = (now) => {
    put(state, header(now));
    const fresh = JSON.stringify(now.curves);
    if (fresh === drawn) return;
    drawn = fresh;
    // Open tables stay open, and what somebody reads is not torn away.
    if (!curves.querySelector("details[open]")) put(curves, charts(now.curves));
  };
  draw(run);
  if (run.state !== "finished") watch(draw);
  return [
    state, curves,
    run.marks.length ? marksTable(run.marks) : null,
    h("details", { class: "card" }, h("summary", {}, t("lab.run.settings")),
      h("pre", { class: "card-text", tabindex: "0" }, JSON.stringify(run.config, null, 2))),
    card(t("lab.run.log"), h("ul", {}, run.events.slice(-20).map((entry) => h("li", {}, log(entry))))),
  ];
});

function header(run) {
  const finished = run.state === "finished";
  return h("div", { class: "row" },
    h("span", { class: finished ? "badge good" : "badge" }, finished ? t("lab.run.finished") : t("lab.run.unfinished")),
    h("span", {}, t("lab.run.steps", { n: number(run.steps) })),
    run.last_at ? h("span", {}, t("lab.run.last", { at: moment(run.last_at) })) : null,
    !finished && silent(run) ? h("span", { class: "badge warn" }, t("lab.run.silent", { n: SILENT_S / 60 })) : null);
}

const silent = (run) => !run.last_at || Date.now() - Date.parse(run.last_at) > SILENT_S * 1000;

function charts(curves) {
  const names = [...new Set(curves.map((one) => one.name))];
  if (!names.length) return h("p", { class: "card" }, t("lab.run.no_curves"));
  return names.map((curve) => chartCard(lineChart({
    title: t("lab.run.curve", { name: curve.replaceAll("_", " ") }), description: t("lab.run.curve_about"), note: t("lab.run.curve_about"),
    series: curves.filter((one) => one.name === curve).map((one) => ({
      name: one.fit || t("lab.run.fit"), points: one.points.map(([x, y]) => ({ x, y })),
    })),
    xName: t("lab.run.step"), write: (value) => number(value, 3),
  })));
}

function watch(draw) {
  const look = async () => {
    let more = true;
    if (!document.hidden) {
      try {
        const now = await get(`/v1/lab/runs/${name}`);
        draw(now);
        more = now.state !== "finished";
      } catch {
        // Tried again at the next look; the last state stays on the page.
      }
    }
    if (more) setTimeout(look, LIVE_S * 1000);
  };
  setTimeout(look, LIVE_S * 1000);
}

function log({ time_s: timeS, event, ...facts }) {
  const more = Object.entries(facts).map(([key, value]) => `${key} ${value}`).join(", ");
  return `${moment(new Date(timeS * 1000).toISOString())} · ${event}${more ? ` (${more})` : ""}`;
}
