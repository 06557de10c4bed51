// Clips in a list: what was said of each, and the way to its label.

import { h } from "../shell/dom.js";
import { percent, t } from "../shell/texts.js";
import { day } from "../shell/charts/format.js";
import { kindName, qualityName, sourceName, verdictName } from "./names.js";
import { generatedMark } from "./page.js";

/** clips: rows of /v1/lab. task: which label the link leads to. more(clip): further lines of one. */
export function clipList(clips, task, more = () => null) {
  return h("ul", { class: "clips" }, clips.map((clip) => h(
    "li", { class: "card" },
    h("a", { class: "clip-link", href: `/lab/labels?task=${task}&clip=${clip.id}` },
      clip.vehicle_name ?? t("lab.clip.name", { id: clip.id.slice(0, 8) })),
    h("div", { class: "row" },
      h("span", {}, day(clip.day)), h("span", {}, kindName(clip.kind)),
      clip.generated ? generatedMark(clip) : h("span", {}, sourceName(clip.source))),
    said(clip, "noise"), said(clip, "damage"),
    clip.quality.length ? h("p", { class: "hint" }, clip.quality.map(qualityName).join(" · ")) : null,
    more(clip),
  )));
}

/** What the machine said of the sound or the pictures, in a line. */
export function said(clip, task) {
  const one = clip[task];
  if (!one.first) return null;
  return h("p", { class: "said" },
    h("b", {}, t(task === "noise" ? "lab.task.noise" : "lab.task.damage")), ` ${verdictName(one.verdict)} · `,
    `${one.first_name} ${percent(one.probability)}`);
}

/** Its sound and its first pictures, to hear and see where it stands in a list. */
export function hearAndSee(clip, task) {
  if (task === "noise") return h("audio", { controls: true, preload: "none", src: clip.links.sound });
  return h("img", {
    class: "thumb", loading: "lazy", alt: t("lab.clip.picture"), src: `/v1/lab/clips/${clip.id}/frames/1.jpg`,
  });
}
