// The plot: axes, points, the curve with its band; and what a pointer or a keyboard does to them.

import { makeSvg, speak } from "./dom.js";
import { fittingTicks, label, rounded, ticks } from "./numbers.js";

const MARGIN = { left: 52, right: 14, top: 12, bottom: 30 };
const REACH = 16; // of a finger around a point
const STILL = 7; // a pointer that moves less has tapped
const TWICE = 400; // milliseconds between the taps of a double tap
const EACH = 300; // more points are a cloud, which cannot be moved
const FAR = 1e5; // beyond, a pixel is as good as any

export class Plot {
  // `on`: add(x, y), begin(), move(place, x, y), remove(place), choose(place); none where the plot only shows.
  constructor(svg, on) {
    this.svg = svg;
    this.on = on;
    this.scene = { points: [], view: { x: [0, 10], y: [0, 10] }, curve: null, truth: null };
    this.chosen = null;
    this.locked = false;
    this.cross = null;
    this.drag = null;
    this.tapped = { place: null, time: -Infinity };
    svg.addEventListener("pointerdown", (event) => this.#down(event));
    svg.addEventListener("pointermove", (event) => this.#moved(event));
    svg.addEventListener("pointerup", (event) => this.#up(event));
    svg.addEventListener("pointercancel", () => { this.drag = null; });
    svg.addEventListener("contextmenu", (event) => this.#removeAt(event));
    svg.addEventListener("keydown", (event) => this.#key(event));
    svg.addEventListener("blur", () => { this.cross = null; this.draw(); });
    new ResizeObserver(() => this.draw()).observe(svg);
  }

  show(scene) {
    this.scene = { ...this.scene, ...scene };
    if (this.chosen !== null && this.chosen >= this.scene.points.length) this.chosen = null;
    this.draw();
  }

  choose(place) {
    this.chosen = place;
    this.on.choose(place);
    this.draw();
  }

  get size() {
    const { width, height } = this.svg.getBoundingClientRect();
    return { width, height };
  }

  #scale() {
    const { width, height } = this.size;
    const { x: [x0, x1], y: [y0, y1] } = this.scene.view;
    const across = Math.max(1, width - MARGIN.left - MARGIN.right), up = Math.max(1, height - MARGIN.top - MARGIN.bottom);
    const clamp = (pixel) => Math.max(-FAR, Math.min(FAR, pixel));
    return {
      width, height, across, up,
      px: (x) => clamp(MARGIN.left + ((x - x0) / (x1 - x0)) * across),
      py: (y) => clamp(MARGIN.top + (1 - (y - y0) / (y1 - y0)) * up),
      at: (px, py) => [
        rounded(x0 + ((px - MARGIN.left) / across) * (x1 - x0), x1 - x0),
        rounded(y0 + (1 - (py - MARGIN.top) / up) * (y1 - y0), y1 - y0),
      ],
    };
  }

  draw() {
    const scale = this.#scale();
    if (scale.width < 2) return;
    this.svg.setAttribute("viewBox", `0 0 ${scale.width} ${scale.height}`);
    const inside = makeSvg("g", { "clip-path": "url(#inside)" }, ...this.#curves(scale));
    this.svg.replaceChildren(
      makeSvg("clipPath", { id: "inside" }, makeSvg("rect", {
        x: MARGIN.left, y: MARGIN.top, width: scale.across, height: scale.up,
      })),
      ...this.#axes(scale), inside, ...this.#points(scale), ...this.#crossing(scale),
    );
  }

  #axes({ width, height, across, up, px, py }) {
    const { x, y } = this.scene.view;
    const [bottom, left] = [height - MARGIN.bottom, MARGIN.left];
    const parts = [];
    const ofX = fittingTicks(...x, across), ofY = ticks(...y, up / 50);
    for (const value of ofX.values) {
      parts.push(makeSvg("line", { class: "grid", x1: px(value), x2: px(value), y1: MARGIN.top, y2: bottom }));
      parts.push(makeSvg("text", { x: px(value), y: bottom + 18, "text-anchor": "middle" }, label(value, ofX.step)));
    }
    for (const value of ofY.values) {
      parts.push(makeSvg("line", { class: "grid", x1: left, x2: width - MARGIN.right, y1: py(value), y2: py(value) }));
      parts.push(makeSvg("text", { x: left - 7, y: py(value) + 4, "text-anchor": "end" }, label(value, ofY.step)));
    }
    parts.push(makeSvg("path", { class: "axis", fill: "none", d: `M${left} ${MARGIN.top}V${bottom}H${width - MARGIN.right}` }));
    return parts;
  }

  #curves({ px, py }) {
    const { curve, truth } = this.scene;
    const parts = [];
    if (curve?.lower) {
      const there = curve.x.map((x, i) => [x, curve.lower[i], curve.upper[i]]).filter((each) => !each.includes(null));
      const edge = [...there.map(([x, low]) => [x, low]), ...there.reverse().map(([x, , high]) => [x, high])];
      if (edge.length) parts.push(makeSvg("polygon", { class: "band", points: edge.map(([x, y]) => `${px(x)},${py(y)}`).join(" ") }));
    }
    if (curve) parts.push(makeSvg("path", { class: "curve", d: path(curve, px, py) }));
    if (truth) parts.push(makeSvg("path", { class: "truth", d: path(truth, px, py) }));
    return parts;
  }

  #points({ px, py, width, height }) {
    const { points } = this.scene;
    const there = ([x, y]) => x >= MARGIN.left - 1 && x <= width - MARGIN.right + 1 && y >= MARGIN.top - 1 && y <= height - MARGIN.bottom + 1;
    const places = points.map(([x, y]) => [px(x), py(y)]);
    if (points.length > EACH) {
      const d = places.filter(there).map(([x, y]) => `M${x - 2.5} ${y}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0`).join("");
      return [makeSvg("path", { class: "cloud", d })];
    }
    return places.map((place, i) => {
      if (!there(place)) return "";
      const [cx, cy] = place;
      const chosen = i === this.chosen ? " chosen" : "";
      const last = i === points.length - 1 && points.length > (this.drawn ?? 0) ? " last" : "";
      if (i === points.length - 1) this.drawn = points.length;
      const dot = makeSvg("circle", { class: `dot${last}`, cx, cy, r: chosen ? 7 : 5.5 });
      return makeSvg("g", { class: `point${chosen}`, "data-place": i }, dot,
        this.locked ? "" : makeSvg("circle", { class: "hit", cx, cy, r: REACH }));
    });
  }

  #crossing({ px, py, width, height }) {
    if (!this.cross) return [];
    const [x, y] = [px(this.cross[0]), py(this.cross[1])];
    const d = `M${x} ${MARGIN.top}V${height - MARGIN.bottom}M${MARGIN.left} ${y}H${width - MARGIN.right}`;
    return [makeSvg("path", { class: "cross", d })];
  }

  #where(event) {
    const box = this.svg.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  // The point nearest to a place on the screen, within reach.
  #near(px, py) {
    if (this.scene.points.length > EACH) return null;
    const scale = this.#scale();
    let best = null, least = REACH;
    this.scene.points.forEach(([x, y], i) => {
      const distance = Math.hypot(scale.px(x) - px, scale.py(y) - py);
      if (distance <= least) [best, least] = [i, distance];
    });
    return best;
  }

  #down(event) {
    if (this.locked || event.button !== 0 || !event.isPrimary) return;
    const [px, py] = this.#where(event);
    const place = this.#near(px, py);
    this.drag = { place, px, py, moving: false };
    if (place !== null) {
      this.svg.setPointerCapture(event.pointerId);
      this.choose(place);
    }
  }

  #moved(event) {
    const drag = this.drag;
    if (!drag) return;
    const [px, py] = this.#where(event);
    if (!drag.moving && Math.hypot(px - drag.px, py - drag.py) < STILL) return;
    if (!drag.moving) {
      drag.moving = true;
      if (drag.place !== null) this.on.begin();
    }
    if (drag.place !== null) this.on.move(drag.place, ...this.#held(px, py), { slight: true });
  }

  #held(px, py) {
    const { width, height, at } = this.#scale();
    return at(Math.max(MARGIN.left, Math.min(width - MARGIN.right, px)), Math.max(MARGIN.top, Math.min(height - MARGIN.bottom, py)));
  }

  #up(event) {
    const drag = this.drag;
    this.drag = null;
    if (!drag || drag.moving) return;
    const again = event.timeStamp - this.tapped.time < TWICE; // a second tap, after which nothing is set by a third
    if (again && drag.place === this.tapped.place && drag.place !== null) {
      this.tapped = { place: null, time: event.timeStamp };
      this.on.remove(drag.place);
      return;
    }
    if (again && this.tapped.place === null) return;
    if (drag.place !== null) {
      this.tapped = { place: drag.place, time: event.timeStamp };
      return;
    }
    const [px, py] = this.#where(event);
    const { width, height } = this.size;
    if (px < MARGIN.left - 6 || py < MARGIN.top - 6 || px > width || py > height - MARGIN.bottom + 6) return;
    this.chosen = null;
    this.on.add(...this.#held(px, py));
  }

  #removeAt(event) {
    event.preventDefault();
    const place = this.#near(...this.#where(event));
    if (this.locked || place === null) return;
    this.drag = null;
    this.on.remove(place);
  }

  #key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.ctrlKey || event.metaKey || event.altKey || this.locked) return;
    if (event.key in steps) this.#step(...steps[event.key], event.shiftKey ? 5 : 1);
    else if (event.key === "Enter" || event.key === " ") this.#set();
    else if (event.key === "," || event.key === ".") this.#next(event.key === "." ? 1 : -1);
    else if (event.key === "Escape") this.choose(null);
    else if (event.key === "Delete" || event.key === "Backspace") this.on.remove(this.chosen ?? this.scene.points.length - 1);
    else return;
    event.preventDefault();
  }

  #step(right, up, size) {
    const { x: [x0, x1], y: [y0, y1] } = this.scene.view;
    const chosen = this.chosen !== null;
    const [x, y] = chosen ? this.scene.points[this.chosen] : this.cross ?? [(x0 + x1) / 2, (y0 + y1) / 2];
    const along = (value, step, low, high) => rounded(Math.max(low, Math.min(high, value + (step * size * (high - low)) / 50)), high - low);
    const to = [along(x, right, x0, x1), along(y, up, y0, y1)];
    if (chosen) this.on.move(this.chosen, ...to, {});
    else {
      this.cross = to;
      this.draw();
    }
    speak(`x ${to[0]}, y ${to[1]}`);
  }

  #set() {
    const { x: [x0, x1], y: [y0, y1] } = this.scene.view;
    this.cross ??= [rounded((x0 + x1) / 2, x1 - x0), rounded((y0 + y1) / 2, y1 - y0)];
    this.chosen = null;
    this.on.add(...this.cross);
  }

  #next(step) {
    const count = this.scene.points.length;
    if (!count || count > EACH) return;
    const place = this.chosen === null ? (step > 0 ? 0 : count - 1) : (this.chosen + step + count) % count;
    this.choose(place);
    const [x, y] = this.scene.points[place];
    speak(`point ${place + 1} of ${count}: x ${x}, y ${y}`);
  }
}

function path({ x, y }, px, py) {
  let d = "", begun = false;
  x.forEach((value, i) => {
    if (value === null || y[i] === null) { begun = false; return; }
    d += `${begun ? "L" : "M"}${px(value).toFixed(1)} ${py(y[i]).toFixed(1)}`;
    begun = true;
  });
  return d;
}
