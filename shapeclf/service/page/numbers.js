// Ticks, tick labels, rounded coordinates and percentages.

export function ticks(low, high, wantedCount) {
  const span = high - low;
  const rough = span / Math.max(1, wantedCount);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power;
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9 && values.length < 50; i++) values.push(i * step);
  return { step, values };
}

const LETTER_WIDTH = 7; // pixels
const LABEL_GAP = 22; // pixels from one label to the next

// Return as many ticks as fit on an axis without overlapping labels.
export function fittingTicks(low, high, pixels) {
  for (let wantedCount = pixels / 60; ; wantedCount /= 1.4) {
    const result = ticks(low, high, wantedCount);
    const widest = LETTER_WIDTH * Math.max(...result.values.map((value) => label(value, result.step).length)) + LABEL_GAP;
    if (wantedCount < 2 || widest <= (result.step / (high - low)) * pixels) return result;
  }
}

export function label(value, step) {
  if (Math.abs(value) < step * 1e-6) return "0";
  const size = Math.abs(value);
  const digits = Math.max(0, Math.ceil(Math.log10(size / step) - 1e-9)) + 1;
  const text = size >= 1e6 || size < 1e-4
    ? value.toExponential(Math.min(8, Math.max(0, digits - 1)))
    : value.toFixed(Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))));
  return text.replace("-", "−").replace("e+", "e");
}

// Round to as many digits as can be distinguished on the screen.
export function rounded(value, span) {
  if (!(span > 0) || !Number.isFinite(value)) return value;
  const digits = Math.min(100, Math.max(0, 3 - Math.floor(Math.log10(span))));
  return digits > 20 ? Number(value.toPrecision(6)) : Number(value.toFixed(digits));
}

export function percent(probability) {
  const shown = (100 * probability).toFixed(1);
  if (shown === "100.0") return "> 99.9 %";
  return `${shown} %`;
}

// Return a number with its standard error, rounded to the second digit of the error.
export function measured(value, error) {
  if (!(error > 1e-12 * Math.abs(value))) return label(value, Math.abs(value) * 1e-5);
  const decimals = 1 - Math.floor(Math.log10(error));
  const [shown, by] = decimals >= 0 && decimals < 8
    ? [value.toFixed(decimals), error.toFixed(decimals)]
    : [Number(value.toPrecision(8)), Number(error.toPrecision(2))];
  return `${shown} ± ${by}`.replaceAll("-", "−");
}

// Draw a number from the standard normal distribution.
export function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
