// While it records: what to do with the vehicle, what to do better, how loud it is, how long still.

import { h, put } from "../shell/dom.js";
import { t } from "../shell/texts.js";
import { Held, hints } from "./coach.js";
import { engineStep } from "./hints/engine.js";
import { meterPosition } from "./levels.js";
import { listenTo } from "./listening.js";
import { canRecord, closeStream, openStream, record } from "./recorder.js";
import { send } from "./sending.js";
import { nothingSeen, watch } from "./watching.js";

const ENOUGH_S = 4;
const FALLS_PER_FRAME = 0.01;

/** Records for as long as the answer asks, or until somebody stops it, and sends what it got. */
export async function showRecording(place, picked, mode, back) {
  let stream;
  try {
    if (!canRecord()) throw new DOMException("", "NotSupportedError");
    stream = await openStream(mode);
  } catch (error) {
    return refused(place, error, picked, mode, back);
  }
  const { answer } = picked;
  const parts = view(mode, answer);
  put(place, parts.heading, parts.preview, parts.step, parts.hint, parts.meter, parts.clock, parts.stop, parts.cancel);
  parts.heading.focus();
  if (parts.video) parts.video.srcObject = stream;
  const ears = listenTo(stream, (level) => draw(parts, level));
  const eyes = parts.video ? watch(parts.video) : nothingSeen;
  const held = new Held();
  const recorder = record(stream, mode);
  const began = performance.now();

  return new Promise((resolve) => {
    const timer = setInterval(tick, 200);
    parts.stop.addEventListener("click", () => end(true));
    parts.cancel.addEventListener("click", () => end(false));
    tick();

    function tick() {
      const elapsed_s = (performance.now() - began) / 1000;
      const looking = answer.guide.startsWith("look");
      const hint = held.next(hints({ heard: ears.now(), seen: eyes.now(), looking, elapsed_s }), elapsed_s);
      said(parts.step, t(`owner.do.${engineStep(answer.guide, elapsed_s)}`));
      said(parts.hint, hint ? t(`owner.hint.${hint}`) : t("owner.hint.good"));
      parts.hint.classList.toggle("warn", hint !== null);
      parts.bar.value = Math.min(elapsed_s, answer.seconds);
      parts.left.textContent = t("owner.left", { n: Math.max(0, Math.ceil(answer.seconds - elapsed_s)) });
      parts.stop.disabled = elapsed_s < ENOUGH_S;
      if (elapsed_s >= answer.seconds) end(true);
    }

    async function end(keep) {
      clearInterval(timer);
      parts.stop.disabled = true;
      const recorded = await recorder.stop();
      eyes.stop();
      await ears.stop();
      closeStream(stream);
      if (keep) await send(place, { ...recorded, when: answer.when }, back);
      else back();
      resolve();
    }
  });
}

function view(mode, answer) {
  const video = mode === "video" ? h("video", { class: "preview", autoplay: true, muted: true, playsinline: true, "aria-hidden": "true" }) : null;
  if (video) video.muted = true;
  const needle = h("span", { class: "needle" });
  const bar = h("progress", { max: answer.seconds, value: 0, "aria-label": t("owner.recorded") });
  const left = h("span", {});
  return {
    video, needle, bar, left,
    heading: h("h1", { tabindex: "-1" }, h("span", { class: "rec", "aria-hidden": "true" }), t(`owner.recording.${mode}`)),
    preview: video,
    step: h("p", { class: "do", "aria-live": "polite" }),
    hint: h("p", { class: "notice hint-now", "aria-live": "polite" }),
    meter: h("div", { class: "meter", role: "img", "aria-label": t("owner.meter") }, needle,
      h("span", { class: "zone" }, t("owner.meter.quiet")), h("span", { class: "zone good" }, t("owner.meter.good")), h("span", { class: "zone" }, t("owner.meter.loud"))),
    clock: h("div", { class: "clock" }, bar, left),
    stop: h("button", { class: "button primary big", type: "button", disabled: true }, t("owner.stop")),
    cancel: h("button", { class: "button", type: "button" }, t("owner.cancel")),
  };
}

/** The needle rises at once and falls slowly, as on a tape recorder: a knock can be read too. */
function draw(parts, level) {
  parts.at = Math.max(meterPosition(level.rms_dbfs), (parts.at ?? 0) - FALLS_PER_FRAME);
  parts.needle.style.setProperty("inset-inline-start", `${(parts.at * 100).toFixed(1)}%`);
}

/** Text is set when it changes alone: what listens to it says it once. */
function said(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function refused(place, error, picked, mode, back) {
  const key = { NotAllowedError: "denied", NotFoundError: "missing", NotReadableError: "busy" }[error.name] ?? "unable";
  const retry = async () => (await import("./ready.js")).showReady(place, picked, back);
  put(
    place,
    h("h1", {}, t("owner.no_recording")),
    h("p", { class: "notice warn", role: "alert" }, t(`owner.microphone.${key}`)),
    h("button", { class: "button primary big", type: "button", onclick: retry }, t("owner.try_again")),
    h("button", { class: "button", type: "button", onclick: back }, t("owner.back")),
  );
}
