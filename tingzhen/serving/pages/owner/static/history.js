// The own clips, newest first.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { moment, t } from "../shell/texts.js";

const KIND = { stop: "bad", soon: "warn", ok: "good" };

/** Adds the list below what is there. */
export async function showHistory(place) {
  const section = h("section", { "aria-labelledby": "history" });
  place.append(section);
  try {
    await page(section, "");
  } catch (problem) {
    section.append(h("p", { class: "hint" }, problem.code === "offline" ? t("owner.history.offline") : problem.message));
  }
}

async function page(section, cursor) {
  const { clips, next_cursor: next } = await get(`/v1/clips?limit=10${cursor && `&cursor=${cursor}`}`);
  if (clips.length === 0 && !cursor) return;
  if (!cursor) section.append(h("h2", { id: "history" }, t("owner.history")), h("ul", { class: "plain clips" }));
  section.querySelector("ul").append(...clips.map((clip) => h("li", {}, row(clip))));
  section.querySelector(".more")?.remove();
  if (next) section.append(h("button", { class: "button more", type: "button", onclick: () => page(section, next) }, t("owner.history.more")));
}

function row(clip) {
  return h("a", { class: "card link", href: `/owner/clips/${clip.id}` },
    h("span", { class: "row" }, h("span", { class: `badge ${KIND[clip.drive] ?? ""}` }, state(clip)), clip.generated ? h("span", { class: "badge generated" }, t("owner.generated.short")) : null),
    h("strong", {}, clip.cause?.name ?? t(`owner.kind.${clip.kind ?? "clip"}`)),
    h("span", { class: "hint" }, moment(clip.created_at)));
}

function state(clip) {
  if (clip.confirmed_fault) return t("owner.state.confirmed");
  if (clip.state !== "done") return t(`owner.state.${clip.state}`);
  return t(`owner.short.${clip.drive ?? "unknown"}`);
}
