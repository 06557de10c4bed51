// A label in the making: types as buttons, places as a list of numbers and in the sound or picture.

import { h, put } from "../shell/dom.js";
import { t } from "../shell/texts.js";
import { pictures } from "./label_pictures.js";
import { sound } from "./label_sound.js";
import { typeName } from "./names.js";
import { regionRow } from "./region_row.js";

export const KEYS = "1234567890qwertz";
const ALONE = new Set(["normal", "undamaged", "not_vehicle", "unsure"]);

/** {element, label(), problem(), toggle(index), press(key), stop()}. types: of /v1/lab/types, in the
 * order of their keys. */
export function labelForm({ task, clip, label, types, names }) {
  const all = [...types, { type: "unsure", name: t("lab.label.unsure"), placed: false }];
  const chosen = new Set(label?.types ?? []);
  let regions = (label?.regions ?? []).map((region) => ({ ...region }));
  let current = [...chosen].find((type) => placed(type)) ?? null;
  const buttons = h("div", { class: "types", role: "group", "aria-label": t("lab.label.types") });
  const list = h("ul", { class: "regions" });
  const media = (task === "noise" ? sound : pictures)(clip, {
    regions: () => regions, name: (type) => typeName(names, type), current: () => current,
    add: (region) => add(region),
  });
  function placed(type) {
    return all.find((one) => one.type === type)?.placed ?? false;
  }
  function draw() {
    put(buttons, all.map((one, index) => h(
      "button", {
        class: "button", type: "button", "aria-pressed": chosen.has(one.type) ? "true" : "false",
        "data-type": one.type, onclick: () => toggle(index),
      },
      h("kbd", { "aria-hidden": "true" }, one.type === "unsure" ? "U" : KEYS[index].toUpperCase()), " ", one.name,
    )));
    put(list, regions.map((region) => regionRow(region, {
      task, name: typeName(names, region.type), frames: clip.frames, changed: () => media.draw(),
      removed: () => {
        regions = regions.filter((one) => one !== region);
        draw();
      },
    })));
    media.draw();
  }
  function add(region) {
    if (!current) return false;
    chosen.add(current);
    regions.push({ type: current, ...region });
    draw();
    return true;
  }
  function toggle(index) {
    const { type } = all[index];
    const focused = buttons.contains(document.activeElement);
    if (chosen.has(type)) {
      chosen.delete(type);
      regions = regions.filter((region) => region.type !== type);
      current = [...chosen].find(placed) ?? null;
    } else {
      for (const one of [...chosen]) {
        if (ALONE.has(type) || ALONE.has(one)) {
          chosen.delete(one);
          regions = regions.filter((region) => region.type !== one);
        }
      }
      chosen.add(type);
      current = placed(type) ? type : null;
    }
    draw();
    if (focused) buttons.children[index].focus();
  }
  draw();
  const fields = h("div", {}, media.element, h("p", { class: "label" }, t("lab.label.what")), buttons,
    h("p", { class: "hint" }, task === "noise" ? t("lab.label.draw_sound") : t("lab.label.draw_picture")),
    media.controls, list);
  return {
    element: fields, toggle,
    label: () => ({ types: [...chosen], regions }),
    problem: () => problemOf(task, chosen, regions, placed),
    press: (key) => media.press(key),
    unsure: () => toggle(all.length - 1),
    stop: () => media.stop(),
  };
}

function problemOf(task, chosen, regions, placed) {
  if (chosen.size === 0) return t("lab.label.none");
  if (task === "damage") {
    const bare = [...chosen].some((type) => placed(type) && !regions.some((region) => region.type === type));
    if (bare) return t("lab.label.no_box");
  }
  if (task === "noise" && regions.some((region) => !(region.end_s > region.start_s))) return t("lab.label.backwards");
  return null;
}
