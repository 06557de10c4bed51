// What it was in the end: said once, it closes the case.

import { send } from "../../shell/api.js";
import { h, say } from "../../shell/dom.js";
import { t } from "../../shell/texts.js";

const SHOWN = 6;

/** names: of all faults by their id. */
export function confirmation(clip, names) {
  const causes = clip.report.diagnosis.causes.slice(0, SHOWN);
  const words = h("input", { id: "fault-text", maxlength: 2000, autocomplete: "off", list: "fault-names" });
  const known = h("datalist", { id: "fault-names" }, [...names.values()].map((name) => h("option", { value: name })));
  const choice = (value, label, ...more) => h("div", {},
    h("label", { class: "check" }, h("input", { type: "radio", name: "fault", value, required: true }), label), ...more);
  const form = h("form", { class: "confirm" },
    h("fieldset", {}, h("legend", {}, t("bay.confirm.what")),
      causes.map((cause) => choice(`fault:${cause.fault}`, cause.name)),
      choice("text", t("bay.confirm.other"), h("label", { class: "visually-hidden", for: "fault-text" }, t("bay.confirm.other_words")), words, known),
      choice("none", t("bay.confirm.none"))),
    field("repair", "bay.confirm.repair", { maxlength: 2000 }),
    h("div", { class: "pair" }, field("minutes", "bay.confirm.minutes", { type: "number", min: 0, max: 100000, inputmode: "numeric" }),
      field("cost_cny", "bay.confirm.cost", { type: "number", min: 0, max: 10000000, step: "0.01", inputmode: "decimal" })),
    field("note", "bay.confirm.note", { maxlength: 2000 }),
    h("button", { class: "button primary big" }, t("bay.confirm.button")));
  words.addEventListener("focus", () => { form.elements.fault.value = "text"; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(clip, form, names);
  });
  const open = clip.confirmed_fault === null;
  return h("section", { class: "card", "aria-labelledby": "confirm" },
    h("details", { open: open && location.hash === "#confirm" },
      h("summary", { id: "confirm" }, t(open ? "bay.confirm.title" : "bay.confirm.again")), form));
}

function field(name, key, attributes) {
  const id = `confirm-${name}`;
  return h("div", {}, h("label", { for: id }, t(key)), h("input", { id, name, autocomplete: "off", ...attributes }));
}

function said(form, names) {
  const chosen = form.elements.fault.value;
  const body = chosen === "none" ? { none_of_these: true }
    : chosen === "text" ? inWords(form.elements["fault-text"].value.trim(), names) : { fault: chosen.slice("fault:".length) };
  for (const name of ["repair", "note"]) if (form.elements[name].value.trim()) body[name] = form.elements[name].value.trim();
  for (const name of ["minutes", "cost_cny"]) if (form.elements[name].value !== "") body[name] = Number(form.elements[name].value);
  return body;
}

/** A name of the base is its fault; other words stay words. */
function inWords(words, names) {
  const found = [...names].find(([, name]) => name === words);
  return found ? { fault: found[0] } : { fault_text: words };
}

async function submit(clip, form, names) {
  const body = said(form, names);
  if (body.fault_text === "") {
    say(t("bay.confirm.words_missing"), "bad");
    form.elements["fault-text"].focus();
    return;
  }
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await send("POST", `/v1/clips/${clip.id}/confirmation`, body);
    location.assign("/bay#closed");
  } catch (problem) {
    say(problem.message, "bad");
    button.disabled = false;
  }
}
