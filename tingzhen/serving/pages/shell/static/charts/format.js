// Numbers and days as the page's language writes them.

const language = () => document.documentElement.lang || "en";
const kept = new Map();

function formatter(kind, options) {
  const key = `${language()} ${kind.name} ${JSON.stringify(options)}`;
  if (!kept.has(key)) kept.set(key, new kind(language(), options));
  return kept.get(key);
}

/** A number with at most so many digits behind the point; "–" for none. */
export function number(value, digits = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return formatter(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value);
}

/** A share of 1 in percent; "–" for none. */
export function percent(value, digits = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const options = { style: "percent", maximumFractionDigits: digits };
  return formatter(Intl.NumberFormat, options).format(value);
}

/** A moment in seconds since the epoch, milliseconds or ISO text as a day. */
export function day(value) {
  return formatter(Intl.DateTimeFormat, { year: "numeric", month: "short", day: "numeric" }).format(moment(value));
}

/** The same without the year. */
export function shortDay(value) {
  return formatter(Intl.DateTimeFormat, { month: "short", day: "numeric" }).format(moment(value));
}

/** Day and time. */
export function dayTime(value) {
  return formatter(Intl.DateTimeFormat, { dateStyle: "medium", timeStyle: "short" }).format(moment(value));
}

/** An interval as text, such as "0.31 to 0.42"; "–" where there is none. write: of one number. */
export function interval(low, high, write = number) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "–";
  return `${write(low)} – ${write(high)}`;
}

function moment(value) {
  if (typeof value !== "string") return new Date(value);
  return new Date(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00` : value);
}
