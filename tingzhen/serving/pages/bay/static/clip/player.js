// One player for picture and sound: plays from a moment, loops a stretch, lets only a band through.

import { h } from "../../shell/dom.js";
import { t } from "../../shell/texts.js";

const AGAIN_MS = 2000;
const STEEP = 3; // filters in a row on each side: 36 dB an octave

export class Player {
  /** clip: as /v1/clips/{id} gives it, with its report. */
  constructor(clip) {
    this.clip = clip;
    this.stretch = null;
    this.band = null;
    this.element = h("div", { class: "player" });
    this.status = h("p", { class: "hint", role: "status" });
    const { kind, audio } = clip.report.clip;
    this.hasSound = kind !== "photo" && audio !== null;
    if (this.hasSound) this.use("audio", clip.links.sound);
    if (kind === "video") this.awaitVideo();
  }

  /** Put a media element in place of what was there, at the same moment. */
  use(kind, source) {
    const before = this.media;
    const media = h(kind, { controls: true, preload: "auto", playsinline: true, src: source, "aria-label": t("bay.player.label") });
    for (const moved of ["timeupdate", "seeked", "loadedmetadata"]) media.addEventListener(moved, () => this.tick());
    media.addEventListener("play", () => {
      this.context?.resume();
      this.follow();
    });
    if (before) {
      before.pause();
      media.addEventListener("loadedmetadata", () => { media.currentTime = before.currentTime; }, { once: true });
      this.disconnect();
    }
    this.media = media;
    this.element.replaceChildren(media, this.status);
    if (this.band) this.only(this.band);
  }

  async awaitVideo() {
    const path = `/v1/clips/${this.clip.id}/video`;
    for (;;) {
      const answer = await fetch(path, { headers: { Range: "bytes=0-1" } }).catch(() => null);
      if (answer?.status === 202) this.status.textContent = t("bay.player.being_made");
      else if (answer?.ok) {
        this.status.textContent = "";
        this.use("video", path);
        return;
      } else if (answer && answer.status !== 429 && answer.status < 500) {
        this.status.textContent = t("bay.player.no_video");
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  /** Calls back with the moment, in s: as often as the screen is drawn while it plays. */
  onTime(callback) {
    this.told = callback;
  }

  follow() {
    cancelAnimationFrame(this.frame);
    this.tick();
    if (!this.media.paused) this.frame = requestAnimationFrame(() => this.follow());
  }

  tick() {
    this.told?.(this.media.currentTime);
    if (!this.stretch || this.media.seeking) return;
    const [from, until] = this.stretch;
    if (this.media.currentTime >= until || this.media.currentTime < from - 0.3) this.media.currentTime = from;
  }

  playFrom(second) {
    if (!this.media) return;
    this.stretch = null;
    this.media.currentTime = second;
    this.start();
  }

  /** Play a stretch again and again, until something else is asked for. */
  loop(from, until) {
    if (!this.media) return;
    this.stretch = [from, Math.max(until, from + 0.2)];
    this.media.currentTime = from;
    this.start();
  }

  start() {
    this.context?.resume();
    this.media.play()?.catch(() => {}); // a browser that wants a tap first shows its own controls
  }

  stop() {
    this.stretch = null;
    this.media?.pause();
  }

  /** Let only what lies between two frequencies through; null lets everything through. */
  only(band) {
    this.band = band;
    if (!this.media) return;
    if (!band && !this.context) return;
    this.context ??= new AudioContext();
    this.source ??= this.context.createMediaElementSource(this.media);
    this.source.disconnect();
    this.filters?.forEach((filter) => filter.disconnect());
    this.filters = band ? this.makeFilters(band) : [];
    [this.source, ...this.filters].reduce((from, to) => from.connect(to)).connect(this.context.destination);
    this.context.resume();
  }

  makeFilters({ low, high }) {
    const made = [];
    for (let i = 0; i < STEEP; i++) {
      made.push(new BiquadFilterNode(this.context, { type: "highpass", frequency: Math.max(20, low), Q: 0.8 }));
      made.push(new BiquadFilterNode(this.context, { type: "lowpass", frequency: Math.min(high, 7900), Q: 0.8 }));
    }
    // What is left of a narrow band is quiet.
    made.push(new GainNode(this.context, { gain: 4 }));
    made.push(new DynamicsCompressorNode(this.context, { threshold: -12 }));
    return made;
  }

  disconnect() {
    this.source?.disconnect();
    this.source = null;
  }
}
