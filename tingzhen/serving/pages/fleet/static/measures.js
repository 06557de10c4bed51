// What is shown of a fault: a rate where vehicles in service are known, else a share of cases, and
// without a fault chosen how many cases there are.

import { h } from "../shell/dom.js";
import { number, t } from "../shell/texts.js";
import { asked, share } from "./page.js";

/** {of(row) → {value, low, high, n}, write, name, about, why} for an answer of /v1/fleet/faults. */
export function measureOf(found) {
  if (found.without_rates.length === 0) {
    return {
      name: t("fleet.measure.rate"), write: (value) => number(value, value < 10 ? 2 : 0), about: t("fleet.measure.rate_about"),
      of: ({ rate }) => ({ value: rate?.per_1000_vehicle_years ?? null, low: rate?.low, high: rate?.high, n: rate?.cases }),
    };
  }
  if (asked("fault") === null && asked("system") === null && found.by !== "fault") {
    return {
      name: t("fleet.measure.count"), write: (value) => number(value), about: t("fleet.measure.count_about"),
      of: (row) => ({ value: row.cases }),
    };
  }
  return {
    name: t("fleet.measure.share"), write: share, about: t("fleet.measure.share_about"),
    of: (row) => ({ value: row.share, low: row.low, high: row.high, n: row.cases }),
  };
}

/** Why there are no rates, said plainly; null where there are. */
export function whyNoRates(found) {
  const lacks = found.without_rates;
  if (lacks.length === 0) return null;
  const known = lacks[0] === "table" || lacks[0] === "simulated";
  return h("p", { class: "hint" }, known ? t(`fleet.no_rates.${lacks[0]}`) : t("fleet.no_rates.columns", { columns: lacks.join(", ") }));
}
