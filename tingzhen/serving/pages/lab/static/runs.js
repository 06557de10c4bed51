// Training runs, the last written first.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { moment, number, t } from "../shell/texts.js";
import { show } from "./page.js";

show(async () => {
  const { watched, runs } = await get("/v1/lab/runs");
  if (!runs.length) return h("p", { class: "card" }, watched ? t("lab.runs.none") : t("lab.runs.unwatched"));
  return h("ul", { class: "clips" }, runs.map((run) => h("li", { class: "card" },
    h("a", { class: "clip-link", href: `/lab/runs/${run.name}` }, run.name), " ",
    h("span", { class: run.state === "finished" ? "badge good" : "badge" }, run.state === "finished" ? t("lab.run.finished") : t("lab.run.unfinished")),
    run.bundle ? h("p", {}, `${run.bundle.name} ${run.bundle.version}`) : null,
    h("p", { class: "hint" }, [
      run.started_at ? t("lab.run.started", { at: moment(run.started_at) }) : null,
      run.last_at ? t("lab.run.last", { at: moment(run.last_at) }) : null,
      run.steps ? t("lab.run.steps", { n: number(run.steps) }) : null,
    ].filter(Boolean).join(" · ")))));
});
