// One place of a label as numbers that can be typed, for whoever cannot or will not draw.

import { h } from "../shell/dom.js";
import { t } from "../shell/texts.js";

let made = 0;

/** region: changed in place; changed(): after that. removed(): to take it out. */
export function regionRow(region, { task, name, frames, changed, removed }) {
  const field = (key, text, { max, step }) => {
    made += 1;
    const id = `r${made}`;
    return h("div", {},
      h("label", { for: id }, text),
      h("input", {
        id, type: "number", min: 0, max, step, value: Number(region[key].toFixed(3)),
        oninput: (event) => {
          const value = Number(event.target.value);
          if (!Number.isFinite(value) || event.target.value === "") return;
          region[key] = value;
          changed();
        },
      }));
  };
  const places = task === "noise"
    ? [field("start_s", t("lab.region.start"), { max: 36000, step: 0.05 }),
      field("end_s", t("lab.region.end"), { max: 36000, step: 0.05 })]
    : [frameField(region, frames, changed),
      ...["x", "y", "width", "height"].map((key) => field(key, t("lab.region." + key), { max: 1, step: 0.01 }))];
  return h("li", {}, h("b", {}, name), places,
    h("button", { class: "button", type: "button", onclick: removed, "aria-label": t("lab.region.remove", { name }) }, "✕"));
}

function frameField(region, frames, changed) {
  made += 1;
  const id = `r${made}`;
  return h("div", {},
    h("label", { for: id }, t("lab.region.frame")),
    h("select", { id, onchange: (event) => {
      region.frame = Number(event.target.value);
      changed();
    } }, frames.map((frame) => h("option", { value: frame.number, selected: frame.number === region.frame }, frame.number))));
}
