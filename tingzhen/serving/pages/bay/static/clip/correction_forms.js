// The forms of corrections. What is drawn stands in number fields too, so a keyboard does the same.

import { h } from "../../shell/dom.js";
import { t } from "../../shell/texts.js";

const NO_FAULT = new Set(["normal", "not_vehicle", "undamaged"]);

/** What a wrong label is instead. */
export function wrongForm(corrections, task, about) {
  const others = [...corrections.names[task]].filter(([type]) => type !== about.type);
  const instead = select("instead", "bay.correct.instead", [["", t("bay.correct.nothing")], ...others]);
  const about_s = about.start_s === undefined || about.box ? {} : { start_s: about.start_s, end_s: about.end_s };
  if (about.box) about_s.time_s = about.time_s;
  return form(corrections, t("bay.correct.wrong_title", { name: about.name }), [instead], (values) => ({
    kind: "wrong_label", task, type: about.type, instead: values.instead || null, ...about_s,
  }));
}

/** A noise that the machine missed: drawn on the spectrogram. */
export function missedForm(corrections, timeline, player) {
  const duration = timeline.scale.duration;
  const types = [...corrections.names.noise].filter(([type]) => !NO_FAULT.has(type));
  const at = Math.min(player.media?.currentTime ?? 0, Math.max(0, duration - 1));
  const fields = [
    number("start_s", "bay.correct.start", { min: 0, max: duration, step: 0.01, value: at.toFixed(2) }),
    number("end_s", "bay.correct.end", { min: 0, max: duration, step: 0.01, value: Math.min(duration, at + 1).toFixed(2) }),
    number("low_hz", "bay.correct.low", { min: 0, max: 8000, step: 1, value: 500 }),
    number("high_hz", "bay.correct.high", { min: 0, max: 8000, step: 1, value: 4000 }),
  ];
  const made = form(corrections, t("bay.correct.missed"),
    [h("p", { class: "hint" }, t("bay.correct.draw_noise")), select("type", "bay.correct.type", types), h("div", { class: "pair" }, fields)],
    ({ type, start_s, end_s, low_hz, high_hz }) => ({ kind: "missed_noise", type, start_s: Number(start_s), end_s: Number(end_s), low_hz: Number(low_hz), high_hz: Number(high_hz) }));
  const values = () => Object.fromEntries(["start_s", "end_s", "low_hz", "high_hz"].map((name) => [name, Number(made.elements[name].value)]));
  timeline.draw((drawn) => {
    for (const [name, value] of Object.entries(drawn)) made.elements[name].value = value.toFixed(name.endsWith("_s") ? 2 : 0);
  });
  timeline.show(values());
  made.addEventListener("input", () => timeline.show(values()));
  return made;
}

/** A damage that the machine did not see: a box on the picture that is shown. */
export function boxForm(corrections, stage, frame) {
  const types = [...corrections.names.damage].filter(([type]) => !NO_FAULT.has(type));
  const share = (name, key, value) => number(name, key, { min: 0, max: 100, step: 0.1, value });
  const fields = [share("x", "bay.correct.x", 40), share("y", "bay.correct.y", 40), share("width", "bay.correct.width", 20), share("height", "bay.correct.height", 20)];
  const made = form(corrections, t("bay.correct.box"),
    [h("p", { class: "hint" }, t("bay.correct.draw_box")), select("type", "bay.correct.type", types), h("div", { class: "pair" }, fields)],
    ({ type }) => ({ kind: "damage_box", type, frame: frame().number, ...values() }));
  const values = () => Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, Number((Number(made.elements[name].value) / 100).toFixed(4))]));
  stage.draw((drawn) => {
    for (const [name, value] of Object.entries(drawn)) made.elements[name].value = (Math.floor(value * 1000) / 10).toFixed(1);
  });
  stage.showDrawn(values());
  made.addEventListener("input", () => stage.showDrawn(values()));
  return made;
}

function form(corrections, title, fields, body) {
  const note = h("div", {}, h("label", { for: "correct-note" }, t("bay.correct.note")), h("input", { id: "correct-note", name: "note", maxlength: 2000, autocomplete: "off" }));
  const made = h("form", { class: "stack", "aria-label": title }, h("h3", {}, title), fields, note,
    h("div", { class: "row" }, h("button", { class: "button primary" }, t("bay.correct.send")),
      h("button", { type: "button", class: "button", onclick: () => corrections.close() }, t("bay.cancel"))));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(made));
    corrections.make({ ...body(values), ...(values.note.trim() && { note: values.note.trim() }) });
  });
  return made;
}

function select(name, key, options) {
  const id = `correct-${name}`;
  return h("div", {}, h("label", { for: id }, t(key)), h("select", { id, name }, options.map(([value, words]) => h("option", { value }, words))));
}

function number(name, key, attributes) {
  const id = `correct-${name}`;
  return h("div", {}, h("label", { for: id }, t(key)), h("input", { id, name, type: "number", required: true, inputmode: "decimal", ...attributes }));
}
