// Between seconds and hertz and places in the plot, 0..1 from the left and from the top.

const mel = (hz) => 2595 * Math.log10(1 + hz / 700);
const hertz = (m) => 700 * (10 ** (m / 2595) - 1);

export class Scale {
  /** plot: of /v1/clips/{id}/spectrogram. */
  constructor(plot, duration) {
    this.duration = Math.max(duration, 0.001);
    this.low = mel(plot.low_hz);
    this.high = mel(plot.high_hz);
  }

  x(second) {
    return Math.min(1, Math.max(0, second / this.duration));
  }

  y(hz) {
    return Math.min(1, Math.max(0, (this.high - mel(hz)) / (this.high - this.low)));
  }

  second(x) {
    return Math.min(1, Math.max(0, x)) * this.duration;
  }

  hz(y) {
    return hertz(this.high - Math.min(1, Math.max(0, y)) * (this.high - this.low));
  }

  /** Seconds to write below the plot: at most so many, at round ones. */
  ticks(most) {
    const least = this.duration / most;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= least);
    return Array.from({ length: Math.floor(this.duration / step) + 1 }, (_, i) => Number((i * step).toFixed(3)));
  }
}

export const TICKS_HZ = [250, 1000, 2000, 4000, 8000];
