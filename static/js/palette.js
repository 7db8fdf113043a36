// The box behind "/": it asks while one types, arrows move, Enter opens. Without a script the form opens the page.
const palette = document.getElementById("palette");
const box = document.getElementById("palette-text");
const hits = document.getElementById("palette-hits");
const isTyping = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
const options = () => [...hits.querySelectorAll("[role=option]")];
let awaitsEnter = false;
let answered = null;

function open(text = "") {
  if (palette.open) return;
  box.value = text;
  hits.replaceChildren();
  answered = null;
  palette.showModal();
  box.focus();
  box.dispatchEvent(new Event("ask"));
}

document.addEventListener("keydown", (event) => {
  const isFind = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
  const isCommand = event.key === "k" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]");
  if (!palette || !(isFind || isCommand)) return;
  event.preventDefault();
  open();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-palette], [data-find]");
  if (!opener || !palette) return;
  event.preventDefault();
  open();
});

// Who came to the small box by Tab types on in the large one.
document.querySelector("[data-find]")?.addEventListener("input", (event) => {
  const text = event.target.value;
  event.target.value = "";
  open(text);
});

function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (option) box.setAttribute("aria-activedescendant", option.id);
  else box.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

const chosen = () => options().find((option) => option.getAttribute("aria-selected") === "true");

// What was typed after a list was asked for is not in it yet: Enter waits for the list that fits.
hits?.addEventListener("htmx:afterSwap", (event) => {
  answered = new URL(event.detail.xhr.responseURL).searchParams.get("q") ?? "";
  choose(options()[0]);
  if (!awaitsEnter || answered !== box.value) return;
  awaitsEnter = false;
  chosen()?.click();
});

box?.addEventListener("keydown", (event) => {
  const all = options();
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
  } else if (event.key === "Enter" && !event.ctrlKey) {
    event.preventDefault();
    if (box.value !== answered) awaitsEnter = true;
    else chosen()?.click();
  }
});

// A link that opens a dialog of its own needs this one out of the way first.
hits?.addEventListener("click", (event) => {
  if (event.target.closest("[role=option]")) palette.close();
}, true);
palette?.addEventListener("close", () => { awaitsEnter = false; });
