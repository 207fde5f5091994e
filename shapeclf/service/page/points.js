// The points, as they are and as they were. Each is {x, y, z}: y without noise, and z, how the noise takes it.
// `now.data` is another object when the points are other data, not the same ones changed.

import { normal } from "./numbers.js";

const KEPT = 200; // steps back

export class Points {
  constructor(changed) {
    this.changed = changed;
    this.now = { points: [], view: { x: [0, 10], y: [0, 10] }, demo: false, data: {} };
    this.before = [];
    this.after = [];
    this.noise = 0; // standard deviation, in units of y
  }

  // What was chosen to be shown, and whatever noise or typing has put beyond it.
  get view() {
    const { x, y } = this.now.view, shown = this.shown;
    return { x: holding(x, shown.map((point) => point[0])), y: holding(y, shown.map((point) => point[1])) };
  }

  // [x, y] of each, as they are drawn and asked about.
  get shown() { return this.now.points.map((point) => [point.x, point.y + this.noise * point.z]); }

  get count() { return this.now.points.length; }

  // A step that can be undone; `slight` are the steps of one movement, undone together.
  set(change, { slight = false } = {}) {
    if (!slight) this.#keep();
    this.now = { ...this.now, ...change };
    this.after = [];
    this.changed();
  }

  #keep() {
    this.before.push(this.now);
    if (this.before.length > KEPT) this.before.shift();
  }

  begin() { this.#keep(); }

  add(x, y) {
    const begins = this.now.demo || !this.count;
    const kept = begins ? [] : this.now.points;
    const z = normal();
    this.set({ points: [...kept, { x, y: y - this.noise * z, z }], demo: false, ...(begins && { data: {} }) });
  }

  move(place, x, y, options) {
    const points = this.now.points.map((point, i) => (i === place ? { ...point, x, y: y - this.noise * point.z } : point));
    this.set({ points, demo: false }, options);
  }

  remove(place) {
    this.set({ points: this.now.points.filter((_, i) => i !== place), demo: false });
  }

  load(pairs, { demo = false, view = around(pairs) } = {}) {
    this.set({ points: pairs.map(([x, y]) => ({ x, y, z: normal() })), demo, view, data: {} });
  }

  undo() { this.#turn(this.before, this.after); }

  redo() { this.#turn(this.after, this.before); }

  #turn(from, to) {
    if (!from.length) return;
    to.push(this.now);
    this.now = from.pop();
    this.changed();
  }
}

// The view that shows all points with a margin.
export function around(pairs) {
  return { x: margin(pairs.map((pair) => pair[0])), y: margin(pairs.map((pair) => pair[1])) };
}

function margin(values) {
  if (!values.length) return [0, 10];
  const [low, high] = extremes(values);
  const room = (high - low) * 0.08 || Math.abs(high) * 0.5 || 1;
  return [low - room, high + room];
}

function holding([low, high], values) {
  const room = (high - low) * 0.04;
  const [least, most] = extremes(values);
  return [least < low ? least - room : low, most > high ? most + room : high];
}

function extremes(values) {
  return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
}

export function widened({ x, y }, factor) {
  const around = ([low, high]) => {
    const middle = (low + high) / 2, half = ((high - low) / 2) * factor;
    return Number.isFinite(half * 2) ? [middle - half, middle + half] : [low, high];
  };
  return { x: around(x), y: around(y) };
}
