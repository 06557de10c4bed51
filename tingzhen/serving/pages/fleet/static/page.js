// What the pages of the fleet share: limits in the address, the mark of simulated cases, files.

import { get } from "../shell/api.js";
import { by, h, put } from "../shell/dom.js";
import { language, number, t } from "../shell/texts.js";

const query = new URLSearchParams(location.search);
const OWN = new Set(["by", "same", "within_days", "within_km", "lang", "theme"]);

/** What the address says, for /v1; without what only pages know. more: other parameters. */
export function limits(more = {}) {
  const asked = new URLSearchParams();
  for (const [name, value] of query) {
    if (value !== "" && name !== "lang" && name !== "theme") asked.append(name, value);
  }
  for (const [name, value] of Object.entries(more)) asked.set(name, value);
  asked.set("lang", language);
  return asked.toString();
}

export const asked = (name, otherwise = null) => query.get(name) || otherwise;

/** The address of this page, or of another, with other limits; empty ones are left out. */
export function here(changes, path = location.pathname) {
  const wanted = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") wanted.delete(name);
    else wanted.set(name, value);
  }
  return wanted.size ? `${path}?${wanted}` : path;
}

/** Show what `make` resolves to; a problem as a sentence, with a button to try again. */
export async function show(make) {
  const place = by("content");
  place.setAttribute("aria-busy", "true");
  try {
    put(place, await make());
  } catch (problem) {
    const again = () => {
      put(place, h("p", { class: "hint", role: "status" }, t("fleet.loading")));
      show(make);
    };
    put(place, h("p", { class: "notice bad", role: "alert" }, problem.message),
      h("p", {}, h("button", { class: "button", type: "button", onclick: again }, t("fleet.again"))));
    if (problem.status === undefined) throw problem;
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** What can be chosen from, which cases they are, and their mark; {population, exposure, choices}. */
export async function cases() {
  const found = await get(`/v1/fleet?${limits()}`);
  tellKind(found.population);
  return found;
}

/** The mark of simulated cases, and that others are left out. */
export function tellKind({ kind, left_out: others }) {
  const simulated = kind === "simulated";
  const other = simulated ? "real" : "simulated";
  put(by("mark"), simulated || others
    ? h("div", { class: `mark notice ${simulated ? "warn" : ""}` },
      simulated ? h("span", { class: "badge generated" }, t("fleet.mark.simulated")) : null,
      h("p", {}, simulated ? t("fleet.mark.simulated_about") : null, others ? " " : null,
        others ? t("fleet.mark.left_out." + other, { n: number(others) }) : null),
      others ? h("a", { class: "button", href: here({ cases: other }) }, t("fleet.mark.show." + other)) : null)
    : null);
}

/** A card with a heading. */
export const card = (heading, ...children) =>
  h("section", { class: "card" }, h("h2", {}, heading), ...children);

/** A link that saves a table. path: of /v1, with its query. */
export const file = (path, what) =>
  h("p", { class: "files" }, h("a", { class: "button", href: `${path}&format=csv`, download: "" },
    t("fleet.csv"), h("span", { class: "visually-hidden" }, ` ${what}`)));

/** A share of 1 in percent, small ones with more digits; "–" for none. */
export function share(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const digits = value === 0 || value === 1 ? 0 : value >= 0.01 ? 1 : 2;
  const options = { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(document.documentElement.lang, options).format(value);
}

// Limits go along to the other pages, as far as those have them.
const SEARCHED = new Set(["fault", "since", "cases"]);
for (const link of document.querySelectorAll(".subnav a")) {
  const to = new URL(link.href).pathname;
  const kept = [...query].filter(([name]) => (to.endsWith("/patterns") ? SEARCHED.has(name) : !OWN.has(name)));
  const wanted = new URLSearchParams(kept.filter(([, value]) => value !== ""));
  link.href = wanted.size ? `${to}?${wanted}` : to;
}
