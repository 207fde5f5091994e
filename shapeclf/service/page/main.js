// The main script of the page: it sends the points to the service after every change and shows the answer.

import { Bars, drawHistory, shownName, colourOf } from "./bars.js";
import { Data } from "./data.js";
import { byId, make, speak } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { copy, curl, download, picture } from "./export.js";
import { Game } from "./game.js";
import { measured } from "./numbers.js";
import { Plot } from "./plot.js";
import { viewOf, Points, widened } from "./points.js";
import { send, Latest } from "./service.js";

const CURVE_POINTS = 240;
const MAX_POSTERIORS = 2000; // with more points, the posterior after each point is not requested
const MAX_OUTLIERS = 5; // outliers whose numbers are shown
const SLOW = 250; // milliseconds without an answer after which the previous answer fades
const INTERVAL = 160; // milliseconds between the points of the first example

const { families } = await send("families");
const state = { among: null, drawn: null, data: null, answer: null, request: null };

const points = new Points(() => changed());
const plot = new Plot(byId("plot"), {
  add: (x, y) => points.add(x, y),
  begin: () => points.begin(),
  move: (...to) => points.move(...to),
  remove: (index) => { if (index >= 0) points.remove(index); },
  select: () => updateButtons(),
});
const data = new Data(points);
const game = new Game(plot, families, () => changed());
const bars = new Bars(families, { consider, draw: (name) => {
  state.drawn = state.drawn === name ? null : name;
  changed();
} });
const latest = new Latest(answered, (error) => {
  stopWaiting();
  showError(error.message);
  show(null);
});

// Requests an answer to the points, and at once shows everything that does not depend on it.
function changed() {
  if (game.playing) return;
  if (state.data !== points.now.data) {
    state.data = points.now.data;
    state.drawn = null; // the curve was chosen for other data
  }
  updateButtons();
  data.show();
  const shown = points.shown;
  const names = axisNames();
  const origin = points.now.data.reading?.table.data.x_origin; // the date or time that is x = 0
  const xUnit = [names?.x_unit, origin && `since ${origin}`].filter(Boolean).join(" ");
  plot.show({ points: shown, view: points.view, labels: names && [label(names.x ?? "x", xUnit), label(names.y ?? "y", names.y_unit)] });
  plot.svg.setAttribute("aria-label", `Plot of ${shown.length} point${shown.length === 1 ? "" : "s"}`);
  byId("hint").textContent = points.now.demo ? "An example. Click or tap to add points of your own." : shown.length ? "" : "Click or tap to add points.";
  if (!shown.length) {
    latest.cancel();
    stopWaiting();
    show(null);
    return;
  }
  const [start, end] = points.view.x;
  state.request = {
    sequences: [shown], curve: { start, end, points: CURVE_POINTS }, each_point: shown.length <= MAX_POSTERIORS,
    ...(state.among && { among: state.among }), ...(state.drawn && { family: state.drawn }), ...(names && { names }),
  };
  clearTimeout(state.slow);
  state.slow = setTimeout(() => document.body.classList.add("waiting"), SLOW);
  latest.request("recognize", state.request);
}

// Return the names and units of the columns that the points were read from; null if they come from no table.
function axisNames() {
  const table = points.now.data.reading?.table.data;
  return table ? { x: table.x, y: table.y, x_unit: table.x_unit, y_unit: table.y_unit } : null;
}

const label = (name, unit) => (unit ? `${name} (${unit})` : name);

// The fit that is shown: that of the answer or, where the points follow none of the laws, of the closest law.
const shownFit = (answer) => (answer?.equation ? answer : answer?.closest) ?? null;

const equation = (answer) => shownFit(answer)?.equation_named ?? shownFit(answer)?.equation ?? "";

function stopWaiting() {
  clearTimeout(state.slow);
  document.body.classList.remove("waiting");
}

function answered({ answers: [answer] }) {
  stopWaiting();
  if (game.playing || !points.count) return;
  showError("");
  show(answer);
  speak(`${answer.verdict}, after ${answer.points} point${answer.points === 1 ? "" : "s"}. ${equation(answer)}`);
}

function show(answer) {
  state.answer = answer;
  const drawn = state.drawn ?? answer?.family;
  const [head, rest] = (answer?.verdict ?? (points.count ? "No answer" : "Add a point")).split(/ (\(.*)/s);
  byId("verdict").replaceChildren(head, ...(rest ? [make("small", {}, ` ${rest}`)] : []));
  document.body.style.setProperty("--colour", answer ? colourOf(families, drawn) : "var(--faint)");
  byId("verdict").style.setProperty("--colour", answer ? colourOf(families, answer.family) : "var(--ink)");
  byId("equation").textContent = equation(answer);
  byId("copy-equation").hidden = !shownFit(answer);
  byId("quality").textContent = quality(answer, drawn);
  bars.show(answer?.posterior, answer?.family, state.drawn);
  byId("history-title").textContent = `Probabilities after each point${answer && !answer.posteriors ? " (only up to 2,000 points)" : ""}`;
  drawHistory(byId("history"), families, state.among ?? families.map(({ name }) => name), answer?.posteriors ?? []);
  plot.show({ curve: answer?.curve ?? null, dashed: !answer?.equation });
  for (const id of ["picture", "json", "curl"]) byId(id).disabled = !answer;
}

function quality(answer, drawn) {
  if (!answer || (!answer.equation && answer.verdict.startsWith("too few"))) return "";
  const fit = shownFit(answer);
  if (!fit) return answer.family === "none" && !state.drawn ? "The points follow none of the known laws, so there is no equation." : `There is no fit of ${drawn} to these points.`;
  const units = Object.entries(fit.parameter_units ?? {}).map(([name, unit]) => `${name} in ${unit}`).join(", ");
  const quantities = Object.entries(fit.quantities ?? {}).map(([name, { value, standard_error, unit }]) =>
    `${name} ${measured(value, standard_error)}${unit ? ` ${unit}` : ""}`);
  const unusedErrors = points.now.points.some(({ e }) => e > 0) && points.shown[0].length < 3;
  return [
    fit !== answer && `the closest law: ${fit.family}`,
    fit.r_squared !== null && `R² ${fit.r_squared.toFixed(4)}`,
    fit.reduced_chi_squared != null && `χ² per degree of freedom ${Number(fit.reduced_chi_squared.toPrecision(3))}`,
    units,
    ...quantities,
    fit.residual_test?.random === false && (fit.residual_test.systematic === null
      ? `residuals ${Number(Math.sqrt(fit.reduced_chi_squared).toPrecision(2))} times as large as the error bars say`
      : `residuals not random: ${fit.residual_test.name}, systematic part ${Number((100 * fit.residual_test.systematic).toPrecision(2))} % of the range of y`),
    fit.outliers?.length > 0 && outliersText(fit.outliers),
    unusedErrors && "error bars not used, since a point has none",
    fit === answer && drawn !== answer.family && `drawn: ${drawn}, not the most probable`,
  ].filter(Boolean).join(" · ");
}

function outliersText(numbers) {
  const more = numbers.length > MAX_OUTLIERS ? ` and ${numbers.length - MAX_OUTLIERS} more` : "";
  return `outliers: point${numbers.length > 1 ? "s" : ""} ${numbers.slice(0, MAX_OUTLIERS).join(", ")}${more}`;
}

function showError(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = !text;
}

function updateButtons() {
  byId("undo").disabled = game.playing || !points.before.length;
  byId("redo").disabled = game.playing || !points.after.length;
  for (const id of ["clear", "fit-view", "delete"]) byId(id).disabled = game.playing || !points.count;
  byId("wider").disabled = byId("surprise").disabled = game.playing;
}

function consider(name, isConsidered) {
  const now = new Set(state.among ?? families.map((family) => family.name));
  now[isConsidered ? "add" : "delete"](name);
  const names = families.map((family) => family.name).filter((each) => now.has(each));
  if (names.length) state.among = names.length === families.length ? null : names;
  if (state.among && !state.among.includes(state.drawn)) state.drawn = null;
  bars.tick(state.among);
  byId("all-families").hidden = !state.among;
  changed();
}

function setNoise(noisePercent) {
  const [low, high] = viewOf(points.now.points.map(({ x, y }) => [x, y])).y;
  points.noise = (noisePercent / 100) * ((high - low) / 1.16); // percent of the range of y; the view is 1.16 times as high
  byId("noise-value").textContent = `${noisePercent} %`;
  byId("noise").setAttribute("aria-valuetext", `${noisePercent} %`);
}

function connectControls() {
  const press = (id, action) => byId(id).addEventListener("click", action);
  press("undo", () => points.undo());
  press("redo", () => points.redo());
  press("delete", () => points.remove(plot.selected ?? points.count - 1));
  press("clear", () => points.set({ points: [], demo: false, view: { x: [0, 10], y: [0, 10] }, data: {} }));
  press("fit-view", () => points.set({ view: viewOf(points.shown) }));
  press("wider", () => points.set({ view: widened(points.view, 1.6) }));
  press("all-families", () => {
    state.among = null;
    bars.tick(null);
    byId("all-families").hidden = true;
    changed();
  });
  press("surprise", () => {
    latest.cancel();
    startGame();
  });
  press("copy-equation", () => reportExport(async () => { await copy(equation(state.answer)); return "The equation is copied."; }));
  press("curl", () => reportExport(async () => { await copy(curl(state.request)); return "The command is copied."; }));
  press("picture", () => reportExport(async () => {
    download("shapeclf.png", await picture(byId("plot"), byId("verdict"), byId("equation")));
    return "Saved as shapeclf.png.";
  }));
  press("json", () => reportExport(async () => {
    const content = JSON.stringify({ request: state.request, answer: state.answer }, null, 2);
    download("shapeclf.json", new Blob([content], { type: "application/json" }));
    return "Saved as shapeclf.json.";
  }));
  byId("noise").addEventListener("input", ({ target }) => {
    setNoise(Number(target.value));
    changed();
  });
  byId("example").append(make("option", { value: "" }, "choose…"), ...EXAMPLES.map(([name], i) => make("option", { value: i }, name)));
  byId("example").addEventListener("change", ({ target }) => {
    if (game.playing) game.leave();
    if (target.value !== "") points.load(EXAMPLES[target.value][1]);
    target.value = "";
  });
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.closest("input, textarea")) return;
    event.preventDefault();
    if (!game.playing) points[event.shiftKey ? "redo" : "undo"]();
  });
  new ResizeObserver(() => { if (state.answer && !game.playing) show(state.answer); }).observe(byId("history"));
}

function startGame() {
  stopWaiting();
  show(null);
  byId("verdict").textContent = "A hidden law";
  byId("hint").textContent = "";
  showError("");
  document.body.style.setProperty("--colour", "var(--accent)");
  game.start(state.among, Number(byId("noise").value) / 100);
  updateButtons();
}

async function reportExport(action) {
  try {
    byId("export-note").textContent = await action();
  } catch (error) { byId("export-note").textContent = error.message; }
}

// Shows the first example point by point, until the visitor adds points or starts the game.
async function playExample() {
  const readings = EXAMPLES[0][1], view = viewOf(readings);
  const instant = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (let count = instant ? readings.length : 1; count <= readings.length; count++) {
    if (count > 1 && !instant && (!points.now.demo || game.playing)) return;
    points.before.length = 0;
    points.load(readings.slice(0, count), { demo: true, view });
    points.before.length = 0;
    updateButtons();
    if (!instant) await new Promise((resolve) => { setTimeout(resolve, INTERVAL); });
  }
}

connectControls();
playExample();
