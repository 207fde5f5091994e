// Exporting an answer: to the clipboard, as a picture, as JSON, as a command.

import { makeSvg } from "./dom.js";

const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "font-family", "font-size", "font-style", "font-weight"];
const HEAD = 62; // pixels above the plot in a picture
const SCALE = 2; // of the picture's pixels

export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // where the page came over http from another machine
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("The browser does not allow the page to copy.");
}

export function download(name, content) {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// The plot with its answer above, as PNG.
export async function picture(svg, verdict, equation) {
  const { width, height } = svg.getBoundingClientRect();
  const still = svg.cloneNode(true);
  const [from, to] = [svg, still].map((each) => [...each.querySelectorAll("*")]);
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    for (const name of STYLES) to[i].setAttribute(name, style.getPropertyValue(name));
    to[i].removeAttribute("class");
  });
  still.querySelectorAll("[fill='rgba(0, 0, 0, 0)']").forEach((each) => { if (each.tagName === "circle") each.remove(); });
  const page = getComputedStyle(document.body);
  const titled = (text, y, like) => {
    const style = getComputedStyle(like);
    return makeSvg("text", {
      x: 16, y, fill: style.color, "font-family": style.fontFamily, "font-size": y < 35 ? 22 : 16,
      "font-style": style.fontStyle, "font-weight": style.fontWeight,
    }, text);
  };
  const whole = makeSvg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: height + HEAD },
    makeSvg("rect", { width: "100%", height: "100%", fill: page.getPropertyValue("background-color") }),
    titled(verdict.textContent, 28, verdict), titled(equation.textContent, 52, equation),
    makeSvg("g", { transform: `translate(0 ${HEAD})` }, ...still.childNodes));
  const address = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(whole)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width * SCALE, (height + HEAD) * SCALE];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  } finally {
    URL.revokeObjectURL(address);
  }
}

export function curl(question) {
  const body = JSON.stringify(question).replaceAll("'", "'\\''"); // within a shell's single quotes
  return `curl -s ${new URL("recognize", document.baseURI)} -H 'Content-Type: application/json' -d '${body}'`;
}
