// The game: the visitor and the network guess a hidden law, point by point.

import { shownName, colourOf } from "./bars.js";
import { byId, make } from "./dom.js";
import { percent } from "./numbers.js";
import { viewOf } from "./points.js";
import { send, openStream } from "./service.js";

const POINTS = 10;
const DECISIVE = 0.9; // the network guesses as soon as a family has this probability, at the latest after the last point
const DIGITS = 4; // significant digits of the numbers in the equation of the hidden law
const FIRST_POINTS = 2; // shown at the start

// The equation of a hidden law has full precision; the page shows fewer digits.
const shortened = (equation) => equation.replace(/\d+\.\d+/g, (number) => Number(Number(number).toPrecision(DIGITS)));

export class Game {
  // `plot` shows the points; `families` are those of the model; `ended` is called when the visitor leaves the game.
  constructor(plot, families, ended) {
    this.plot = plot;
    this.families = families;
    this.ended = ended;
    this.score = { rounds: 0, you: 0, network: 0 };
    byId("next-point").addEventListener("click", () => this.#nextPoint());
    byId("next-round").addEventListener("click", () => this.start(this.among, this.noise));
    byId("leave-game").addEventListener("click", () => this.leave());
  }

  async start(among, noise) {
    this.#closeStream();
    Object.assign(this, { among, noise, shown: 0, guess: null, network: null });
    this.playing = true;
    document.body.classList.add("playing");
    byId("game").hidden = false;
    byId("law").hidden = true;
    byId("reveal").replaceChildren();
    byId("next-round").hidden = true;
    byId("next-point").hidden = byId("game-note").hidden = false;
    byId("game-title").textContent = `Round ${this.score.rounds + 1}: which law is it?`;
    this.plot.locked = true;
    this.plot.selected = null;
    this.#showScore();
    this.#showChoices();
    try {
      this.hidden = await send("surprise", { points: POINTS, noise, ...(among && { among }) });
      this.stream = openStream(among);
      this.plot.show({ points: [], view: viewOf(this.hidden.points), curve: null, truth: null, labels: null });
      for (let i = 0; i < FIRST_POINTS; i++) await this.#showPoint();
    } catch (error) { this.#fail(error); }
    byId("next-point").focus();
  }

  leave() {
    this.#closeStream();
    this.playing = false;
    document.body.classList.remove("playing");
    byId("game").hidden = true;
    byId("law").hidden = false;
    this.plot.locked = false;
    this.plot.show({ truth: null });
    this.ended();
  }

  #closeStream() {
    this.stream?.close();
    this.stream = null;
  }

  #fail(error) { byId("game-state").textContent = error.message; }

  async #nextPoint() {
    try { await this.#showPoint(); } catch (error) { this.#fail(error); }
  }

  // Shows one more point to the visitor and to the network.
  async #showPoint() {
    const hidden = this.hidden;
    if (!hidden || this.shown >= POINTS || this.waiting) return;
    this.waiting = true;
    try {
      const point = hidden.points[this.shown];
      this.shown += 1;
      if (this.guess === null) this.plot.show({ points: hidden.points.slice(0, this.shown) });
      this.#networkGuess(await this.stream.update(point));
    } finally { this.waiting = false; }
    if (this.guess === null) this.#showState();
  }

  #networkGuess({ family, probability }) {
    const last = this.shown === POINTS;
    if (!this.network && (probability >= DECISIVE || last)) this.network = { family, probability, points: this.shown };
  }

  #showState() {
    const decided = this.network ? `The network has decided after ${this.network.points} points.` : "The network is not sure yet.";
    byId("game-state").textContent = `${this.shown} of ${POINTS} points. ${decided}`;
    byId("next-point").disabled = this.shown >= POINTS;
  }

  #showChoices() {
    const choices = this.families.filter(({ name }) => !this.among || this.among.includes(name));
    byId("guesses").replaceChildren(...choices.map(({ name, formula }) => {
      const button = make("button", { type: "button", "data-family": name, onclick: () => this.#guess(name) },
        shownName(name), make("i", {}, formula ?? "another curve"));
      button.style.setProperty("--colour", colourOf(this.families, name));
      return button;
    }));
  }

  async #guess(name) {
    if (this.guess !== null || !this.hidden || this.waiting) return;
    this.guess = { family: name, points: this.shown };
    for (const button of byId("guesses").children) {
      button.disabled = true;
      button.classList.toggle("mine", button.dataset.family === name);
    }
    byId("next-point").hidden = byId("game-note").hidden = true;
    try {
      while (this.shown < POINTS) await this.#showPoint(); // the network gets the remaining points, too
      this.#reveal(await send(`surprise/${this.hidden.id}`));
    } catch (error) { this.#fail(error); }
  }

  #reveal(law) {
    const scoreOf = (guess) => (guess.family === law.family ? POINTS + 1 - guess.points : 0);
    const result = (who, guess, sure = "") => {
      const points = scoreOf(guess);
      return make("p", {}, `${who}: ${shownName(guess.family)}${sure}, after ${guess.points} points: `,
        make("span", { class: points ? "right" : "wrong" }, points ? `right, +${points}` : "wrong"));
    };
    const name = make("p", { class: "law" }, `It was ${shownName(law.family)}`, make("i", {}, shortened(law.equation ?? "")));
    name.style.setProperty("--colour", colourOf(this.families, law.family));
    byId("reveal").replaceChildren(name, result("You", this.guess), result("The network", this.network, ` (${percent(this.network.probability)})`));
    byId("guesses").querySelector(`[data-family="${CSS.escape(law.family)}"]`)?.classList.add("truth");
    byId("game-state").textContent = "";
    this.score.rounds += 1;
    this.score.you += scoreOf(this.guess);
    this.score.network += scoreOf(this.network);
    this.#showScore();
    this.plot.show({ points: this.hidden.points, truth: law.curve });
    this.#closeStream();
    this.hidden = null;
    byId("next-round").hidden = false;
    byId("next-round").focus();
  }

  #showScore() {
    const { rounds, you, network } = this.score;
    byId("score").replaceChildren(...[["You", you], ["Rounds", rounds], ["Network", network]].map(
      ([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
  }
}
