// Server-Sent Events of /v1/clips/{id}/events: gone on with after a lost line, until the last one.

import { Problem, request } from "./api.js";

const WAIT_MS = [500, 1000, 2000, 4000, 8000];

/** Calls heard({kind, data, id}) for each event. Ends when it returns true, or when nothing more will
 * come; comes back by itself after a lost line. options: signal; lost(tries) is told of each lost line. Throws Problem
 * for what coming back does not mend. */
export async function listen(path, heard, { signal, lost = () => {} } = {}) {
  let last = "";
  for (let tries = 0; ; ) {
    try {
      const headers = { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) };
      const response = await request("GET", path, undefined, { headers, signal });
      if (response.status === 204) return;
      tries = 0;
      for await (const event of parsed(response.body)) {
        last = event.id || last;
        if (heard(event) === true) return;
      }
    } catch (error) {
      if (error.name === "AbortError" || (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429)) throw error;
    }
    lost(tries);
    await pause(WAIT_MS[Math.min(tries++, WAIT_MS.length - 1)], signal);
  }
}

/** Events of a stream of bytes (WHATWG HTML, 9.2.6). */
export async function* parsed(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const event = eventOf(block);
      if (event) yield event;
    }
  }
}

function eventOf(block) {
  const fields = { event: "message", data: [], id: "" };
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^(\w+):? ?(.*)$/.exec(line) ?? [];
    if (name === "data") fields.data.push(value);
    else if (name in fields) fields[name] = value;
  }
  if (!fields.data.length) return null;
  return { kind: fields.event, data: JSON.parse(fields.data.join("\n")), id: fields.id };
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
