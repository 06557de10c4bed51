// From values to px, and round values to write at an axis.

/** A linear scale. from: [low, high] of values; to: [first, last] in px. */
export function linear([low, high], [first, last]) {
  const span = high - low || 1;
  return (value) => first + ((value - low) / span) * (last - first);
}

/** A scale of ratios: equal factors are equally far apart. low > 0. */
export function logarithmic([low, high], px) {
  const plain = linear([Math.log(low), Math.log(high)], px);
  return (value) => plain(Math.log(Math.max(value, low / 1e6)));
}

/** Middles and width in px of so many equal places between first and last. */
export function places(count, [first, last]) {
  const width = (last - first) / Math.max(1, count);
  return { width, middle: (index) => first + (index + 0.5) * width };
}

/** Round values from low to high, at steps of 1, 2 or 5 times a power of ten; at most `most`. */
export function ticks(low, high, most = 6) {
  if (!(high > low)) return [low];
  const raw = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw * 0.999);
  const found = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-6; value += step) {
    found.push(Number(value.toPrecision(12)));
  }
  return found;
}

/** Powers of ten with 2 and 5 between, from low to high; at most `most`. */
export function ratioTicks(low, high, most = 7) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const factor of [1, 2, 5]) {
      const value = Number((factor * 10 ** power).toPrecision(6));
      if (value >= low && value <= high) found.push(value);
    }
  }
  return found.length > most ? found.filter((v) => Number.isInteger(Math.log10(v))) : found;
}

/** Which of so many places get a label, so that no more than `most` do: their indices. */
export function thinned(count, most) {
  const step = Math.max(1, Math.ceil(count / Math.max(1, most)));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

/** The range of some numbers, null ones left out, with 0 where `zero`; [0, 1] of none. */
export function range(values, { zero = false } = {}) {
  const known = values.filter((value) => Number.isFinite(value));
  if (zero) known.push(0);
  if (known.length === 0) return [0, 1];
  const low = Math.min(...known);
  const high = Math.max(...known);
  return low === high ? [low === 0 ? 0 : low - Math.abs(low) * 0.1, high + (Math.abs(high) * 0.1 || 1)] : [low, high];
}
