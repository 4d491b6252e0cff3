"use strict";
const form = document.forms.filters;
const { files, pieces } = JSON.parse(document.getElementById("code").textContent);
const sites = [...document.querySelectorAll("article.site")];
const sections = [...document.querySelectorAll("section.file, section.group")];
const tiles = [...document.querySelectorAll(".tiles button")];
const choices = ["world", "class", "form", "result", "confidence"];
const mostOpened = 500; /* code that one click, or the printer, opens */
const texts = new Map();

/* What a search looks through: all that is said of a hook, and its code. */
function textOf(site) {
  if (!texts.has(site)) {
    const code = pieces[site.dataset.piece].frames.map(([, file, , first, last]) => {
      let text = "";
      for (let line = first; line <= last; line++) text += `${files[file].lines[line]}\n`;
      return text;
    });
    texts.set(site, `${site.textContent} ${code.join(" ")}`.toLowerCase());
  }
  return texts.get(site);
}

function show() {
  const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = choices.map((name) => [name, form.elements[name].value]).filter(([, value]) => value !== "");
  let shown = 0;
  for (const site of sites) {
    const fits =
      wanted.every(([name, value]) => site.dataset[name].split("\n").includes(value)) &&
      words.every((word) => textOf(site).includes(word));
    if (site.hidden === fits) site.hidden = !fits;
    shown += fits;
  }
  for (const section of sections) section.hidden = section.querySelector("article.site:not([hidden])") === null;
  for (const tile of tiles) tile.setAttribute("aria-pressed", tile.dataset.result === form.elements.result.value);
  form.elements.shown.value = `${shown} of ${sites.length} shown`;
  document.getElementById("nothing").hidden = shown > 0 || sites.length === 0;
}

/* The filters stand in the address, so that a view can be passed on. */
function keep() {
  const kept = [...new FormData(form)].filter(([, value]) => value !== "");
  history.replaceState(null, "", kept.length ? `#${new URLSearchParams(kept)}` : location.pathname);
}

function recall() {
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  show();
}

/* Colours: comments, texts, decorators, numbers, keywords and names that are defined. */
const words =
  "and as assert async await break class continue def del elif else except finally for from global if import in is " +
  "lambda nonlocal not or pass raise return try while with yield False None True";
const token = new RegExp(
  `(?<comment>#.*)|(?<string>[rbfuRBFU]{0,2}(?:"(?:[^"\\\\]|\\\\.)*"?|'(?:[^'\\\\]|\\\\.)*'?))|` +
    `(?<decorator>(?<=^\\s*)@[\\w.]+)|(?<number>\\b\\d[\\w.]*)|` +
    `(?<keyword>\\b(?:${words.replaceAll(" ", "|")})\\b)|(?<=\\b(?:def|class)\\s+)(?<name>\\w+)`,
  "g",
);

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function coloured(into, text) {
  let end = 0;
  for (const match of text.matchAll(token)) {
    into.append(text.slice(end, match.index));
    const [kind] = Object.entries(match.groups).find(([, value]) => value !== undefined);
    into.append(element("i", match[0], kind));
    end = match.index + match[0].length;
  }
  into.append(text.slice(end));
}

function lineOf(text, number, isHere, marks) {
  const line = element("span", undefined, isHere ? "here" : "");
  line.dataset.line = number;
  const flagged = marks[0];
  if (flagged) {
    const [, , start, end] = flagged;
    const characters = [...text]; /* columns count characters, not halves of them */
    const stop = end < 0 ? characters.length : end;
    coloured(line, characters.slice(0, start).join(""));
    const mark = element("mark");
    coloured(mark, characters.slice(start, stop).join(""));
    line.append(mark);
    coloured(line, characters.slice(stop).join(""));
    line.append(element("b", [...new Set(marks.map((each) => each[4]))].sort().join(" ")));
  } else {
    coloured(line, text || " ");
  }
  return line;
}

/* The code of a hook is made when it is opened: a page of 20,000 hooks would hold a million lines. */
function fill(details) {
  const frames = details.querySelector(".frames");
  if (frames.firstChild) return;
  const piece = pieces[details.closest("article").dataset.piece];
  for (const [title, file, about, first, last] of piece.frames) {
    const figure = element("figure");
    const caption = element("figcaption", `${title}, `);
    caption.append(element("code", `${files[file].path}:${about}`));
    const pre = element("pre");
    pre.tabIndex = 0;
    for (let number = first; number <= last; number++) {
      const marks = piece.marks.filter(([of, line]) => of === file && line === number);
      pre.append(lineOf(files[file].lines[number], number, number === about, marks));
    }
    figure.append(caption, pre);
    frames.append(figure);
  }
}

function openShown(open) {
  const shown = sites.filter((site) => !site.hidden).slice(0, mostOpened);
  for (const site of shown) {
    const details = site.querySelector("details");
    if (open) fill(details);
    details.open = open;
  }
}

document.querySelector("main").addEventListener("toggle", (event) => fill(event.target), true);
form.addEventListener("input", () => { show(); keep(); });
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => { show(); keep(); }));
for (const tile of tiles) {
  tile.disabled = !sites.some((site) => site.dataset.result === tile.dataset.result);
  tile.addEventListener("click", () => {
    const choice = form.elements.result;
    choice.value = choice.value === tile.dataset.result ? "" : tile.dataset.result;
    show();
    keep();
  });
}
document.getElementById("open").addEventListener("click", (event) => {
  const open = event.target.textContent === "Show code";
  openShown(open);
  event.target.textContent = open ? "Hide code" : "Show code";
});
window.addEventListener("beforeprint", () => openShown(true));
window.addEventListener("hashchange", recall);
form.hidden = false;
recall();
