// Light, dark, or that of the system: set before anything is asked of the service, so that nothing flashes.

import { byId } from "./dom.js";

const next = { "": "light", light: "dark", dark: "" };
const set = (name) => {
  document.documentElement.dataset.theme = name;
  byId("theme").title = `Now: ${name || "that of the system"}`;
  byId("theme").setAttribute("aria-label", `Colour scheme; now ${name || "that of the system"}`);
};
set(localStorage.getItem("theme") ?? "");
byId("theme").addEventListener("click", () => {
  const name = next[document.documentElement.dataset.theme];
  localStorage.setItem("theme", name);
  set(name);
});
