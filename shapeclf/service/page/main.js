// The page: what is asked, when, and what is shown of the answer.

import { Bars, drawHistory, shownName, tone } from "./bars.js";
import { Data } from "./data.js";
import { byId, make, speak } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { Game } from "./game.js";
import { Plot } from "./plot.js";
import { around, Points, widened } from "./points.js";
import { ask, Latest } from "./service.js";
import { copy, curl, download, picture } from "./taking.js";

const CURVE = 240; // places of the curve
const MANY = 2000; // points, of which the posterior after each is not asked for
const SLOW = 250; // milliseconds, after which an answer that is still awaited makes the last one fade
const BEAT = 160; // milliseconds between the points of the first example

const { families } = await ask("families");
const state = { among: null, drawn: null, data: null, answer: null, question: null };

const points = new Points(() => changed());
const plot = new Plot(byId("plot"), {
  add: (x, y) => points.add(x, y),
  begin: () => points.begin(),
  move: (...to) => points.move(...to),
  remove: (place) => { if (place >= 0) points.remove(place); },
  choose: () => buttons(),
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

// Asks again, and shows at once what needs no answer.
function changed() {
  if (game.playing) return;
  if (state.data !== points.now.data) {
    state.data = points.now.data;
    state.drawn = null; // a curve is chosen for the data that are shown
  }
  buttons();
  data.show();
  const shown = points.shown;
  plot.show({ points: shown, view: points.view });
  plot.svg.setAttribute("aria-label", `Plot of ${shown.length} point${shown.length === 1 ? "" : "s"}`);
  byId("hint").textContent = points.now.demo ? "An example. Click or tap to set points of your own." : shown.length ? "" : "Click or tap to set points.";
  if (!shown.length) {
    latest.drop();
    settled();
    show(null);
    return;
  }
  const [start, end] = points.view.x;
  state.question = {
    sequences: [shown], curve: { start, end, points: CURVE }, each_point: shown.length <= MANY,
    ...(state.among && { among: state.among }), ...(state.drawn && { family: state.drawn }),
  };
  clearTimeout(state.slow);
  state.slow = setTimeout(() => document.body.classList.add("waiting"), SLOW);
  latest.want(["recognize", state.question]);
}

function settled() {
  clearTimeout(state.slow);
  document.body.classList.remove("waiting");
}

function answered({ answers: [answer] }) {
  settled();
  if (game.playing || !points.count) return;
  problem("");
  show(answer);
  speak(`${answer.verdict}, after ${answer.points} points. ${answer.equation ?? ""}`);
}

function show(answer) {
  state.answer = answer;
  const drawn = state.drawn ?? answer?.family;
  const [head, ...rest] = (answer?.verdict ?? (points.count ? "No answer" : "Set a point")).split(/, (?=\d|over)|; /);
  byId("verdict").replaceChildren(head, ...(rest.length ? [make("small", {}, ` ${rest.join(", ")}`)] : []));
  document.body.style.setProperty("--tone", answer ? tone(families, drawn) : "var(--faint)");
  byId("verdict").style.setProperty("--tone", answer ? tone(families, answer.family) : "var(--ink)");
  byId("equation").textContent = answer?.equation ?? "";
  byId("copy-equation").hidden = !answer?.equation;
  byId("quality").textContent = quality(answer, drawn);
  bars.show(answer?.posterior, answer?.family, state.drawn);
  byId("history-title").textContent = `After each point${answer && !answer.posteriors ? " (not beyond 2,000)" : ""}`;
  drawHistory(byId("history"), families, state.among ?? families.map(({ name }) => name), answer?.posteriors ?? []);
  plot.show({ curve: answer?.curve ?? null });
  for (const id of ["picture", "json", "curl"]) byId(id).disabled = !answer;
}

function quality(answer, drawn) {
  if (!answer) return "";
  if (!answer.equation) return answer.family === "none" && !state.drawn ? "No law of these, so no equation." : `No curve of ${drawn} through these.`;
  const fit = answer.r_squared === null ? "" : `R² ${answer.r_squared.toFixed(4)}`;
  return drawn === answer.family ? fit : `${fit} · drawn: ${drawn}, not the most probable`;
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
  press("delete", () => points.remove(plot.chosen ?? points.count - 1));
  press("clear", () => points.set({ points: [], demo: false, view: { x: [0, 10], y: [0, 10] } }));
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
  press("copy-equation", () => take(async () => { await copy(state.answer.equation); return "The equation is copied."; }));
  press("curl", () => take(async () => { await copy(curl(state.question)); return "The command is copied."; }));
  press("picture", () => take(async () => {
    download("shapeclf.png", await picture(byId("plot"), byId("verdict"), byId("equation")));
    return "Saved as shapeclf.png.";
  }));
  press("json", () => take(async () => {
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

async function take(action) {
  try {
    byId("take-note").textContent = await action();
  } catch (error) { byId("take-note").textContent = error.message; }
}

// The first example, point by point, unless the visitor begins.
async function begin() {
  const readings = EXAMPLES[0][1], view = around(readings);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  for (let count = still ? readings.length : 1; count <= readings.length; count++) {
    if (count > 1 && !still && (!points.now.demo || game.playing)) return;
    points.before.length = 0;
    points.load(readings.slice(0, count), { demo: true, view });
    points.before.length = 0;
    buttons();
    if (!still) await new Promise((resolve) => { setTimeout(resolve, BEAT); });
  }
}

wire();
begin();
