// The sound of a clip: heard, seen as a spectrogram, and stretches of it marked.

import { h, put, say } from "../shell/dom.js";
import { t } from "../shell/texts.js";

const LEAST_S = 0.05;

/** {element, controls, draw(), press(key), stop()}. form: {regions(), name(type), current(), add(region)}. */
export function sound(clip, form) {
  const { left, right, top, bottom } = clip.plot;
  const duration = Math.max(clip.duration_s, 0.001);
  const player = h("audio", { controls: true, preload: "metadata", src: clip.links.sound });
  const head = h("div", { class: "head", hidden: true });
  const marks = h("div", {});
  const drawing = h("div", { class: "stretch", hidden: true });
  const box = h("div", { class: "spectrogram" },
    h("img", { src: clip.links.spectrogram, alt: t("lab.clip.spectrogram"), width: 1100, height: 360 }), marks, drawing, head);
  let begun = null;
  let from = null;
  const place = (element, start, end) => {
    element.style.left = `${(left + (start / duration) * (right - left)) * 100}%`;
    element.style.width = `${((end - start) / duration) * (right - left) * 100}%`;
    element.style.top = `${top * 100}%`;
    element.style.height = `${(bottom - top) * 100}%`;
  };
  const secondAt = (event) => {
    const area = box.getBoundingClientRect();
    const share = ((event.clientX - area.left) / area.width - left) / (right - left);
    return Math.min(duration, Math.max(0, share * duration));
  };
  const round = (seconds) => Math.round(seconds * 100) / 100;
  const add = (a, b) => {
    const [start_s, end_s] = [round(Math.min(a, b)), round(Math.max(a, b))];
    if (end_s - start_s < LEAST_S) return;
    if (!form.add({ start_s, end_s })) say(t("lab.label.type_first"), "warn");
  };
  box.addEventListener("pointerdown", (event) => {
    from = secondAt(event);
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = secondAt(event);
    drawing.hidden = Math.abs(to - from) < LEAST_S;
    place(drawing, Math.min(from, to), Math.max(from, to));
  });
  box.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const to = secondAt(event);
    drawing.hidden = true;
    if (Math.abs(to - from) < LEAST_S) player.currentTime = to;
    else add(from, to);
    from = null;
  });
  box.addEventListener("pointercancel", () => {
    from = null;
    drawing.hidden = true;
  });
  const follow = () => {
    head.hidden = false;
    head.style.left = `${(left + (player.currentTime / duration) * (right - left)) * 100}%`;
    head.style.top = `${top * 100}%`;
    head.style.height = `${(bottom - top) * 100}%`;
    if (!player.paused) requestAnimationFrame(follow);
  };
  for (const event of ["play", "seeked", "timeupdate"]) player.addEventListener(event, follow);
  const start = () => {
    begun = player.currentTime;
    startButton.setAttribute("aria-pressed", "true");
  };
  const end = () => {
    if (begun === null) return;
    add(begun, player.currentTime);
    begun = null;
    startButton.setAttribute("aria-pressed", "false");
  };
  const startButton = h("button", { class: "button", type: "button", "aria-pressed": "false", onclick: start }, t("lab.label.from_here"), " ", h("kbd", { "aria-hidden": "true" }, "["));
  const endButton = h("button", { class: "button", type: "button", onclick: end }, t("lab.label.to_here"), " ", h("kbd", { "aria-hidden": "true" }, "]"));
  const toggle = () => (player.paused ? player.play().catch(() => {}) : player.pause());
  const pressed = { "[": start, "]": end, " ": toggle };
  return {
    element: h("div", {}, box, player),
    controls: h("div", { class: "row" }, startButton, endButton),
    draw: () => put(marks, form.regions().map((region) => {
      const stretch = h("div", { class: "stretch" }, h("span", {}, form.name(region.type)));
      place(stretch, region.start_s, Math.max(region.start_s, region.end_s));
      return stretch;
    })),
    press: (key) => {
      if (!(key in pressed)) return false;
      pressed[key]();
      return true;
    },
    stop: () => player.pause(),
  };
}
