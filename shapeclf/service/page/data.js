// The visitor's data: dropped, pasted, from a file, or typed in as numbers.

import { columnsOf, pointsOf, readTable } from "./csv.js";
import { byId, make } from "./dom.js";

const ROWS = 200; // more are not listed
const NUMERIC = /^[\s"]*[-+]?\.?\d|[\t;,]/; // what may be a table, pasted anywhere

export class Data {
  constructor(points) {
    this.points = points;
    this.table = null;
    byId("use-paste").addEventListener("click", () => this.#read(byId("paste").value));
    byId("choose-file").addEventListener("click", () => byId("file").click());
    byId("file").addEventListener("change", ({ target }) => {
      if (target.files[0]) this.#file(target.files[0]);
      target.value = "";
    });
    for (const id of ["x-column", "y-column"]) byId(id).addEventListener("change", () => this.#use());
    byId("add-form").addEventListener("submit", (event) => this.#typed(event));
    byId("numbers").addEventListener("toggle", () => this.show());
    this.#dropping();
    document.addEventListener("paste", (event) => this.#pasted(event));
  }

  #dropping() {
    const cover = byId("drop-cover");
    addEventListener("dragover", (event) => {
      event.preventDefault();
      cover.hidden = false;
    });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) cover.hidden = true; });
    addEventListener("drop", (event) => {
      event.preventDefault();
      cover.hidden = true;
      const [file] = event.dataTransfer.files;
      if (file) this.#file(file);
      else this.#read(event.dataTransfer.getData("text"));
    });
  }

  #pasted(event) {
    if (event.target.closest?.("input, textarea")) return;
    const text = event.clipboardData.getData("text");
    if (NUMERIC.test(text)) this.#read(text);
  }

  async #file(file) {
    try {
      this.#read(await file.text(), file.name);
    } catch { this.#note(`${file.name} cannot be read.`, true); }
  }

  #read(text, name = "") {
    try {
      this.table = readTable(text);
    } catch (error) {
      this.#note(error.message, true);
      return;
    }
    this.name = name;
    const [x, y] = columnsOf(this.table);
    const names = this.table.names.map((each, i) => [each || `column ${i + 1}`, i]);
    byId("columns").hidden = names.length < 3;
    for (const [id, chosen] of [["x-column", x ?? 0], ["y-column", y]]) {
      byId(id).replaceChildren(...names.map(([each, i]) => make("option", { value: i, selected: i === chosen }, each)));
    }
    this.#use([x, y]);
  }

  #use(columns = [Number(byId("x-column").value), Number(byId("y-column").value)]) {
    try {
      const pairs = pointsOf(this.table, columns);
      this.points.load(pairs);
      this.#note(`${pairs.length} point${pairs.length === 1 ? "" : "s"}${this.name ? ` from ${this.name}` : ""}.`);
    } catch (error) { this.#note(error.message, true); }
  }

  #note(text, wrong = false) {
    byId("data-note").textContent = text;
    byId("data-note").classList.toggle("wrong", wrong);
  }

  #typed(event) {
    event.preventDefault();
    const [x, y] = [byId("new-x"), byId("new-y")];
    this.points.add(Number(x.value), Number(y.value));
    x.value = y.value = "";
    x.focus();
  }

  // The points as numbers, while they are looked at.
  show() {
    const shown = this.points.shown;
    byId("count").textContent = shown.length;
    if (!byId("numbers").open || byId("rows").contains(document.activeElement)) return;
    byId("rows-note").textContent = shown.length > ROWS ? `The first ${ROWS} of ${shown.length}.` : "";
    byId("rows").replaceChildren(...shown.slice(0, ROWS).map((point, i) => this.#row(point, i)));
  }

  #row(point, place) {
    const input = (axis) => make("input", {
      type: "number", step: "any", value: Number(point[axis].toPrecision(8)), "aria-label": `${"xy"[axis]} of point ${place + 1}`,
      onchange: ({ target }) => {
        const to = [...point];
        to[axis] = Number(target.value);
        if (target.value !== "") this.points.move(place, ...to);
        target.blur();
        this.show();
      },
    });
    const remove = make("button", {
      type: "button", class: "quiet", "aria-label": `Delete point ${place + 1}`,
      onclick: ({ currentTarget }) => { currentTarget.blur(); this.points.remove(place); },
    }, "×");
    return make("tr", {}, make("td", {}, String(place + 1)), make("td", {}, input(0)), make("td", {}, input(1)), make("td", {}, remove));
  }
}
