// What the result rests on, for whoever wants to hear and see it: fetched when it is opened.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";

const SHOWN = 4;

export function evidence(clip) {
  const inside = h("div", { class: "stack" });
  const details = h("details", { class: "card", ontoggle: fill }, h("summary", {}, t("owner.evidence")), inside);
  return details;

  async function fill() {
    if (!details.open || inside.childElementCount > 0) return;
    const { noise, damage } = clip.report;
    if (noise.verdict !== "no_audio") inside.append(...sound(clip, noise));
    if (damage.verdict !== "no_video") inside.append(...(await pictures(clip, damage).catch((problem) => [h("p", { class: "notice warn" }, problem.message)])));
  }
}

function sound(clip, noise) {
  const names = new Map(noise.types.map((score) => [score.type, score.name]));
  const events = noise.events.map((event) => `${names.get(event.type)}: ${number(event.start_s, 1)}–${number(event.end_s, 1)} s`);
  return [
    h("audio", { controls: true, preload: "none", src: clip.links.sound, "aria-label": t("owner.evidence.sound") }),
    h("img", { src: clip.links.spectrogram, alt: t("owner.evidence.spectrogram"), loading: "lazy" }),
    events.length ? h("p", { class: "hint" }, events.join(" · ")) : null,
    h("p", { class: "hint" }, t("owner.evidence.masked")),
  ].filter(Boolean);
}

async function pictures(clip, damage) {
  const { frames } = await get(clip.links.frames);
  const findings = damage.findings.slice(0, SHOWN);
  const names = new Map(damage.types.map((score) => [score.type, score.name]));
  const nearest = (time_s) => frames.reduce((best, frame) => (Math.abs(frame.time_s - time_s) < Math.abs(best.time_s - time_s) ? frame : best));
  if (frames.length === 0) return [];
  if (findings.length === 0) return [picture(nearest(0), [], t("owner.evidence.picture"))];
  return findings.map((finding) => picture(nearest(finding.time_s), [finding], names.get(finding.type) ?? finding.type));
}

function picture(frame, findings, words) {
  const boxes = findings.map(({ box: [x, y, width, height] }) => {
    const mark = h("span", { class: "box", "aria-hidden": "true" });
    for (const [name, share] of [["left", x], ["top", y], ["width", width], ["height", height]]) mark.style.setProperty(name, `${share * 100}%`);
    return mark;
  });
  return h("figure", {}, h("div", { class: "framed" }, h("img", { src: frame.url, alt: words, loading: "lazy" }), boxes), h("figcaption", {}, words));
}
