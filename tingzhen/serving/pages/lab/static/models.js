// Versions of both recognisers: which is in use, and what can be done with each.

import { get, send } from "../shell/api.js";
import { h, say } from "../shell/dom.js";
import { moment, t } from "../shell/texts.js";
import { stateName, taskName } from "./names.js";
import { card, confirmed, show } from "./page.js";

const draw = () => show(async () => {
  const { models } = await get("/v1/models");
  return [
    h("p", { class: "hint" }, t("lab.models.add")),
    ["noise", "damage"].map((task) => taskCard(task, models.filter((one) => one.task === task))),
  ];
});

draw();

function taskCard(task, versions) {
  const hasShadow = versions.some((one) => one.state === "shadow");
  const before = versions.some((one) => one.activated_at && ["kept", "shadow"].includes(one.state));
  return card(taskName(task),
    h("ul", { class: "versions" }, versions.map((one) => version(task, one))),
    h("div", { class: "row" },
      h("a", { class: "button", href: `/lab/models/${task}/compare` }, t("lab.models.compare")),
      action(t("lab.models.roll_back"), "POST", `/v1/models/${task}/roll-back`, t("lab.models.ask_roll_back", { task: taskName(task) }), !before),
      hasShadow ? action(t("lab.models.end_shadow"), "DELETE", `/v1/models/${task}/shadow`, t("lab.models.ask_end_shadow")) : null));
}

function version(task, one) {
  const at = `/v1/models/${task}/versions/${encodeURIComponent(one.version)}`;
  const what = { task: taskName(task), version: one.version };
  return h("li", { class: "card", "data-version": one.version, "data-state": one.state },
    h("div", { class: "row" },
      h("a", { class: "clip-link", href: `/lab/models/${task}/versions/${encodeURIComponent(one.version)}` }, t("lab.models.version", { version: one.version })),
      h("span", { class: one.state === "active" ? "badge good" : "badge" }, stateName(one.state)),
      one.state === "active" && !one.in_service ? h("span", { class: "badge warn" }, t("lab.models.not_loaded")) : null),
    h("p", { class: "hint" },
      t("lab.models.added", { at: moment(one.added_at) }),
      one.activated_at ? ` · ${t("lab.models.activated", { at: moment(one.activated_at), by: one.activated_by ?? t("lab.models.by_settings") })}` : "",
      ` · ${one.sha256.slice(0, 12)}`),
    h("div", { class: "row" },
      one.state === "kept" || one.state === "shadow" ? action(t("lab.models.activate"), "POST", `${at}/activate`, t("lab.models.ask_activate", what)) : null,
      one.state === "kept" ? action(t("lab.models.shadow"), "POST", `${at}/shadow`, t("lab.models.ask_shadow", what)) : null,
      one.state === "kept" || one.state === "shadow" ? action(t("lab.models.retire"), "POST", `${at}/retire`, t("lab.models.ask_retire", what)) : null));
}

function action(name, method, path, question, disabled = false) {
  return h("button", { class: "button", type: "button", disabled, onclick: async () => {
    if (!(await confirmed(question, name))) return;
    try {
      await send(method, path);
      say(t("lab.models.done"), "good");
      await draw();
    } catch (problem) {
      say(problem.message, "bad");
    }
  } }, name);
}
