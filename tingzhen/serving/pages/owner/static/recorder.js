// Sound and picture of the device, recorded as it hears and sees them.

// What cleans up a voice takes away the noise that is looked for.
const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const PICTURE = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24 } };
const KINDS = {
  video: ["video/webm;codecs=vp8,opus", "video/webm", "video/mp4"],
  sound: ["audio/webm;codecs=opus", "audio/webm", "audio/mp4"],
};

/** Whether this browser can record at all. */
export const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia && globalThis.MediaRecorder);

/** The stream of microphone and, for "video", the camera at the back. Throws what getUserMedia does. */
export const openStream = (mode) =>
  navigator.mediaDevices.getUserMedia({ audio: SOUND, video: mode === "video" ? PICTURE : false });

/** Begin; the result's stop() gives {blob, name}. */
export function record(stream, mode) {
  const mimeType = KINDS[mode].find((kind) => MediaRecorder.isTypeSupported(kind));
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 128_000, videoBitsPerSecond: 2_500_000 });
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => event.data.size && parts.push(event.data));
  const ended = new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
  recorder.start(1000);
  return {
    async stop() {
      if (recorder.state !== "inactive") recorder.stop();
      await ended;
      const type = recorder.mimeType || mimeType;
      const blob = new Blob(parts, { type });
      return { blob, name: `${nameOf(new Date())}.${type.includes("mp4") ? "mp4" : "webm"}` };
    },
  };
}

/** Let go of microphone and camera. */
export function closeStream(stream) {
  for (const track of stream.getTracks()) track.stop();
}

const nameOf = (at) => `tingzhen-${at.toISOString().slice(0, 19).replace(/[:T]/g, "-")}`;
