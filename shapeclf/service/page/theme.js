// The colour scheme: light, dark or that of the system. It is set before the first request, so that the page does not flash.

import { byId } from "./dom.js";

const next = { "": "light", light: "dark", dark: "" };
const set = (name) => {
  document.documentElement.dataset.theme = name;
  const label = `Colour scheme: ${name || "same as the system"}`;
  byId("theme").title = label;
  byId("theme").setAttribute("aria-label", label);
};
set(localStorage.getItem("theme") ?? "");
byId("theme").addEventListener("click", () => {
  const name = next[document.documentElement.dataset.theme];
  localStorage.setItem("theme", name);
  set(name);
});
