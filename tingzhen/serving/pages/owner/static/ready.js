// What to do before recording, and the choice: record now, or a file that is there already.

import { h, put, say } from "../shell/dom.js";
import { t } from "../shell/texts.js";
import { send } from "./sending.js";

const ACCEPTED = "video/*,audio/*,image/*";

/** picked: {circumstance, answer} of circumstances.js. */
export function showReady(place, picked, back) {
  const { answer } = picked;
  let mode = answer.mode;
  const heading = h("h1", { tabindex: "-1" }, t(`owner.ready.${answer.guide}.title`));
  const record = h("button", { class: "button primary big record", type: "button", onclick: start }, t(`owner.record.${mode}`));
  const other = h("button", { class: "button", type: "button", onclick: change }, t(`owner.instead.${mode}`));
  const file = h("input", { type: "file", accept: ACCEPTED, id: "file", class: "visually-hidden", onchange: choose });
  put(
    place,
    h("button", { class: "button back", type: "button", onclick: back }, t("owner.back")),
    heading,
    h("ol", { class: "steps" }, t(`owner.ready.${answer.guide}.steps`).split("\n").map((step) => h("li", {}, step))),
    answer.guide === "look" || answer.guide === "look_tyre" ? null : h("p", { class: "hint" }, t("owner.ready.quiet")),
    record,
    h("div", { class: "row others" }, other, h("label", { class: "button", for: "file" }, t("owner.choose")), file),
    h("p", { class: "hint" }, t("owner.ready.privacy")),
  );
  heading.focus();

  async function start() {
    record.disabled = true;
    const { showRecording } = await import("./recording.js");
    await showRecording(place, picked, mode, back);
  }

  function change() {
    mode = mode === "video" ? "sound" : "video";
    record.textContent = t(`owner.record.${mode}`);
    other.textContent = t(`owner.instead.${mode}`);
  }

  function choose() {
    const [chosen] = file.files;
    if (!chosen) return;
    if (chosen.size === 0) say(t("owner.file_empty"), "bad");
    else send(place, { blob: chosen, name: chosen.name, when: answer.when }, back);
  }
}
