// The result in plain words: may I drive on, what it may be, how sure, what to do, what comes next.

import { by, h, put, say } from "../shell/dom.js";
import { moment, number, t } from "../shell/texts.js";
import { answerOf } from "./circumstances.js";
import { evidence } from "./evidence.js";
import { icon } from "./icons.js";
import { heardInWords, headline, recordAgain, seenInWords, steps, sureness } from "./plainly.js";
import { deleteClip } from "./progress.js";

const LIKELY_ENOUGH = 0.01;
const KIND = { stop: "bad", soon: "warn", ok: "good", unknown: "" };

/** clip: of GET /v1/clips/{id}, with its report. */
export function showResult(place, clip, back) {
  const { report } = clip;
  const { diagnosis } = report;
  const again = recordAgain(report);
  const heading = h("h1", { tabindex: "-1" }, headline(diagnosis));
  put(
    place,
    top(back),
    clip.generated ? h("p", { class: "badge generated" }, t("owner.generated")) : null,
    heading,
    clip.confirmed_fault ? h("p", { class: "notice good" }, t("owner.confirmed")) : null,
    driveOn(report),
    again?.unsure ? recordOnceMore(place, clip, again, back) : null,
    findings(report),
    causes(diagnosis),
    workshop(report),
    again && !again.unsure ? recordOnceMore(place, clip, again, back) : null,
    weakened(report),
    evidence(clip),
    foot(clip, back),
  );
  heading.focus();
  by("told").textContent = headline(diagnosis);
}

/** A clip whose analysis failed or was stopped. */
export function showFailed(place, clip, back) {
  put(
    place, top(back), h("h1", {}, t("owner.failed")),
    h("p", { class: "notice warn", role: "alert" }, clip.error?.message ?? t("owner.cancelled")),
    recordOnceMore(place, clip, { steps: [] }, back), foot(clip, back),
  );
}

function top(back) {
  return h("button", { class: "button back", type: "button", onclick: back }, t("owner.back"));
}

function driveOn(report) {
  const { drive } = report.diagnosis;
  return h("section", { class: `card drive ${KIND[drive]}` },
    h("h2", {}, icon(drive), t("owner.drive.title")),
    h("p", { class: "verdict" }, t(`owner.drive.${drive}`)),
    steps(report).now.map((step) => h("p", {}, step.text)));
}

function findings(report) {
  const { noise, damage } = report;
  const rows = [];
  if (noise.verdict !== "no_audio") rows.push([t("owner.heard.title"), heardInWords(noise)]);
  if (damage.verdict !== "no_video") rows.push([t("owner.seen.title"), seenInWords(damage)]);
  return h("section", { class: "card" }, h("h2", {}, t("owner.found")), rows.map(([name, words]) => h("p", {}, h("strong", {}, name), h("br"), words)));
}

function causes(diagnosis) {
  const likely = diagnosis.causes.filter((cause) => cause.probability >= LIKELY_ENOUGH).slice(0, 4);
  if (likely.length === 0) return null;
  return h("section", { class: "card" }, h("h2", {}, t("owner.causes")),
    h("ul", { class: "plain" }, likely.map((cause) => h("li", {}, h("strong", {}, cause.name), h("br"),
      sureness(cause.probability), t("owner.comma"), t(`owner.severity.${cause.severity}`)))),
    h("p", { class: "hint" }, t("owner.causes.hint")));
}

function workshop(report) {
  const next = report.diagnosis.next_test;
  const planned = steps(report).workshop;
  if (!next && planned.length === 0) return null;
  const first = next ? [{ id: next.id, name: next.name, text: next.why, minutes: next.minutes }] : [];
  const rest = planned.filter((step) => step.id !== next?.id);
  return h("section", { class: "card" }, h("h2", {}, t("owner.workshop")),
    h("ol", { class: "steps" }, [...first, ...rest].slice(0, 5).map((step) => h("li", {}, h("strong", {}, step.name),
      step.minutes ? ` · ${t("owner.minutes", { n: number(step.minutes) })}` : "", h("br"), step.text))));
}

function recordOnceMore(place, clip, again, back) {
  const picked = answerOf(clip.context.when);
  const onclick = async () => {
    if (!picked) return back();
    history.pushState(null, "", "/owner");
    const { showReady } = await import("./ready.js");
    return showReady(place, picked, back);
  };
  return h("section", { class: "card again" }, h("h2", {}, t("owner.again.title")),
    again.steps.map((step) => h("p", {}, h("strong", {}, step.name), h("br"), step.text)),
    h("button", { class: "button primary big", type: "button", onclick }, t(again.steps.length || picked ? "owner.again.button" : "owner.again.plain")));
}

function weakened(report) {
  const facts = report.quality.filter((fact) => fact.code !== "generated_clip");
  if (facts.length === 0) return null;
  return h("details", { class: "card" }, h("summary", {}, t("owner.weakened")), facts.map((fact) => h("p", {}, h("strong", {}, fact.message), h("br"), fact.advice)));
}

function foot(clip, back) {
  const dialog = h("dialog", { "aria-labelledby": "sure" }, h("h2", { id: "sure" }, t("owner.delete.sure")), h("p", {}, t("owner.delete.what")),
    h("div", { class: "row" }, h("button", { class: "button danger", type: "button", onclick: drop }, t("owner.delete.yes")),
      h("button", { class: "button", type: "button", onclick: () => dialog.close() }, t("owner.delete.no"))));
  async function drop() {
    try {
      await deleteClip(clip.id);
      dialog.close();
      say(t("owner.deleted"), "good");
      back();
    } catch (problem) {
      say(problem.message, "bad");
    }
  }
  return h("footer", { class: "foot" }, h("p", { class: "hint" }, t("owner.limits")),
    h("p", { class: "hint" }, t("owner.clip.of", { name: clip.label, at: moment(clip.created_at) })),
    h("button", { class: "button danger", type: "button", onclick: () => dialog.showModal() }, t("owner.delete")), dialog);
}
