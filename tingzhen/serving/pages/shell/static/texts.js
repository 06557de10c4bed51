// Words of the page, which the server put into it: those that the area's scripts name.

const texts = JSON.parse(document.getElementById("texts").textContent);

export const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";

/** The text of a key such as "owner.pick.title", with {name} filled in. Throws for an unknown key. */
export function t(key, values = {}) {
  const text = texts[key];
  if (text === undefined) throw new Error(`no text ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Whether there is a text of that key. */
export const hasText = (key) => key in texts;

const locale = document.documentElement.lang;

/** 0.834 → "83 %" in English, "83%" in Chinese; never 0 or 100 where it is neither. */
export function percent(share) {
  const whole = share <= 0 || share >= 1 ? Math.round(share * 100) : Math.min(99, Math.max(1, Math.round(share * 100)));
  return language === "zh" ? `${whole}%` : `${whole} %`;
}

/** A moment, as the reader's language writes it. */
export const moment = (iso) =>
  new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));

/** A number, as the reader's language writes it. */
export const number = (value, digits = 0) =>
  new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
