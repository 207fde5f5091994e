// The plot: axes, points, error bars and the curve with its band. Points are added, moved and removed by pointer or keyboard.

import { makeSvg, speak } from "./dom.js";
import { fittingTicks, label, rounded, ticks } from "./numbers.js";

const MARGIN = { left: 52, right: 14, top: 12, bottom: 30 }; // pixels
const MARGIN_WITH_LABELS = { ...MARGIN, top: 30, bottom: 48 };
const LONGEST_LABEL = 40; // characters
const CAP = 3; // pixels, half the width of the cap of an error bar
const HIT_RADIUS = 16; // pixels; a tap within this distance of a point selects it
const TAP_DISTANCE = 7; // pixels; a pointer that moves less has tapped, not dragged
const DOUBLE_TAP = 400; // milliseconds between the two taps
const MAX_MOVABLE = 300; // points; more are drawn as one path and cannot be moved
const LARGEST_PIXEL = 1e5; // positions beyond are clipped to it

export class Plot {
  // `on` has the handlers add(x, y), begin() before a drag, move(index, x, y), remove(index) and select(index).
  constructor(svg, on) {
    this.svg = svg;
    this.on = on;
    this.scene = { points: [], view: { x: [0, 10], y: [0, 10] }, curve: null, dashed: false, truth: null, labels: null };
    this.selected = null;
    this.locked = false;
    this.crosshair = null;
    this.drag = null;
    this.tapped = { index: null, time: -Infinity };
    svg.addEventListener("pointerdown", (event) => this.#pointerDown(event));
    svg.addEventListener("pointermove", (event) => this.#pointerMove(event));
    svg.addEventListener("pointerup", (event) => this.#pointerUp(event));
    svg.addEventListener("pointercancel", () => { this.drag = null; });
    svg.addEventListener("contextmenu", (event) => this.#removeAt(event));
    svg.addEventListener("keydown", (event) => this.#key(event));
    svg.addEventListener("blur", () => { this.crosshair = null; this.draw(); });
    new ResizeObserver(() => this.draw()).observe(svg);
  }

  show(scene) {
    this.scene = { ...this.scene, ...scene };
    if (this.selected !== null && this.selected >= this.scene.points.length) this.selected = null;
    this.draw();
  }

  select(index) {
    this.selected = index;
    this.on.select(index);
    this.draw();
  }

  get margin() { return this.scene.labels ? MARGIN_WITH_LABELS : MARGIN; }

  get size() {
    const { width, height } = this.svg.getBoundingClientRect();
    return { width, height };
  }

  #scale() {
    const { width, height } = this.size;
    const { x: [x0, x1], y: [y0, y1] } = this.scene.view;
    const across = Math.max(1, width - this.margin.left - this.margin.right), up = Math.max(1, height - this.margin.top - this.margin.bottom);
    const clamp = (pixel) => Math.max(-LARGEST_PIXEL, Math.min(LARGEST_PIXEL, pixel));
    return {
      width, height, across, up,
      px: (x) => clamp(this.margin.left + ((x - x0) / (x1 - x0)) * across),
      py: (y) => clamp(this.margin.top + (1 - (y - y0) / (y1 - y0)) * up),
      at: (px, py) => [
        rounded(x0 + ((px - this.margin.left) / across) * (x1 - x0), x1 - x0),
        rounded(y0 + (1 - (py - this.margin.top) / up) * (y1 - y0), y1 - y0),
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
        x: this.margin.left, y: this.margin.top, width: scale.across, height: scale.up,
      })),
      ...this.#axes(scale), inside, ...this.#points(scale), ...this.#crosshair(scale),
    );
  }

  #axes({ width, height, across, up, px, py }) {
    const { x, y } = this.scene.view;
    const [bottom, left] = [height - this.margin.bottom, this.margin.left];
    const elements = [];
    const xTicks = fittingTicks(...x, across), yTicks = ticks(...y, up / 50);
    for (const value of xTicks.values) {
      elements.push(makeSvg("line", { class: "grid", x1: px(value), x2: px(value), y1: this.margin.top, y2: bottom }));
      elements.push(makeSvg("text", { x: px(value), y: bottom + 18, "text-anchor": "middle" }, label(value, xTicks.step)));
    }
    for (const value of yTicks.values) {
      elements.push(makeSvg("line", { class: "grid", x1: left, x2: width - this.margin.right, y1: py(value), y2: py(value) }));
      elements.push(makeSvg("text", { x: left - 7, y: py(value) + 4, "text-anchor": "end" }, label(value, yTicks.step)));
    }
    elements.push(makeSvg("path", { class: "axis", fill: "none", d: `M${left} ${this.margin.top}V${bottom}H${width - this.margin.right}` }));
    if (this.scene.labels) {
      const [xLabel, yLabel] = this.scene.labels.map((text) => (text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text));
      elements.push(makeSvg("text", { class: "label", x: left + across / 2, y: height - 6, "text-anchor": "middle" }, xLabel));
      elements.push(makeSvg("text", { class: "label", x: 6, y: 16 }, yLabel));
    }
    return elements;
  }

  #curves({ px, py }) {
    const { curve, dashed, truth } = this.scene;
    const elements = [];
    if (curve?.lower) {
      const defined = curve.x.map((x, i) => [x, curve.lower[i], curve.upper[i]]).filter((each) => !each.includes(null));
      const edge = [...defined.map(([x, low]) => [x, low]), ...defined.reverse().map(([x, , high]) => [x, high])];
      if (edge.length) elements.push(makeSvg("polygon", { class: "band", points: edge.map(([x, y]) => `${px(x)},${py(y)}`).join(" ") }));
    }
    if (curve) elements.push(makeSvg("path", { class: dashed ? "curve dashed" : "curve", d: path(curve, px, py) }));
    if (truth) elements.push(makeSvg("path", { class: "truth", d: path(truth, px, py) }));
    return elements;
  }

  #points({ px, py, width, height }) {
    const { points } = this.scene;
    const isVisible = ([x, y]) => x >= this.margin.left - 1 && x <= width - this.margin.right + 1 && y >= this.margin.top - 1 && y <= height - this.margin.bottom + 1;
    const pixels = points.map(([x, y]) => [px(x), py(y)]);
    const ends = points.map(([x, y, e]) => [px(x), py(y - e), py(y + e)]);
    const d = points[0]?.length > 2 ? ends.map(([x, low, high]) => `M${x - CAP} ${low}h${2 * CAP}m${-CAP} 0V${high}m${-CAP} 0h${2 * CAP}`).join("") : "";
    const bars = d ? [makeSvg("path", { class: "bars", d, "clip-path": "url(#inside)" })] : [];
    if (points.length > MAX_MOVABLE) {
      const d = pixels.filter(isVisible).map(([x, y]) => `M${x - 2.5} ${y}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0`).join("");
      return [...bars, makeSvg("path", { class: "cloud", d })];
    }
    const dots = pixels.map((pixel, i) => {
      if (!isVisible(pixel)) return "";
      const [cx, cy] = pixel;
      const selected = i === this.selected ? " selected" : "";
      const last = i === points.length - 1 && points.length > (this.drawnCount ?? 0) ? " last" : "";
      if (i === points.length - 1) this.drawnCount = points.length;
      const dot = makeSvg("circle", { class: `dot${last}`, cx, cy, r: selected ? 7 : 5.5 });
      return makeSvg("g", { class: `point${selected}`, "data-index": i }, dot,
        this.locked ? "" : makeSvg("circle", { class: "hit", cx, cy, r: HIT_RADIUS }));
    });
    return [...bars, ...dots];
  }

  #crosshair({ px, py, width, height }) {
    if (!this.crosshair) return [];
    const [x, y] = [px(this.crosshair[0]), py(this.crosshair[1])];
    const d = `M${x} ${this.margin.top}V${height - this.margin.bottom}M${this.margin.left} ${y}H${width - this.margin.right}`;
    return [makeSvg("path", { class: "cross", d })];
  }

  #pixelOf(event) {
    const box = this.svg.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  // Return the index of the point nearest to a position on the screen; null if none is within the hit radius.
  #nearest(px, py) {
    if (this.scene.points.length > MAX_MOVABLE) return null;
    const scale = this.#scale();
    let best = null, least = HIT_RADIUS;
    this.scene.points.forEach(([x, y], i) => {
      const distance = Math.hypot(scale.px(x) - px, scale.py(y) - py);
      if (distance <= least) [best, least] = [i, distance];
    });
    return best;
  }

  #pointerDown(event) {
    if (this.locked || event.button !== 0 || !event.isPrimary) return;
    const [px, py] = this.#pixelOf(event);
    const index = this.#nearest(px, py);
    this.drag = { index, px, py, moving: false };
    if (index !== null) {
      this.svg.setPointerCapture(event.pointerId);
      this.select(index);
    }
  }

  #pointerMove(event) {
    const drag = this.drag;
    if (!drag) return;
    const [px, py] = this.#pixelOf(event);
    if (!drag.moving && Math.hypot(px - drag.px, py - drag.py) < TAP_DISTANCE) return;
    if (!drag.moving) {
      drag.moving = true;
      if (drag.index !== null) this.on.begin();
    }
    if (drag.index !== null) this.on.move(drag.index, ...this.#clampedPosition(px, py), { duringDrag: true });
  }

  #clampedPosition(px, py) {
    const { width, height, at } = this.#scale();
    return at(Math.max(this.margin.left, Math.min(width - this.margin.right, px)), Math.max(this.margin.top, Math.min(height - this.margin.bottom, py)));
  }

  #pointerUp(event) {
    const drag = this.drag;
    this.drag = null;
    if (!drag || drag.moving) return;
    const again = event.timeStamp - this.tapped.time < DOUBLE_TAP; // also for a third tap, which then adds no point
    if (again && drag.index === this.tapped.index && drag.index !== null) {
      this.tapped = { index: null, time: event.timeStamp };
      this.on.remove(drag.index);
      return;
    }
    if (again && this.tapped.index === null) return;
    if (drag.index !== null) {
      this.tapped = { index: drag.index, time: event.timeStamp };
      return;
    }
    const [px, py] = this.#pixelOf(event);
    const { width, height } = this.size;
    if (px < this.margin.left - 6 || py < this.margin.top - 6 || px > width || py > height - this.margin.bottom + 6) return;
    this.selected = null;
    this.on.add(...this.#clampedPosition(px, py));
  }

  #removeAt(event) {
    event.preventDefault();
    const index = this.#nearest(...this.#pixelOf(event));
    if (this.locked || index === null) return;
    this.drag = null;
    this.on.remove(index);
  }

  #key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.ctrlKey || event.metaKey || event.altKey || this.locked) return;
    if (event.key in steps) this.#moveBy(...steps[event.key], event.shiftKey ? 5 : 1);
    else if (event.key === "Enter" || event.key === " ") this.#addAtCrosshair();
    else if (event.key === "," || event.key === ".") this.#selectNext(event.key === "." ? 1 : -1);
    else if (event.key === "Escape") this.select(null);
    else if (event.key === "Delete" || event.key === "Backspace") this.on.remove(this.selected ?? this.scene.points.length - 1);
    else return;
    event.preventDefault();
  }

  #moveBy(right, up, size) {
    const { x: [x0, x1], y: [y0, y1] } = this.scene.view;
    const selected = this.selected !== null;
    const [x, y] = selected ? this.scene.points[this.selected] : this.crosshair ?? [(x0 + x1) / 2, (y0 + y1) / 2];
    const along = (value, step, low, high) => rounded(Math.max(low, Math.min(high, value + (step * size * (high - low)) / 50)), high - low);
    const to = [along(x, right, x0, x1), along(y, up, y0, y1)];
    if (selected) this.on.move(this.selected, ...to, {});
    else {
      this.crosshair = to;
      this.draw();
    }
    speak(`x ${to[0]}, y ${to[1]}`);
  }

  #addAtCrosshair() {
    const { x: [x0, x1], y: [y0, y1] } = this.scene.view;
    this.crosshair ??= [rounded((x0 + x1) / 2, x1 - x0), rounded((y0 + y1) / 2, y1 - y0)];
    this.selected = null;
    this.on.add(...this.crosshair);
  }

  #selectNext(step) {
    const count = this.scene.points.length;
    if (!count || count > MAX_MOVABLE) return;
    const index = this.selected === null ? (step > 0 ? 0 : count - 1) : (this.selected + step + count) % count;
    this.select(index);
    const [x, y] = this.scene.points[index];
    speak(`point ${index + 1} of ${count}: x ${x}, y ${y}`);
  }
}

function path({ x, y }, px, py) {
  let d = "", isOpen = false;
  x.forEach((value, i) => {
    if (value === null || y[i] === null) { isOpen = false; return; }
    d += `${isOpen ? "L" : "M"}${px(value).toFixed(1)} ${py(y[i]).toFixed(1)}`;
    isOpen = true;
  });
  return d;
}
