// What to do now: a test, a repair, an end; one tap answers.

import { h } from "../../shell/dom.js";
import { number, percent, t } from "../../shell/texts.js";

/** does: {step(kind, more), undo(), finish()}. Its heading takes the focus when the screen changes. */
export function screen(session, does) {
  const { advice } = session;
  const shown = advice.kind === "test" ? test : advice.kind === "repair" ? repair : advice.kind === "ended" ? ended : giveUp;
  return h("section", { class: "card screen stack" }, leftNow(session), driveNotice(session), shown(session, does), tools(session, does));
}

/** In one line what is still to come; the ranges stand beside the screen. */
function leftNow({ left }) {
  if (!left) return null;
  return h("p", { class: "badge" }, t("bay.guide.left_now", { minutes: number(left.minutes.expected), cny: number(left.cny.expected) }));
}

function driveNotice(session) {
  if (session.drive !== "stop" || session.ending) return null;
  return h("p", { class: "notice bad" }, session.drive_reason);
}

const heading = (words) => h("h2", { tabindex: "-1" }, words);
const cost = ({ minutes, cny }) => h("p", { class: "hint" }, t("bay.guide.cost", { minutes: number(minutes), cny: number(cny) }));
const answer = (words, onclick, kind = "") => h("button", { type: "button", class: `button big answer ${kind}`, onclick }, words);

function test(session, does) {
  const { test: now, why, again, safety_first: safety } = session.advice;
  return [
    h("p", { class: "label" }, t("bay.guide.step", { n: session.steps.length + 1 }), safety && h("span", { class: "badge warn" }, t("bay.guide.safety"))),
    heading(now.name),
    again && h("p", { class: "notice warn" }, t("bay.guide.again")),
    h("p", {}, now.how),
    now.tools.length > 0 && h("p", { class: "hint" }, t("bay.guide.tools", { tools: now.tools.join(t("bay.comma")) })),
    now.risk !== "none" && h("p", { class: now.risk === "low" ? "notice" : "notice warn" }, now.risk_note ?? t(`bay.guide.risk.${now.risk}`)),
    cost(session.advice),
    h("div", { class: "answers", role: "group", "aria-label": t("bay.guide.result") },
      now.outcomes.map((outcome) => answer(outcome.text, () => does.step("answer", { test: now.id, outcome: outcome.outcome })))),
    h("div", { class: "row aside-answers" },
      h("button", { type: "button", class: "button", onclick: () => does.step("unclear", { test: now.id }) }, t("bay.guide.unclear")),
      h("button", { type: "button", class: "button", onclick: () => does.step("skip", { test: now.id }) }, t("bay.guide.skip")),
      h("button", { type: "button", class: "button", onclick: () => does.step("not_today", { test: now.id }) }, t("bay.guide.not_today"))),
    h("details", {}, h("summary", {}, t("bay.guide.why")), h("p", {}, why)),
  ];
}

function repair(session, does) {
  const { repair: now, why } = session.advice;
  const right = session.causes.find((cause) => cause.fault === now.fault)?.probability;
  const seen = (words, value, kind) => answer(words, () => does.step("repair", { fault: now.fault, seen: value }), kind);
  return [
    h("p", { class: "label" }, t("bay.guide.repair")),
    heading(now.name),
    right !== undefined && h("p", {}, t("bay.guide.right", { p: percent(right) })),
    h("p", {}, now.steps),
    now.parts.length > 0 && h("p", {}, t("bay.guide.parts", { parts: now.parts.join(t("bay.comma")) })),
    now.warranty && h("p", { class: "hint" }, now.warranty),
    cost(session.advice),
    h("p", { class: "label" }, t("bay.guide.after")),
    h("div", { class: "answers", role: "group", "aria-label": t("bay.guide.after") },
      seen(t("bay.guide.gone"), "gone", "primary"), seen(t("bay.guide.partly"), "partly"), seen(t("bay.guide.still_there"), "still_there")),
    h("details", {}, h("summary", {}, t("bay.guide.why")), h("p", {}, why)),
  ];
}

/** Nothing found, or better handed over. */
function giveUp(session, does) {
  const { kind, why } = session.advice;
  return [
    heading(t(`bay.guide.${kind}`)), h("p", {}, why),
    h("div", { class: "answers" }, answer(t(`bay.guide.${kind}_do`), () => does.step(kind), "primary")),
  ];
}

function ended(session, does) {
  return [
    heading(t(`bay.guide.ending.${session.ending}`)), h("p", {}, session.advice.why),
    h("p", { class: "hint" }, t("bay.guide.spent_all", { minutes: number(session.spent.minutes), cny: number(session.spent.cny) })),
    h("div", { class: "answers" }, answer(t("bay.guide.close"), does.finish, "primary")),
  ];
}

/** What is always possible: take back, bring back what was set aside, another repair, handing over. */
function tools(session, does) {
  const { advice } = session;
  return h("div", { class: "tools-row" },
    h("div", { class: "row" },
      h("button", { type: "button", class: "button", disabled: session.steps.length === 0, onclick: does.undo }, t("bay.guide.undo")),
      h("button", { type: "button", class: "button", onclick: () => window.print() }, t("bay.guide.print")),
      advice.could_help.map((test) => h("button", { type: "button", class: "button", onclick: () => does.step("bring_back", { test: test.id }) },
        t("bay.guide.bring_back", { test: test.name })))),
    !session.ending && otherwise(advice, does));
}

function otherwise(advice, does) {
  const words = h("input", { id: "other-repair", maxlength: 2000, autocomplete: "off" });
  const other = (key, seen) => h("button", { type: "button", class: "button", onclick: () => {
    if (words.value.trim()) does.step("other_repair", { text: words.value.trim(), seen });
    else words.focus();
  } }, t(key));
  return h("details", {}, h("summary", {}, t("bay.guide.otherwise")),
    h("label", { for: "other-repair" }, t("bay.guide.other_repair")), words,
    h("div", { class: "row" }, other("bay.guide.gone", "gone"), other("bay.guide.partly", "partly"), other("bay.guide.still_there", "still_there")),
    advice.kind !== "hand_over" && h("p", {}, h("button", { type: "button", class: "button", onclick: () => does.step("hand_over") }, t("bay.guide.hand_over_do"))));
}
