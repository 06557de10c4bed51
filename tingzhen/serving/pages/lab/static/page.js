// What the pages of the lab share: they load, show, and say so where that fails.

import { by, h, put } from "../shell/dom.js";
import { t } from "../shell/texts.js";

export const content = () => by("content");

/** Show what `make` resolves to in place of the page's content; a problem as a sentence, with a
 * button to try again. */
export async function show(make) {
  const place = content();
  try {
    const made = await make();
    put(place, made);
  } catch (problem) {
    put(
      place,
      h("p", { class: "notice bad", role: "alert" }, problem.message),
      h("p", {}, h("button", { class: "button", type: "button", onclick: () => show(make) }, t("lab.again"))),
    );
    if (problem.status === undefined) throw problem;
  }
}

/** A card with a heading. */
export const card = (heading, ...children) =>
  h("section", { class: "card" }, h("h2", {}, heading), ...children);

/** A card around a chart, which has its own name. */
export const chartCard = (chart) => h("section", { class: "card" }, chart);

/** A number with what it is, as a link. */
export const figure = (value, what, href) =>
  h("a", { class: "card figure", href }, h("strong", {}, value), h("span", {}, what));

/** That reports are not counted yet, where there are any. */
export const behind = (pending) =>
  pending ? h("p", { class: "notice warn" }, t("lab.pending", { n: pending })) : null;

/** The mark of a clip that is no recording. */
export const generatedMark = (clip) =>
  clip.generated ? h("span", { class: "badge generated" }, t("lab.generated")) : null;

/** Tabs that are links: [[name, href, chosen]]. */
export const choices = (name, entries) =>
  h("nav", { class: "row picks", "aria-label": name }, entries.map(([text, href, chosen]) =>
    h("a", { class: "button", href, "aria-current": chosen ? "true" : null }, text)));

/** The address of this page with other values in its query; empty ones are left out. */
export function here(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text ? `${location.pathname}?${text}` : location.pathname;
}

export const asked = (name, otherwise = null) => new URLSearchParams(location.search).get(name) ?? otherwise;

/** Ask before something that changes the service for everybody; true where it is confirmed. */
export function confirmed(question, yes) {
  const dialog = h(
    "dialog", { "aria-label": question },
    h("p", {}, question),
    h("form", { method: "dialog", class: "row" },
      h("button", { class: "button primary", value: "yes" }, yes),
      h("button", { class: "button", value: "no" }, t("lab.cancel"))),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
