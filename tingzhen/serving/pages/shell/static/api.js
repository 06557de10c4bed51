// Requests to /v1 with the session of the page.

import { t } from "./texts.js";

const csrf = () => document.querySelector('meta[name="csrf"]').content;

/** What the service refused, in a sentence for people (message), with its code and status. */
export class Problem extends Error {
  constructor(message, code, status, retryAfterS = null) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** JSON of a GET, null for 204. Throws Problem. */
export const get = (path, options = {}) => send("GET", path, undefined, options);

/** JSON of the answer, null for 204. body: an object becomes JSON; a Blob or FormData is sent as it
 * is. options: headers, signal. Throws Problem; leads to /login where nobody is signed in. */
export async function send(method, path, body, options = {}) {
  const response = await request(method, path, body, options);
  if (response.status === 204) return null;
  const type = response.headers.get("content-type") ?? "";
  return type.includes("json") ? response.json() : response.text();
}

/** The whole answer, for its headers or its body as it comes. Throws Problem. */
export async function request(method, path, body, { headers = {}, signal } = {}) {
  const plain = body instanceof Blob || body instanceof FormData || body instanceof ArrayBuffer || body === undefined;
  const given = { "Accept-Language": document.documentElement.lang, Accept: "application/json", ...headers };
  if (method !== "GET") given["X-CSRF-Token"] = csrf();
  if (!plain) given["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method, headers: given, body: plain ? body : JSON.stringify(body), signal,
      credentials: "same-origin", cache: "no-store",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(t("shell.offline"), "offline", 0);
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response) {
  if (response.status === 401) {
    location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  const said = await response.json().catch(() => ({}));
  const retry = Number(response.headers.get("retry-after")) || null;
  return new Problem(said.detail ?? t("shell.unexpected", { status: response.status }), said.code ?? "unknown", response.status, retry);
}
