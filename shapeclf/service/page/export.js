// Exports an answer to the clipboard, as a file or as a picture, and a request as a curl command.

import { makeSvg } from "./dom.js";

const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "font-family", "font-size", "font-style", "font-weight"];
const HEAD = 62; // pixels above the plot in a picture, for the verdict and the equation
const SCALE = 2; // pixels of the picture per pixel of the page

export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea"); // without a clipboard: the page was loaded over http from another machine
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

// Return the plot as a PNG, with the verdict and the equation above it.
export async function picture(svg, verdict, equation) {
  const { width, height } = svg.getBoundingClientRect();
  const copied = svg.cloneNode(true);
  const [from, to] = [svg, copied].map((each) => [...each.querySelectorAll("*")]);
  from.forEach((original, i) => {
    const style = getComputedStyle(original);
    for (const name of STYLES) to[i].setAttribute(name, style.getPropertyValue(name));
    to[i].removeAttribute("class");
  });
  // The transparent circles that make points easier to hit.
  copied.querySelectorAll("[fill='rgba(0, 0, 0, 0)']").forEach((each) => { if (each.tagName === "circle") each.remove(); });
  const bodyStyle = getComputedStyle(document.body);
  const title = (text, y, element) => {
    const style = getComputedStyle(element);
    return makeSvg("text", {
      x: 16, y, fill: style.color, "font-family": style.fontFamily, "font-size": y < 35 ? 22 : 16,
      "font-style": style.fontStyle, "font-weight": style.fontWeight,
    }, text);
  };
  const pictureSvg = makeSvg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height: height + HEAD },
    makeSvg("rect", { width: "100%", height: "100%", fill: bodyStyle.getPropertyValue("background-color") }),
    title(verdict.textContent, 28, verdict), title(equation.textContent, 52, equation),
    makeSvg("g", { transform: `translate(0 ${HEAD})` }, ...copied.childNodes));
  const address = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(pictureSvg)], { type: "image/svg+xml" }));
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

export function curl(request) {
  const body = JSON.stringify(request).replaceAll("'", "'\\''"); // within a shell's single quotes
  return `curl -s ${new URL("recognize", document.baseURI)} -H 'Content-Type: application/json' -d '${body}'`;
}
