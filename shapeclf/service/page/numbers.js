// Numbers as they are shown: ticks, coordinates, percentages.

export function ticks(low, high, about) {
  const span = high - low;
  const rough = span / Math.max(1, about);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power;
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9 && found.length < 50; i++) found.push(i * step);
  return { step, values: found };
}

const LETTER = 7; // pixels
const BETWEEN = 22; // pixels from one label to the next

// Return as many ticks as their labels have room for beside each other.
export function fittingTicks(low, high, pixels) {
  for (let about = pixels / 60; ; about /= 1.4) {
    const found = ticks(low, high, about);
    const widest = LETTER * Math.max(...found.values.map((value) => label(value, found.step).length)) + BETWEEN;
    if (about < 2 || widest <= (found.step / (high - low)) * pixels) return found;
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

// Draw a number from the standard normal distribution.
export function normal() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
