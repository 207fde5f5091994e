// Makes elements. Text is inserted as text, never as markup, so a name from a file cannot become code.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

export function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function makeSvg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

let pendingSpeech;

// Announces a text to screen readers after a short delay. A newer text replaces one that still waits.
export function speak(text) {
  clearTimeout(pendingSpeech);
  pendingSpeech = setTimeout(() => { byId("spoken").textContent = text; }, 600);
}
