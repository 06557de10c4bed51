// Elements, made without HTML from strings: what a clip or a person wrote is never markup.

/** h("button", {class: "primary", onclick: f, disabled: true}, "Go", child, …). Attributes that are
 * false, null or undefined are left out; on* are listeners; children may be nodes, strings, numbers,
 * arrays, or nothing. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false)
    .map((c) => (c instanceof Node ? c : String(c))));
  return element;
}

/** Replace what is in an element. */
export function put(element, ...children) {
  element.replaceChildren();
  return fill(element, {}, children);
}

/** The element with that id. Throws where it is missing. */
export function by(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found;
}

/** Say something to people who look and to people who listen; gone after a while. */
export function say(text, kind = "") {
  const notice = h("p", { class: `notice ${kind}` }, text);
  by("notices").append(notice);
  setTimeout(() => notice.remove(), 8000);
}
