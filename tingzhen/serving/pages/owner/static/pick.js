// When does it happen? A tile, then what exactly.

import { h, put } from "../shell/dom.js";
import { t } from "../shell/texts.js";
import { CIRCUMSTANCES } from "./circumstances.js";
import { icon } from "./icons.js";

/** The tiles. back: shows the start of the page again. */
export function showPick(place, back) {
  put(
    place,
    h("h1", {}, t("owner.pick.title")),
    h("p", { class: "hint" }, t("owner.pick.hint")),
    h("ul", { class: "tiles" }, CIRCUMSTANCES.map((circumstance) =>
      h("li", {}, tile(icon(circumstance.id), t(`owner.when.${circumstance.id}`), () => showAnswers(place, circumstance, back))))),
  );
}

function tile(picture, words, onclick) {
  return h("button", { class: "button tile", type: "button", onclick }, picture, h("span", {}, words));
}

function showAnswers(place, circumstance, back) {
  const heading = h("h1", { tabindex: "-1" }, t(`owner.which.${circumstance.id}`));
  put(
    place,
    h("button", { class: "button back", type: "button", onclick: back }, t("owner.back")),
    heading,
    h("ul", { class: "tiles wide" }, circumstance.answers.map((answer) =>
      h("li", {}, tile(null, t(`owner.answer.${circumstance.id}.${answer.id}`), async () => {
        const { showReady } = await import("./ready.js");
        showReady(place, { circumstance, answer }, back);
      })))),
  );
  heading.focus();
  import("./ready.js"); // needed next: fetched while somebody reads
}
