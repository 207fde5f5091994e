// The page: sends the points to the service after every change and shows the answer.

import { Bars, drawHistory, shownName, tone } from "./bars.js";
import { Data } from "./data.js";
import { byId, make, speak } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { copy, curl, download, picture } from "./export.js";
import { Game } from "./game.js";
import { Plot } from "./plot.js";
import { around, Points, widened } from "./points.js";
import { ask, Latest } from "./service.js";

const CURVE = 240; // points of the curve
const MANY = 2000; // points; with more, the posterior after each point is not requested
const SLOW = 250; // milliseconds without an answer after which the last one fades
const BEAT = 160; // milliseconds between the points of the first example

const { families } = await ask("families");
const state = { among: null, drawn: null, data: null, answer: null, question: null };

const points = new Points(() => changed());
const plot = new Plot(byId("plot"), {
  add: (x, y) => points.add(x, y),
  begin: () => points.begin(),
  move: (...to) => points.move(...to),
  remove: (index) => { if (index >= 0) points.remove(index); },
  select: () => buttons(),
});
const data = new Data(points);
const game = new Game(plot, families, () => changed());
const bars = new Bars(families, { among, draw: (name) => {
  state.drawn = state.drawn === name ? null : name;
  changed();
} });
const latest = new Latest(answered, (error) => {
  settled();
  problem(error.message);
  show(null);
});

// Requests an answer, and shows what needs none at once.
function changed() {
  if (game.playing) return;
  if (state.data !== points.now.data) {
    state.data = points.now.data;
    state.drawn = null; // a curve was chosen for the data before
  }
  buttons();
  data.show();
  const shown = points.shown;
  const names = axisNames();
  plot.show({ points: shown, view: points.view, labels: names && [label(names.x ?? "x", names.x_unit), label(names.y ?? "y", names.y_unit)] });
  plot.svg.setAttribute("aria-label", `Plot of ${shown.length} point${shown.length === 1 ? "" : "s"}`);
  byId("hint").textContent = points.now.demo ? "An example. Click or tap to add points of your own." : shown.length ? "" : "Click or tap to add points.";
  if (!shown.length) {
    latest.drop();
    settled();
    show(null);
    return;
  }
  const [start, end] = points.view.x;
  state.question = {
    sequences: [shown], curve: { start, end, points: CURVE }, each_point: shown.length <= MANY,
    ...(state.among && { among: state.among }), ...(state.drawn && { family: state.drawn }), ...(names && { names }),
  };
  clearTimeout(state.slow);
  state.slow = setTimeout(() => document.body.classList.add("waiting"), SLOW);
  latest.want(["recognize", state.question]);
}

// The names and units of the columns that the points were read from; null where there are none.
function axisNames() {
  const table = points.now.data.reading?.table.data;
  return table ? { x: table.x, y: table.y, x_unit: table.x_unit, y_unit: table.y_unit } : null;
}

const label = (name, unit) => (unit ? `${name} (${unit})` : name);

const equation = (answer) => answer?.equation_named ?? answer?.equation ?? "";

function settled() {
  clearTimeout(state.slow);
  document.body.classList.remove("waiting");
}

function answered({ answers: [answer] }) {
  settled();
  if (game.playing || !points.count) return;
  problem("");
  show(answer);
  speak(`${answer.verdict}, after ${answer.points} points. ${equation(answer)}`);
}

function show(answer) {
  state.answer = answer;
  const drawn = state.drawn ?? answer?.family;
  const [head, ...rest] = (answer?.verdict ?? (points.count ? "No answer" : "Add a point")).split(/, (?=\d|over)|; /);
  byId("verdict").replaceChildren(head, ...(rest.length ? [make("small", {}, ` ${rest.join(", ")}`)] : []));
  document.body.style.setProperty("--tone", answer ? tone(families, drawn) : "var(--faint)");
  byId("verdict").style.setProperty("--tone", answer ? tone(families, answer.family) : "var(--ink)");
  byId("equation").textContent = equation(answer);
  byId("copy-equation").hidden = !answer?.equation;
  byId("quality").textContent = quality(answer, drawn);
  bars.show(answer?.posterior, answer?.family, state.drawn);
  byId("history-title").textContent = `After each point${answer && !answer.posteriors ? " (up to 2,000 points only)" : ""}`;
  drawHistory(byId("history"), families, state.among ?? families.map(({ name }) => name), answer?.posteriors ?? []);
  plot.show({ curve: answer?.curve ?? null });
  for (const id of ["picture", "json", "curl"]) byId(id).disabled = !answer;
}

function quality(answer, drawn) {
  if (!answer || (!answer.equation && answer.verdict.startsWith("too few"))) return "";
  if (!answer.equation) return answer.family === "none" && !state.drawn ? "None of these laws, so there is no equation." : `${drawn} cannot be fitted to these points.`;
  const units = Object.entries(answer.parameter_units ?? {}).map(([name, unit]) => `${name} in ${unit}`).join(", ");
  const bars = points.now.points.some(({ e }) => e > 0) && points.shown[0].length < 3;
  return [
    answer.r_squared !== null && `R² ${answer.r_squared.toFixed(4)}`,
    answer.reduced_chi_squared != null && `χ² per degree of freedom ${Number(answer.reduced_chi_squared.toPrecision(3))}`,
    units,
    answer.residual_test?.random === false &&
      `residuals not random: ${answer.residual_test.name}, slow part ${Number((100 * answer.residual_test.systematic).toPrecision(2))} % of the range`,
    answer.outliers?.length > 0 && `far off: point ${answer.outliers.slice(0, 5).join(", ")}`,
    bars && "error bars not used, since a point has none",
    drawn !== answer.family && `drawn: ${drawn}, not the most probable`,
  ].filter(Boolean).join(" · ");
}

function problem(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = !text;
}

function buttons() {
  byId("undo").disabled = game.playing || !points.before.length;
  byId("redo").disabled = game.playing || !points.after.length;
  for (const id of ["clear", "fit-view", "delete"]) byId(id).disabled = game.playing || !points.count;
  byId("wider").disabled = byId("surprise").disabled = game.playing;
}

function among(name, whether) {
  const now = new Set(state.among ?? families.map((family) => family.name));
  now[whether ? "add" : "delete"](name);
  const names = families.map((family) => family.name).filter((each) => now.has(each));
  if (names.length) state.among = names.length === families.length ? null : names;
  if (state.among && !state.among.includes(state.drawn)) state.drawn = null;
  bars.among(state.among);
  byId("all-families").hidden = !state.among;
  changed();
}

function noised(share) {
  const [low, high] = around(points.now.points.map(({ x, y }) => [x, y])).y;
  points.noise = (share / 100) * ((high - low) / 1.16); // of the range of y, less the view's margins
  byId("noise-value").textContent = `${share} %`;
  byId("noise").setAttribute("aria-valuetext", `${share} %`);
}

function wire() {
  const press = (id, action) => byId(id).addEventListener("click", action);
  press("undo", () => points.undo());
  press("redo", () => points.redo());
  press("delete", () => points.remove(plot.selected ?? points.count - 1));
  press("clear", () => points.set({ points: [], demo: false, view: { x: [0, 10], y: [0, 10] }, data: {} }));
  press("fit-view", () => points.set({ view: around(points.shown) }));
  press("wider", () => points.set({ view: widened(points.view, 1.6) }));
  press("all-families", () => {
    state.among = null;
    bars.among(null);
    byId("all-families").hidden = true;
    changed();
  });
  press("surprise", () => {
    latest.drop();
    surprise();
  });
  press("copy-equation", () => exported(async () => { await copy(equation(state.answer)); return "The equation is copied."; }));
  press("curl", () => exported(async () => { await copy(curl(state.question)); return "The command is copied."; }));
  press("picture", () => exported(async () => {
    download("shapeclf.png", await picture(byId("plot"), byId("verdict"), byId("equation")));
    return "Saved as shapeclf.png.";
  }));
  press("json", () => exported(async () => {
    const content = JSON.stringify({ question: state.question, answer: state.answer }, null, 2);
    download("shapeclf.json", new Blob([content], { type: "application/json" }));
    return "Saved as shapeclf.json.";
  }));
  byId("noise").addEventListener("input", ({ target }) => {
    noised(Number(target.value));
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

function surprise() {
  settled();
  show(null);
  byId("verdict").textContent = "A hidden law";
  byId("hint").textContent = "";
  problem("");
  document.body.style.setProperty("--tone", "var(--accent)");
  game.start(state.among, Number(byId("noise").value) / 100);
  buttons();
}

async function exported(action) {
  try {
    byId("export-note").textContent = await action();
  } catch (error) { byId("export-note").textContent = error.message; }
}

// Shows the first example point by point, unless the visitor begins.
async function begin() {
  const readings = EXAMPLES[0][1], view = around(readings);
  const instant = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (let count = instant ? readings.length : 1; count <= readings.length; count++) {
    if (count > 1 && !instant && (!points.now.demo || game.playing)) return;
    points.before.length = 0;
    points.load(readings.slice(0, count), { demo: true, view });
    points.before.length = 0;
    buttons();
    if (!instant) await new Promise((resolve) => { setTimeout(resolve, BEAT); });
  }
}

wire();
begin();
