// Points out of text: columns between tabs, semicolons, commas or spaces; a first line without a number is a header.

const DELIMITERS = ["\t", ";", ","];
const SHOWN = 40;
const BINARY = /[\0-\x08\x0e-\x1a\x1c-\x1f]/; // control characters that no text has
const CHECKED = 65536; // characters

const isNumber = (cell) => cell !== "" && Number.isFinite(Number(cell));

// {names, rows}: what the columns are called, and the number of each cell or null.
export function readTable(text) {
  if (BINARY.test(text.slice(0, CHECKED))) throw new Error("This is not text. Export the table as CSV (UTF-8) first.");
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  const numbered = lines.map((line, i) => [i + 1, line]).filter(([, line]) => line.trim());
  if (!numbered.length) throw new Error("There is no point in it.");
  const delimiter = DELIMITERS.find((mark) => numbered[0][1].includes(mark)) ?? " ";
  const table = numbered.map(([number, line]) => [number, cells(line, delimiter)]);
  const first = table[0][1];
  const header = !first.some(isNumber);
  const names = header ? first : first.map((_, i) => `column ${i + 1}`);
  const rows = (header ? table.slice(1) : table);
  if (!rows.length) throw new Error("There is a header, and no point below it.");
  if (!rows.some(([, row]) => row.some(isNumber))) throw new Error("There is no number in it.");
  return { names, rows };
}

function cells(line, delimiter) {
  if (delimiter === " ") return line.trim().split(/\s+/);
  const found = [""];
  let quoted = false;
  for (const letter of line) {
    if (letter === '"') quoted = !quoted;
    else if (letter === delimiter && !quoted) found.push("");
    else found[found.length - 1] += letter;
  }
  return found.map((cell) => cell.trim());
}

// Which columns are x and y by default: those of the name, else the first two.
export function columnsOf({ names }) {
  if (names.length === 1) return [null, 0]; // one column: x counts the readings
  const named = (name) => names.findIndex((each) => each.toLowerCase() === name);
  return named("x") >= 0 && named("y") >= 0 ? [named("x"), named("y")] : [0, 1];
}

export function pointsOf({ names, rows }, [x, y]) {
  return rows.map(([line, cell], i) => [x === null ? i + 1 : number(cell, x), number(cell, y)].map((value, j) => {
    if (value !== null) return value;
    const column = j ? y : x;
    const found = cell[column] === undefined ? "nothing" : `“${cell[column].slice(0, SHOWN)}”`;
    throw new Error(`Line ${line}, ${names[column] || `column ${column + 1}`}: ${found} is not a number.`);
  }));
}

const number = (row, column) => (isNumber(row[column] ?? "") ? Number(row[column]) : null);
