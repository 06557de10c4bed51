// The nearest confirmed cases, to be heard side by side with the clip.

import { get } from "../../shell/api.js";
import { h, put } from "../../shell/dom.js";
import { percent, t } from "../../shell/texts.js";

const COUNT = 5;

export function similarTo(clip) {
  const list = h("div", { "aria-busy": "true" }, h("p", { class: "hint" }, t("bay.loading")));
  get(`/v1/clips/${clip.id}/similar?count=${COUNT}`)
    .then(({ cases }) => put(list, cases.length ? cases.map((one) => caseOf(clip, one)) : h("p", { class: "hint" }, t("bay.similar.none"))))
    .catch((problem) => put(list, h("p", { class: "notice bad" }, problem.message)))
    .finally(() => list.setAttribute("aria-busy", "false"));
  return h("section", { class: "card", "aria-labelledby": "similar" }, h("h2", { id: "similar" }, t("bay.similar.title")), list);
}

function caseOf(clip, { likeness, reasons, case: found, clip: heard }) {
  const vehicle = [found.vehicle.make, found.vehicle.model, found.vehicle.year].filter(Boolean).join(" ");
  return h("details", { class: "similar" },
    h("summary", {}, h("span", { class: "cause-name" }, found.fault_name ?? t("bay.similar.no_fault")),
      h("span", { class: "hint" }, t("bay.similar.likeness", { p: percent(Math.max(0, likeness)) }))),
    found.source === "simulation" && h("p", {}, h("span", { class: "badge generated" }, t("bay.similar.simulated"))),
    h("p", { class: "hint" }, [vehicle, found.opened_on].filter(Boolean).join(" · ")),
    found.repair && h("p", {}, t("bay.similar.repair", { repair: found.repair })),
    h("ul", {}, reasons.map((reason) => h("li", {}, reason.text))),
    heard && clip.report.clip.audio ? sideBySide(clip, heard) : h("p", { class: "hint" }, t("bay.similar.unheard")));
}

/** Two players, and a button that goes on in the other one. */
function sideBySide(clip, heard) {
  const own = player(clip.links.sound, "bay.similar.this");
  const other = player(heard.sound, "bay.similar.that");
  const swap = () => {
    const [from, to] = other.sound.paused ? [own, other] : [other, own];
    from.sound.pause();
    if (Number.isFinite(to.sound.duration)) to.sound.currentTime = Math.min(from.sound.currentTime, Math.max(0, to.sound.duration - 0.5));
    to.sound.play()?.catch(() => {});
  };
  return h("div", { class: "side-by-side" },
    figure(own, `/v1/clips/${clip.id}/spectrogram.png`), figure(other, `/v1/clips/${heard.id}/spectrogram.png`),
    h("div", { class: "row" },
      h("button", { type: "button", class: "button", onclick: swap }, t("bay.similar.swap")),
      h("a", { class: "button", href: `/bay/clips/${heard.id}` }, t("bay.similar.open"))));
}

function player(source, key) {
  return { name: t(key), sound: h("audio", { controls: true, preload: "metadata", src: source, "aria-label": t(key) }) };
}

function figure({ name, sound }, picture) {
  return h("figure", {}, h("figcaption", {}, name), h("img", { src: picture, loading: "lazy", alt: t("bay.similar.picture", { name }) }), sound);
}
