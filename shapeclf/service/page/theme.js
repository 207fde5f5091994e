// Light, dark, or as the system has it: set before anything is asked of the service, so that nothing flashes.

import { byId } from "./dom.js";

const next = { "": "light", light: "dark", dark: "" };
const set = (name) => {
  document.documentElement.dataset.theme = name;
  byId("theme").title = `Now: ${name || "as the system has it"}`;
  byId("theme").setAttribute("aria-label", `Light or dark; now ${name || "as the system has it"}`);
};
set(localStorage.getItem("theme") ?? "");
byId("theme").addEventListener("click", () => {
  const name = next[document.documentElement.dataset.theme];
  localStorage.setItem("theme", name);
  set(name);
});
