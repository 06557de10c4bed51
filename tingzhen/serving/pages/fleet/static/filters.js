// The form of limits: what can be chosen, what the address says, and what is sent.

import { by, h } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { asked } from "./page.js";

/** Fill the form with what can be chosen. choices: of /v1/fleet; {} where nothing is known. */
export function fillFilters(choices) {
  options("fault", (choices.faults ?? []).map((one) => [one.id, `${one.name} (${number(one.cases)})`]));
  options("system", (choices.systems ?? []).map((one) => [one.id, one.name]));
  for (const name of ["make", "model", "region"]) options(name, (choices[name] ?? []).map((one) => [one, one]));
  options("powertrain", (choices.powertrain ?? []).map((one) => [one, t(`fleet.powertrain.${one}`)]));
  const said = [];
  for (const field of fields()) {
    const value = asked(field.name);
    if (value === null) continue;
    if (field.tagName === "SELECT" && ![...field.options].some((one) => one.value === value)) {
      field.append(h("option", { value }, value));
    }
    field.value = value;
    said.push(field.tagName === "SELECT" ? field.selectedOptions[0].textContent : `${labelOf(field)} ${value}`);
  }
  by("filtered").textContent = said.length ? said.join(" · ") : t("fleet.filter.none");
}

const fields = () => [...by("filter").elements].filter((field) => field.name);
const labelOf = (field) => document.querySelector(`label[for="${field.id}"]`).textContent;

function options(name, entries) {
  const field = document.getElementById(name);
  field?.append(...entries.map(([value, text]) => h("option", { value }, text)));
}

// What is empty does not belong into the address.
by("filter").addEventListener("submit", () => {
  for (const field of fields()) field.disabled = field.value === "";
});
// A page that the browser goes back to has its fields again.
addEventListener("pageshow", () => {
  for (const field of fields()) field.disabled = false;
});
