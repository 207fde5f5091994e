// The points and the changes that can be undone. Each point is {x, y, z, e}: y is without noise, z is a standard normal
// number by which the noise is multiplied, and e is the standard deviation of y, undefined if there is none.
// `now.data` stays the same object while the same points are edited; loading other points replaces it.

import { normal } from "./numbers.js";

const HISTORY = 200; // steps that can be undone

export class Points {
  constructor(changed) {
    this.changed = changed;
    this.now = { points: [], view: { x: [0, 10], y: [0, 10] }, demo: false, data: {} };
    this.before = [];
    this.after = [];
    this.noise = 0; // standard deviation, in units of y
  }

  // The chosen view, extended so that points outside it (moved by noise or typed) are visible.
  get view() {
    const { x, y } = this.now.view, shown = this.shown;
    return { x: extended(x, xs(shown)), y: extended(y, ys(shown)) };
  }

  // [x, y] of each point with its noise, as it is drawn and recognised; [x, y, e] if all have an e.
  get shown() {
    const allHaveErrors = this.now.points.every(({ e }) => e > 0);
    return this.now.points.map(({ x, y, z, e }) => [x, y + this.noise * z, ...(allHaveErrors ? [e] : [])]);
  }

  get count() { return this.now.points.length; }

  // Makes a change that can be undone. The changes during a drag are undone together, with the call of begin() before it.
  set(change, { duringDrag = false } = {}) {
    if (!duringDrag) this.#remember();
    this.now = { ...this.now, ...change };
    this.after = [];
    this.changed();
  }

  #remember() {
    this.before.push(this.now);
    if (this.before.length > HISTORY) this.before.shift();
  }

  begin() { this.#remember(); }

  add(x, y) {
    const isFirst = this.now.demo || !this.count;
    const others = isFirst ? [] : this.now.points;
    const z = normal();
    this.set({ points: [...others, { x, y: y - this.noise * z, z }], demo: false, ...(isFirst && { data: {} }) });
  }

  move(index, x, y, options) {
    const points = this.now.points.map((point, i) => (i === index ? { ...point, x, y: y - this.noise * point.z } : point));
    this.set({ points, demo: false }, options);
  }

  remove(index) {
    this.set({ points: this.now.points.filter((_, i) => i !== index), demo: false });
  }

  load(rows, { demo = false, view = viewOf(rows), data = {} } = {}) {
    this.set({ points: rows.map(([x, y, e]) => ({ x, y, e, z: normal() })), demo, view, data });
  }

  undo() { this.#restore(this.before, this.after); }

  redo() { this.#restore(this.after, this.before); }

  #restore(from, to) {
    if (!from.length) return;
    to.push(this.now);
    this.now = from.pop();
    this.changed();
  }
}

const xs = (rows) => rows.map(([x]) => x);
const ys = (rows) => rows.flatMap(([, y, e = 0]) => [y - e, y + e]);

// Return the view that shows all points and their error bars with a margin.
export function viewOf(rows) {
  return { x: margin(xs(rows)), y: margin(ys(rows)) };
}

function margin(values) {
  if (!values.length) return [0, 10];
  const [low, high] = extremes(values);
  const padding = (high - low) * 0.08 || Math.abs(high) * 0.5 || 1;
  return [low - padding, high + padding];
}

function extended([low, high], values) {
  const padding = (high - low) * 0.04;
  const [least, most] = extremes(values);
  return [least < low ? least - padding : low, most > high ? most + padding : high];
}

function extremes(values) {
  return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
}

export function widened({ x, y }, factor) {
  const widen = ([low, high]) => {
    const middle = (low + high) / 2, half = ((high - low) / 2) * factor;
    return Number.isFinite(half * 2) ? [middle - half, middle + half] : [low, high];
  };
  return { x: widen(x), y: widen(y) };
}
