// What it may be, each cause with what speaks for and against it.

import { h } from "../../shell/dom.js";
import { t } from "../../shell/texts.js";
import { likely, seconds, severityBadge, span } from "../words.js";

const LIKELY_ENOUGH = 0.01;
const MOST = 8;

/** listen(from, until) plays what a piece of evidence rests on, look(second) shows it. */
export function causesOf(clip, listen, look) {
  const { causes, verdict } = clip.report.diagnosis;
  const shown = causes.filter((cause) => cause.probability >= LIKELY_ENOUGH).slice(0, MOST);
  return h("section", { class: "card", "aria-labelledby": "causes" },
    h("h2", { id: "causes" }, t("bay.causes.title")),
    h("p", {}, t(`bay.verdict.${verdict}`)),
    shown.map((cause, index) => causeOf(cause, index === 0, listen, look)));
}

function causeOf(cause, open, listen, look) {
  return h("details", { class: "cause", open },
    h("summary", {}, h("span", { class: "cause-name" }, cause.name), likely(cause.probability)),
    h("p", {}, severityBadge(cause.severity)),
    cause.evidence.length
      ? h("ul", { class: "evidence" }, cause.evidence.map((piece) => evidence(piece, listen, look)))
      : h("p", { class: "hint" }, t("bay.causes.prior")));
}

function evidence(piece, listen, look) {
  const speaks = piece.weight >= 0 ? "for" : "against";
  return h("li", { class: speaks },
    h("span", { class: "visually-hidden" }, t(`bay.causes.${speaks}`), " "),
    h("span", {}, piece.text),
    piece.start_s !== null && h("button", { type: "button", class: "button", onclick: () => listen(piece.start_s, piece.end_s) },
      t("bay.causes.listen", { span: span(piece.start_s, piece.end_s) })),
    piece.time_s !== null && h("button", { type: "button", class: "button", onclick: () => look(piece.time_s) },
      t("bay.causes.look", { s: seconds(piece.time_s) })));
}
