// Vehicles that a pattern concerns, as a table.

import { h } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";

const COLUMNS = ["vehicle", "model", "year", "mileage_km", "cases", "with_fault", "open_cases", "last_opened_on"];
const NUMBERS = new Set(["year", "mileage_km", "cases", "with_fault", "open_cases"]);

/** found: of /v1/patterns/{id}/vehicles. name: of the pattern. */
export function vehiclesTable(found, name) {
  const row = (one) => h("tr", {},
    h("th", { scope: "row" }, one.vehicle_key ? h("code", {}, one.vehicle_key.slice(0, 12)) : t("fleet.vehicles.hidden")),
    h("td", {}, [one.make, one.model].filter(Boolean).join(" ") || "–"),
    h("td", { class: "number" }, one.year ?? "–"), h("td", { class: "number" }, one.mileage_km === null ? "–" : number(one.mileage_km)),
    h("td", { class: "number" }, number(one.cases)), h("td", { class: "number" }, number(one.with_fault)),
    h("td", { class: "number" }, one.open_cases ? h("strong", {}, number(one.open_cases)) : "0"), h("td", {}, one.last_opened_on));
  return h("div", { class: "scroll tall", tabindex: "0", role: "region", "aria-label": name }, h("table", {},
    h("thead", {}, h("tr", {}, COLUMNS.map((column) => h("th", { scope: "col", class: NUMBERS.has(column) ? "number" : "" }, t("fleet.vehicles." + column))))),
    h("tbody", {}, found.vehicles.map(row))));
}
