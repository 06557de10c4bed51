// Uploads that go on by themselves: tus 1.0.0 (https://tus.io/protocols/resumable-upload) with the
// extension creation. Parts are small on a slow line, so that progress is what has arrived.

import { Problem, request } from "../shell/api.js";

const VERSION = { "Tus-Resumable": "1.0.0" };
const SMALLEST = 64 * 1024;
const LARGEST = 4 * 1024 * 1024;
const PART_S = 1.5;
const WAIT_S = [0.5, 1, 2, 4, 8, 15];
const PASSING = new Set([0, 408, 409, 423, 425, 429]);

/** Send all of a blob; the id of the clip that it became.
 *
 * url: where an earlier attempt stands, or null. begun(url) is told of the place before anything is
 * sent, progress(bytes) of what the service has, lost(problem) of each broken line. Goes on until all
 * is there; throws Problem for what trying again does not mend. */
export async function upload(blob, metadata, { url = null, begun, progress, lost = () => {} }) {
  let at = url;
  let offset = null;
  let size = SMALLEST;
  for (let tries = 0; ; ) {
    try {
      if (at === null) {
        at = await begin(blob.size, metadata);
        await begun(at);
        offset = 0;
      }
      offset ??= await reached(at); // after a lost line nobody here knows what arrived
      progress(offset);
      while (offset < blob.size) {
        const started = performance.now();
        offset = await part(at, blob.slice(offset, offset + size), offset);
        tries = 0;
        progress(offset);
        const factor = (PART_S * 1000) / Math.max(1, performance.now() - started);
        size = Math.round(Math.min(LARGEST, Math.max(SMALLEST, size * Math.min(2, Math.max(0.5, factor)))));
      }
      return at.split("/").pop();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (at !== null && (error.status === 404 || error.status === 410)) {
        at = null; // it waited too long and was removed: from the beginning
      } else if (error.status < 500 && !PASSING.has(error.status)) {
        throw error;
      }
      offset = null;
      size = SMALLEST;
      lost(error);
      await pause(error.retryAfterS ?? WAIT_S[Math.min(tries, WAIT_S.length - 1)]);
      tries += 1;
    }
  }
}

async function begin(size, metadata) {
  const pairs = Object.entries(metadata).filter(([, value]) => value).map(([key, value]) => `${key} ${base64(value)}`);
  const headers = { ...VERSION, "Upload-Length": String(size), "Upload-Metadata": pairs.join(",") };
  const response = await request("POST", "/v1/uploads", undefined, { headers });
  return new URL(response.headers.get("location"), location.href).pathname;
}

async function reached(url) {
  const response = await request("HEAD", url, undefined, { headers: VERSION });
  return Number(response.headers.get("upload-offset"));
}

async function part(url, bytes, offset) {
  const headers = { ...VERSION, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
  const response = await request("PATCH", url, bytes, { headers });
  return Number(response.headers.get("upload-offset"));
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** For so long, or until the browser says that there is a network again. */
function pause(seconds) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    addEventListener("online", end);
  });
}
