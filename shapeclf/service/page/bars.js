// The list of laws with their probabilities as bars, and the plot of the probabilities after each point.

import { byId, make, makeSvg } from "./dom.js";
import { percent } from "./numbers.js";

const LINES = 4; // largest number of laws in the plot of the probabilities
const COLOURS = 13; // --f0 to --f12 in the style

export const shownName = (name) => (name === "none" ? "none of the known laws" : name);

export function colourOf(families, name) {
  const index = families.findIndex((family) => family.name === name);
  return name === "none" || index < 0 ? "var(--none)" : `var(--f${index % COLOURS})`;
}

export class Bars {
  // `on` has the handlers consider(name, isConsidered) and draw(name).
  constructor(families, on) {
    this.families = families;
    this.rows = new Map(families.map(({ name, formula }) => {
      const checkbox = make("input", {
        type: "checkbox", checked: true, "aria-label": `Consider the answer ${shownName(name)}`,
        onchange: () => on.consider(name, checkbox.checked),
      });
      const button = make("button", { type: "button", "aria-pressed": "false", onclick: () => on.draw(name) },
        make("span", {}, shownName(name)), make("i", {}, (formula ?? "").replace(/^y = /, "")));
      if (!formula) button.disabled = true;
      const value = make("span", { class: "share" }, "–");
      const row = make("li", { "data-family": name }, checkbox, button, value);
      row.style.setProperty("--colour", colourOf(families, name));
      return [name, { row, checkbox, button, value }];
    }));
    byId("bars").replaceChildren(...[...this.rows.values()].map(({ row }) => row));
  }

  show(posterior, best, drawn) {
    for (const [name, { row, checkbox, button, value }] of this.rows) {
      const probability = posterior?.[name] ?? 0;
      row.style.setProperty("--share", probability);
      row.classList.toggle("best", name === best);
      button.setAttribute("aria-pressed", String(name === drawn));
      value.textContent = posterior && checkbox.checked ? percent(probability) : "–";
    }
  }

  // Ticks the boxes of these laws; null ticks all.
  tick(names) {
    for (const [name, { row, checkbox }] of this.rows) {
      checkbox.checked = !names || names.includes(name);
      row.classList.toggle("out", !checkbox.checked);
    }
  }
}

// Draws the probabilities of the most probable laws after each point.
export function drawHistory(svg, families, names, posteriors) {
  const { width, height } = svg.getBoundingClientRect();
  if (width < 2) return;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const [left, right, top, bottom] = [30, width - 78, 8, height - 18];
  const count = posteriors.length;
  const px = (i) => (count < 2 ? right : left + (i / (count - 1)) * (right - left));
  const py = (p) => bottom - p * (bottom - top);
  const elements = [0, 0.5, 1].flatMap((p) => [
    makeSvg("line", { class: "rule", x1: left, x2: right, y1: py(p), y2: py(p) }),
    makeSvg("text", { x: left - 5, y: py(p) + 4, "text-anchor": "end" }, String(p)),
  ]);
  if (count) {
    elements.push(makeSvg("text", { x: left, y: height - 3 }, "1"));
    elements.push(makeSvg("text", { x: right, y: height - 3, "text-anchor": "end" }, `${count} point${count === 1 ? "" : "s"}`));
    elements.push(...lines(families, names, posteriors, px, py, right, bottom));
  }
  svg.replaceChildren(...elements);
}

function lines(families, names, posteriors, px, py, right, bottom) {
  const last = posteriors.at(-1);
  const peak = names.map((_, f) => Math.max(...posteriors.map((row) => row[f])));
  const order = names.map((_, f) => f).sort((a, b) => last[b] + peak[b] / 1e3 - last[a] - peak[a] / 1e3).slice(0, LINES);
  const shown = order.filter((f) => peak[f] > 0.05);
  const heights = labelHeights(shown.map((f) => [f, py(last[f]) + 4]), bottom);
  return shown.flatMap((f) => {
    const d = posteriors.map((row, i) => `${i ? "L" : "M"}${px(i).toFixed(1)} ${py(row[f]).toFixed(1)}`).join("");
    const line = makeSvg("path", { class: "line", d });
    line.style.stroke = colourOf(families, names[f]);
    const text = makeSvg("text", { x: right + 6, y: heights.get(f) }, names[f]);
    text.style.fill = colourOf(families, names[f]);
    const dot = makeSvg("circle", { cx: px(posteriors.length - 1), cy: py(last[f]), r: 3 });
    dot.style.fill = colourOf(families, names[f]);
    return [line, dot, text];
  });
}

// Return heights of the labels at which none overlaps another, each as near to its line as the labels below it allow.
function labelHeights(wanted, bottom) {
  let free = bottom + 4;
  return new Map(wanted.sort((a, b) => b[1] - a[1]).map(([f, height]) => {
    const y = Math.min(height, free);
    free = y - 13;
    return [f, y];
  }));
}
