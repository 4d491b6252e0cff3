"use strict";
const form = document.forms.filters;
const sites = [...document.querySelectorAll("tbody.site")];
const details = [...document.querySelectorAll("tbody.site details")];
const texts = new Map(sites.map((site) => [site, site.textContent.toLowerCase()]));
const choices = ["world", "class", "form", "result"];

function wanted(site) {
  const words = form.elements.text.value.toLowerCase().split(/\s+/);
  return (
    words.every((word) => texts.get(site).includes(word)) &&
    choices.every((name) => {
      const value = form.elements[name].value;
      return value === "" || site.dataset[name].split("\n").includes(value);
    })
  );
}

function show() {
  let shown = 0;
  for (const site of sites) {
    site.hidden = !wanted(site);
    shown += !site.hidden;
  }
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

form.addEventListener("input", () => { show(); keep(); });
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => { show(); keep(); }));
document.getElementById("open").addEventListener("click", (event) => {
  const open = details.some((each) => !each.open);
  for (const each of details) each.open = open;
  event.target.textContent = open ? "Hide all code" : "Show all code";
});
window.addEventListener("beforeprint", () => { for (const each of details) each.open = true; });
window.addEventListener("hashchange", recall);
form.hidden = false;
recall();
