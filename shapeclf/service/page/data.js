// The visitor's data: a file (dropped or chosen), pasted text, or points typed as numbers. The service reads files and texts.

import { byId, make } from "./dom.js";
import { send } from "./service.js";

const ROWS = 200; // largest number of points that are listed as numbers
const MAY_BE_TABLE = /^[\s"]*[-+]?\.?\d|[\t;,]/; // a text pasted outside the input fields is read only if it matches
const SLOW = 400; // milliseconds after which the note says that a file is being read
const PASTED = "The pasted text";
const MENUS = ["x", "y", "y_error", "sheet"];
// The options of the reader and their allowed values; null allows any text.
const OPTIONS = {
  x: null, y: null, y_error: null, sheet: null,
  header: ["yes", "no"], delimiter: ["comma", "semicolon", "tab", "blanks", "bar"], decimal: [".", ","], comment: null,
  skip_lines: null, encoding: null, date_format: ["dmy", "mdy"], x_origin: null, missing: ["skip", "refuse"], skip_bad: ["true"],
};

export class Data {
  constructor(points) {
    this.points = points;
    this.refused = null;
    this.latest = 0; // number of the latest request; the answers to earlier ones are ignored
    byId("use-paste").addEventListener("click", () => this.#read({ content: new Blob([byId("paste").value]), name: PASTED }));
    byId("choose-file").addEventListener("click", () => byId("file").click());
    byId("file").addEventListener("change", ({ target }) => {
      if (target.files[0]) this.#readFile(target.files[0]);
      target.value = "";
    });
    for (const name of MENUS) byId(`read-${name}`).addEventListener("change", ({ target }) => this.#chooseColumn(name, target.value));
    byId("read-options").append(...Object.entries(OPTIONS).map(([name, values]) => this.#optionInput(name, values)));
    byId("add-form").addEventListener("submit", (event) => this.#addTyped(event));
    byId("numbers").addEventListener("toggle", () => this.show());
    this.#acceptDrops();
    document.addEventListener("paste", (event) => this.#pasted(event));
  }

  // The table that was read or refused last: {source, options, table, useErrors, note}; undefined if the points come from
  // no table.
  get #reading() { return this.refused ?? this.points.now.data.reading; }

  #acceptDrops() {
    const cover = byId("drop-cover");
    addEventListener("dragover", (event) => {
      event.preventDefault();
      cover.hidden = false;
    });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) cover.hidden = true; });
    addEventListener("drop", (event) => {
      event.preventDefault();
      cover.hidden = true;
      this.#readTransfer(event.dataTransfer);
    });
  }

  #pasted(event) {
    const { target, clipboardData } = event;
    if (target.closest?.("input, textarea")) return;
    if (clipboardData.files.length || MAY_BE_TABLE.test(clipboardData.getData("text"))) this.#readTransfer(clipboardData);
  }

  #readTransfer(transfer) {
    if (transfer.files[0]) this.#readFile(transfer.files[0]);
    else this.#read({ content: new Blob([transfer.getData("text")]), name: PASTED });
  }

  #readFile(file) { return this.#read({ content: file, name: file.name }); }

  async #read(source, options = {}, { useErrors = true } = {}) {
    const number = ++this.latest;
    const slow = setTimeout(() => { if (number === this.latest) this.#showNote(`Reading ${source.name}…`); }, SLOW);
    try {
      const table = await send(`read?${new URLSearchParams(options)}`, source.content);
      if (number !== this.latest) return;
      const unused = !useErrors && table.points[0].length > 2;
      const note = `${source.name}: ${table.notes.join("; ")}${unused ? "; the error bars are not used" : ""}`;
      const points = unused ? table.points.map((point) => point.slice(0, 2)) : table.points;
      this.refused = null;
      this.points.load(points, { data: { reading: { source, options, table, useErrors, note } } });
    } catch (error) {
      if (number !== this.latest) return;
      const before = this.#reading?.source === source ? this.#reading.table : null;
      const note = error.message.replace(/^body(?=[:,])/, () => source.name);
      this.refused = { source, options, table: before, useErrors, note, data: this.points.now.data };
      if (Object.keys(OPTIONS).some((name) => error.message.split(/\W+/).includes(name))) byId("read-options").parentElement.open = true;
      this.show();
    } finally { clearTimeout(slow); }
    byId("canvas").scrollIntoView({ block: "nearest" });
  }

  // Reads the table again with another column or sheet. Another x or y resets the choice of y_error.
  #chooseColumn(menu, value) {
    const { source, options, table: { chosen, sheets } } = this.#reading;
    if (menu === "sheet") return this.#read(source, { sheet: sheets[value] });
    const { y_error, ...others } = options;
    const column = (index) => `#${Number(index) + 1}`;
    if (menu === "y_error") return this.#read(source, value === "" ? options : { ...others, y_error: column(value) }, { useErrors: value !== "" });
    const [x, y] = menu === "x" ? [value, chosen[1]] : [chosen[0], value];
    return this.#read(source, { ...others, ...(x !== null && { x: column(x) }), y: column(y) });
  }

  #optionInput(name, values) {
    const changed = ({ target }) => {
      const { source, options, useErrors } = this.#reading;
      const { [name]: _, ...others } = options;
      this.#read(source, target.value === "" ? others : { ...others, [name]: target.value }, { useErrors });
    };
    const input = values === null ? make("input", { "data-option": name, size: 8, onchange: changed })
      : make("select", { "data-option": name, onchange: changed },
        make("option", { value: "" }, "automatic"), ...values.map((value) => make("option", { value }, value)));
    return make("label", {}, `${name} `, input);
  }

  #addTyped(event) {
    event.preventDefault();
    const [x, y] = [byId("new-x"), byId("new-y")];
    this.points.add(Number(x.value), Number(y.value));
    x.value = y.value = "";
    x.focus();
  }

  // Shows what was read, and lists the points as numbers while that list is open.
  show() {
    if (this.refused?.data !== this.points.now.data) this.refused = null;
    this.#showReading();
    const shown = this.points.shown;
    byId("count").textContent = shown.length;
    if (!byId("numbers").open || byId("rows").contains(document.activeElement)) return;
    byId("rows-note").textContent = shown.length > ROWS ? `The first ${ROWS} of ${shown.length} points.` : "";
    byId("rows").replaceChildren(...shown.slice(0, ROWS).map((point, i) => this.#row(point, i)));
  }

  #showNote(text, wrong = false) {
    this.displayed = null;
    byId("reading").hidden = false;
    byId("read-note").textContent = text;
    byId("read-note").classList.toggle("wrong", wrong);
  }

  #showReading() {
    const reading = this.#reading;
    byId("reading").hidden = !reading;
    if (!reading || reading === this.displayed) return;
    this.#showNote(reading.note, reading === this.refused);
    this.displayed = reading;
    for (const input of byId("read-options").querySelectorAll("[data-option]")) input.value = reading.options[input.dataset.option] ?? "";
    const { columns = [], chosen = [], sheets = [], sheet } = reading.table ?? {};
    const names = columns.map((name, i) => name ?? `column ${i + 1}`);
    const fill = (menu, entries, selected, other) => {
      const empty = other === undefined ? [] : [make("option", { value: "", selected: selected === null }, other)];
      byId(`read-${menu}`).replaceChildren(...empty, ...entries.map((entry, i) => make("option", { value: i, selected: i === selected }, entry)));
      byId(`read-${menu}`).parentElement.hidden = entries.length < 2;
    };
    fill("x", names, chosen[0], chosen[0] === null ? "1, 2, 3, …" : undefined);
    fill("y", names, chosen[1]);
    fill("y_error", names, reading.useErrors ? chosen[2] : null, "none");
    fill("sheet", sheets, sheets.indexOf(sheet));
  }

  #row(point, index) {
    const input = (axis) => make("input", {
      type: "number", step: "any", value: Number(point[axis].toPrecision(8)), "aria-label": `${"xy"[axis]} of point ${index + 1}`,
      onchange: ({ target }) => {
        const to = [...point];
        to[axis] = Number(target.value);
        if (target.value !== "") this.points.move(index, to[0], to[1]);
        target.blur();
        this.show();
      },
    });
    const remove = make("button", {
      type: "button", class: "quiet", "aria-label": `Delete point ${index + 1}`,
      onclick: ({ currentTarget }) => { currentTarget.blur(); this.points.remove(index); },
    }, "×");
    return make("tr", {}, make("td", {}, String(index + 1)), make("td", {}, input(0)), make("td", {}, input(1)), make("td", {}, remove));
  }
}
