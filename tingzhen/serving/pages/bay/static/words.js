// Words and marks that several pages of the workshop share.

import { get } from "../shell/api.js";
import { h } from "../shell/dom.js";
import { number, percent, t } from "../shell/texts.js";

const DRIVE = { stop: "bad", soon: "warn", ok: "good", unknown: "" };
const SEVERITY = { dangerous: "bad", serious: "warn", moderate: "", minor: "" };

export const driveBadge = (drive) => h("span", { class: `badge ${DRIVE[drive]}` }, t(`bay.drive.${drive}`));

export const severityBadge = (severity) =>
  h("span", { class: `badge ${SEVERITY[severity]}` }, t(`bay.severity.${severity}`));

export const generatedBadge = () => h("span", { class: "badge generated" }, t("bay.generated"));

/** 12.34 → "12.3 s". */
export const seconds = (value) => t("bay.seconds", { s: number(value, 1) });

export const span = (start, end) => t("bay.span", { from: number(start, 1), to: number(end, 1) });

/** 2400, 5200 → "2.4–5.2 kHz"; empty where the band is not known. */
export function band(low, high) {
  if (low === null || high === null) return "";
  return high >= 1000
    ? t("bay.band_khz", { low: number(low / 1000, 1), high: number(high / 1000, 1) })
    : t("bay.band_hz", { low: number(low), high: number(high) });
}

/** A probability as a bar and as a figure. */
export const likely = (share) =>
  h("span", { class: "likely" },
    h("span", { class: "likely-bar", "aria-hidden": "true" }, bar(share)),
    h("span", { class: "likely-figure" }, percent(share)));

function bar(share) {
  const filled = h("span", { class: "likely-filled" });
  filled.style.inlineSize = `${Math.max(2, share * 100)}%`;
  return filled;
}

/** How long ago, in the largest whole unit. */
export function ago(iso) {
  const minutes = Math.max(0, Math.floor((Date.now() - new Date(iso)) / 60000));
  if (minutes < 1) return t("bay.ago.now");
  if (minutes < 60) return t("bay.ago.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("bay.ago.hours", { n: Math.floor(minutes / 60) });
  return t("bay.ago.days", { n: Math.floor(minutes / 1440) });
}

/** Make and model, or that nobody said. */
export const vehicle = (clip) => [clip.make, clip.model].filter(Boolean).join(" ") || t("bay.vehicle_unknown");

const NOT_OF_THE_BASE = ["none_of_these", "no_fault_found"];

let asked;

/** Names of the knowledge base's faults by their id; asked for once. */
export const faultNames = () =>
  (asked ??= get("/v1/faults").then(({ faults }) => new Map(faults.map(({ fault, name }) => [fault, name]))));

/** What was confirmed, in words: a name of the base, or what somebody wrote. */
export const confirmedName = (fault, names) =>
  NOT_OF_THE_BASE.includes(fault) ? t(`bay.confirmed.${fault}`) : names.get(fault) ?? fault;

/** The button that says a label of that name is wrong. */
export const wrong = (name, onclick) =>
  h("button", { type: "button", class: "button", "aria-label": t("bay.correct.wrong_title", { name }), onclick }, t("bay.correct.wrong"));
