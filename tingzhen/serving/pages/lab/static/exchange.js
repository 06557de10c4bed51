// Labels as files: tasks for Label Studio, its annotations back, and data that training reads.

import { request, send } from "../shell/api.js";
import { h, put, say } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { card } from "./page.js";

/** taken(): called after labels came in. */
export function exchange(task, taken) {
  const result = h("div", { role: "status" });
  const file = h("input", { type: "file", id: "annotations", accept: ".json,application/json" });
  const take = async () => {
    if (!file.files.length) return say(t("lab.exchange.choose"), "warn");
    try {
      const answer = await send("POST", "/v1/lab/label-studio", file.files[0], {
        headers: { "Content-Type": "application/json" },
      });
      put(result, told(answer));
      file.value = "";
      await taken();
    } catch (problem) {
      put(result, h("p", { class: "notice bad" }, problem.message));
    }
  };
  const saved = (path, name) => h("button", { class: "button", type: "button", onclick: () => download(path) }, name);
  return h("details", { class: "card", id: "exchange" },
    h("summary", {}, t("lab.exchange.title")),
    h("h3", {}, t("lab.exchange.out")),
    h("p", {}, t("lab.exchange.out_about")),
    h("div", { class: "row" },
      saved(`/v1/lab/label-studio/${task}.zip?limit=50`, t("lab.exchange.queue")),
      saved(`/v1/lab/label-studio/${task}.zip?labelled=true&limit=500`, t("lab.exchange.labelled"))),
    h("h3", {}, t("lab.exchange.in")),
    h("label", { for: "annotations" }, t("lab.exchange.file")), file,
    h("p", { class: "hint" }, t("lab.exchange.in_about")),
    h("button", { class: "button primary", type: "button", onclick: take }, t("lab.exchange.take")), result,
    h("h3", {}, t("lab.exchange.train")),
    h("p", {}, t("lab.exchange.train_about")),
    h("div", { class: "row" }, saved(`/v1/lab/manifest/${task}.zip`, t("lab.exchange.manifest"))));
}

function told(answer) {
  return card(t("lab.exchange.taken", { labels: number(answer.labels), tasks: number(answer.tasks) }),
    answer.without ? h("p", {}, t("lab.exchange.without", { n: answer.without })) : null,
    answer.refused.length ? [
      h("p", {}, t("lab.exchange.refused", { n: answer.refused.length })),
      h("ul", {}, answer.refused.slice(0, 50).map((one) => h("li", {}, t("lab.exchange.task", { n: one.task, reason: one.reason })))),
    ] : null);
}

/** Fetched first, so that a problem is said here and not in a file. */
async function download(path) {
  try {
    const answer = await request("GET", path);
    const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "labels.zip";
    const url = URL.createObjectURL(await answer.blob());
    const link = h("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    const left = Number(answer.headers.get("x-clips-left-out"));
    say(t("lab.exchange.saved", { n: answer.headers.get("x-clips"), name }), "good");
    if (left) say(t("lab.exchange.left_out", { n: left }), "warn");
  } catch (problem) {
    say(problem.message, "bad");
  }
}
