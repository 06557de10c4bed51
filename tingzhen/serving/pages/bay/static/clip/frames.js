// The pictures that were looked at, with what was seen in them; zoom, and boxes that a person draws.

import { get } from "../../shell/api.js";
import { h, put } from "../../shell/dom.js";
import { percent, t } from "../../shell/texts.js";
import { likely, seconds, wrong } from "../words.js";
import { place } from "./drawing.js";
import { Stage } from "./stage.js";

/** {element, show(second)}; null where the clip has no pictures. */
export async function framesOf(clip, corrections) {
  if (clip.report.damage.verdict === "no_video") return null;
  const { frames } = await get(`/v1/clips/${clip.id}/frames`);
  if (!frames.length) return null;
  const seen = new Seen(clip, frames, corrections);
  return { element: seen.element, show: (second) => seen.show(seen.nearest(second), true) };
}

class Seen {
  constructor(clip, frames, corrections) {
    this.frames = frames;
    this.names = new Map(clip.report.damage.types.map((score) => [score.type, score.name]));
    this.findings = new Map(frames.map((frame) => [frame, []]));
    for (const finding of clip.report.damage.findings) this.findings.get(this.nearest(finding.time_s)).push(finding);
    this.stage = new Stage();
    this.thumbs = new Map(frames.map((frame) => [frame, this.thumb(frame)]));
    this.caption = h("p", { class: "hint", role: "status" });
    corrections.useStage(this.stage, () => this.frame);
    this.element = h("section", { class: "card", "aria-labelledby": "frames" },
      h("h2", { id: "frames" }, t("bay.frames.title")),
      h("p", {}, t(`bay.damage.${clip.report.damage.verdict}`)),
      this.stage.element, this.caption, corrections.slots.damage,
      h("div", { class: "thumbs", role: "group", "aria-label": t("bay.frames.all") }, [...this.thumbs.values()]),
      this.list(clip, corrections));
    this.show(frames.find((frame) => this.findings.get(frame).length) ?? frames[0]);
  }

  nearest(second) {
    return this.frames.reduce((best, frame) => (Math.abs(frame.time_s - second) < Math.abs(best.time_s - second) ? frame : best));
  }

  thumb(frame) {
    const found = this.findings.get(frame).length;
    return h("button", { type: "button", class: "thumb", "aria-pressed": "false", onclick: () => this.show(frame) },
      h("img", { src: frame.url, loading: "lazy", alt: t("bay.frames.at", { s: seconds(frame.time_s) }) }),
      found > 0 && h("span", { class: "thumb-mark" }, found));
  }

  show(frame, scroll = false) {
    this.frame = frame;
    for (const [other, thumb] of this.thumbs) thumb.setAttribute("aria-pressed", String(other === frame));
    const hidden = frame.hidden.map(({ box }) => this.box(box, "hidden-box", t("bay.frames.hidden")));
    const found = this.findings.get(frame).map((finding) =>
      this.box(finding.box, "finding-box", `${this.names.get(finding.type)} ${percent(finding.probability)}`));
    this.stage.show(frame.url, t("bay.frames.at", { s: seconds(frame.time_s) }), [...hidden, ...found]);
    put(this.caption, t("bay.frames.at", { s: seconds(frame.time_s) }),
      frame.hidden.some((place) => place.over_finding) ? ` · ${t("bay.frames.over_finding")}` : "");
    if (scroll) this.element.scrollIntoView({ block: "nearest" });
  }

  box([x, y, width, height], kind, label) {
    const box = h("div", { class: kind }, h("span", {}, label));
    place(box, { x, y, width, height });
    return box;
  }

  list(clip, corrections) {
    const { findings } = clip.report.damage;
    if (!findings.length) return null;
    return h("ul", { class: "types" }, findings.map((finding) => h("li", {},
      h("span", {}, this.names.get(finding.type), " ", h("span", { class: "hint" }, seconds(finding.time_s))),
      likely(finding.probability),
      h("button", { type: "button", class: "button", onclick: () => this.show(this.nearest(finding.time_s), true) }, t("bay.frames.show")),
      wrong(this.names.get(finding.type), () => corrections.wrongLabel("damage", { ...finding, name: this.names.get(finding.type) })))));
  }
}
