// The way of one clip, as it truly is: bytes that the service has, then the steps that are over, the
// sound's verdict as soon as it is there, and the result.

import { send as ask } from "../shell/api.js";
import { by, h, put } from "../shell/dom.js";
import { listen } from "../shell/events.js";
import { number, t } from "../shell/texts.js";
import { heardInWords } from "./plainly.js";
import { follow } from "./sending.js";

const STEPS = ["facts", "sound", "frames", "recognition", "diagnosis", "publish"];

/** An item of the queue, from its first byte to its result. */
export function showProgress(place, item, back) {
  const parts = view(t("owner.sending.title"));
  put(place, parts.heading, parts.card, parts.heard, leave(back));
  parts.heading.focus();
  const stop = follow(({ id, kind, bytes, clipId, message }) => {
    if (id !== item.id) return;
    if (kind === "sending") {
      parts.bar.max = item.bytes;
      parts.bar.value = bytes;
      parts.words.textContent = t("owner.sending.bytes", { done: number(bytes / 1e6, 1), all: number(item.bytes / 1e6, 1) });
      parts.trouble.hidden = true;
    } else if (kind === "lost") {
      parts.trouble.hidden = false;
      parts.trouble.textContent = t("owner.sending.lost");
    } else if (kind === "refused") {
      parts.trouble.hidden = false;
      parts.trouble.textContent = message;
      parts.trouble.classList.add("bad");
      stop();
    } else {
      stop();
      history.replaceState(null, "", `/owner/clips/${clipId}`);
      followAnalysis(place, clipId, back, parts);
    }
  });
}

/** A clip that the service has, from where it stands to its result. */
export function showAnalysis(place, clipId, back) {
  const parts = view(t("owner.analysis.title"));
  put(place, parts.heading, parts.card, parts.heard, leave(back));
  followAnalysis(place, clipId, back, parts);
}

async function followAnalysis(place, clipId, back, parts) {
  parts.heading.textContent = t("owner.analysis.title");
  parts.bar.max = STEPS.length;
  parts.bar.value = 0;
  parts.trouble.hidden = true;
  parts.words.textContent = t("owner.analysis.waits");
  const over = new Set();
  try {
    await listen(`/v1/clips/${clipId}/events`, ({ kind, data }) => {
      parts.trouble.hidden = true;
      if (kind === "step" || kind === "noise") {
        over.add(kind === "noise" ? "sound" : data.step);
        parts.bar.value = over.size;
        const due = STEPS.find((step) => !over.has(step)) ?? "publish";
        parts.words.textContent = t(`owner.step.${due}`);
      }
      if (kind === "noise") {
        put(parts.heard, h("h2", {}, t("owner.heard.title")), h("p", { class: "verdict" }, heardInWords(data)), h("p", { class: "hint" }, t("owner.heard.more")));
        parts.heard.hidden = false;
        by("told").textContent = heardInWords(data);
      }
      return kind === "report" || kind === "failed" || kind === "cancelled";
    }, {
      lost: () => {
        parts.trouble.hidden = false;
        parts.trouble.textContent = t("owner.sending.lost");
      },
    });
    const { showClip } = await import("./clip.js");
    if (place.contains(parts.card)) await showClip(place, clipId, back);
  } catch (problem) {
    parts.trouble.hidden = false;
    parts.trouble.textContent = problem.message;
  }
}

/** Delete a clip for good; Problem where it cannot be. */
export const deleteClip = (clipId) => ask("DELETE", `/v1/clips/${clipId}`);

function leave(back) {
  return h("button", { class: "button", type: "button", onclick: back }, t("owner.meanwhile"));
}

function view(title) {
  const bar = h("progress", { max: 1, value: 0, "aria-label": t("owner.progress") });
  const words = h("p", { class: "words", role: "status", "aria-live": "polite" }, t("owner.sending.begins"));
  const trouble = h("p", { class: "notice warn", role: "alert", hidden: true });
  return {
    bar, words, trouble,
    heading: h("h1", { tabindex: "-1" }, title),
    card: h("section", { class: "card" }, bar, words, trouble),
    heard: h("section", { class: "card heard", hidden: true, "aria-label": t("owner.heard.title") }),
  };
}
