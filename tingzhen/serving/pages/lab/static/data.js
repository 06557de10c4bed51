// What came in, by day and by what reports say; and clips found by it.

import { get } from "../shell/api.js";
import { h, say } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { barChart } from "../shell/charts/bars.js";
import { columnChart } from "../shell/charts/columns.js";
import { shortDay } from "../shell/charts/format.js";
import { clipList } from "./clip_list.js";
import { kindName, qualityName, sourceName, typeName, typeNames, verdictName } from "./names.js";
import { asked, behind, card, chartCard, choices, here, show } from "./page.js";

const SOURCES = ["owner", "workshop", "generated"];
const PERIODS = [7, 30, 90, 365];
const FILTERS = ["source", "kind", "noise_verdict", "noise_type", "damage_verdict", "damage_type", "quality", "noise_version", "damage_version"];

show(async () => {
  const days = Number(asked("days", "30"));
  const until = new Date().toISOString().slice(0, 10);
  const since = new Date(Date.now() - (days - 1) * 86_400_000).toISOString().slice(0, 10);
  const period = `since=${since}&until=${until}`;
  const [data, types] = await Promise.all([get(`/v1/lab/data?${period}`), get("/v1/lab/types")]);
  const names = typeNames(types);
  const write = writers(names);
  return [
    choices(t("lab.data.period"), PERIODS.map((n) => [t("lab.data.days", { n }), here({ days: n }), n === days])),
    behind(data.pending),
    h("p", {}, t("lab.data.sum", { clips: number(data.clips), recordings: number(data.recordings), labelled: number(data.labelled) })),
    data.generated ? h("p", { class: "hint" }, t("lab.data.generated", { n: data.generated })) : null,
    chartCard(columnChart({
      title: t("lab.data.per_day"), description: t("lab.data.per_day_about", { n: data.clips }),
      names: data.by_day.map((one) => shortDay(one.day)), yName: t("lab.data.clips"),
      series: SOURCES.map((source) => ({ name: sourceName(source), values: data.by_day.map((one) => one[source]) })),
      note: t("lab.data.utc"), write: (value) => number(value ?? 0),
    })),
    h("div", { class: "grid wide" }, FILTERS.map((name) => chartCard(counts(data, name, write[name])))),
    await finder(period, data, write),
  ];
});

function writers(names) {
  return {
    source: sourceName, kind: kindName, noise_verdict: verdictName, damage_verdict: verdictName,
    noise_type: (type) => typeName(names.noise, type), damage_type: (type) => typeName(names.damage, type),
    quality: qualityName, noise_version: String, damage_version: String,
  };
}

function counts(data, name, write) {
  const entries = data.by[name];
  return barChart({
    title: t("lab.by." + name),
    description: t("lab.data.bars_about", { n: name === "source" ? data.clips : data.recordings }),
    rows: entries.slice(0, 14).map((one) => ({ name: write(one.value), value: one.count })),
    xName: t("lab.data.clips"), write: (value) => number(value), nameOf: t("lab.by." + name),
  });
}

async function finder(period, data, write) {
  const chosen = FILTERS.filter((name) => asked(name));
  const query = chosen.map((name) => `&${name}=${encodeURIComponent(asked(name))}`).join("");
  const page = await get(`/v1/lab/clips?${period}&limit=12${query}`);
  const list = h("div", {}, clipList(page.clips, "noise"));
  let cursor = page.next_cursor;
  const more = h("button", { class: "button", type: "button", hidden: !cursor, onclick: async () => {
    try {
      const next = await get(`/v1/lab/clips?${period}&limit=12${query}&cursor=${cursor}`);
      cursor = next.next_cursor;
      list.append(clipList(next.clips, "noise"));
      more.hidden = !cursor;
    } catch (problem) {
      say(problem.message, "bad");
    }
  } }, t("lab.data.more"));
  return card(t("lab.data.find"),
    h("form", { class: "filters", method: "get" },
      asked("days") ? h("input", { type: "hidden", name: "days", value: asked("days") }) : null,
      FILTERS.map((name) => filter(name, data.by[name], write[name])),
      h("div", { class: "row" },
        h("button", { class: "button primary" }, t("lab.data.search")),
        chosen.length ? h("a", { class: "button", href: here(Object.fromEntries(FILTERS.map((n) => [n, null]))) }, t("lab.data.all")) : null)),
    page.clips.length ? list : h("p", {}, t("lab.data.none")), more);
}

function filter(name, entries, write) {
  const wanted = asked(name);
  const values = [...new Set([...entries.map((one) => one.value).filter((v) => v !== "–"), ...(wanted ? [wanted] : [])])];
  return h("div", {},
    h("label", { for: `f-${name}` }, t("lab.by." + name)),
    h("select", { id: `f-${name}`, name },
      h("option", { value: "" }, t("lab.data.any")),
      values.map((value) => h("option", { value, selected: value === wanted }, write(value)))));
}
