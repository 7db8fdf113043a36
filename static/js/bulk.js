// Ticked accounts: "x" ticks the row with the focus, Shift a range, Esc clears; what is done to them opens as a dialog.
const bar = document.querySelector("[data-bulk]");
const head = document.querySelector("[data-tick-all]");
const sheet = document.getElementById("sheet");
const boxes = () => [...document.querySelectorAll("[data-tick]")];
const isTyping = (target) => target.closest("input:not([type=checkbox]), textarea, select, dialog[open]") !== null;
let last = null;

function show() {
  const all = bar.querySelector("[data-bulk-all]");
  const ticked = boxes().filter((box) => box.checked);
  for (const box of boxes()) box.closest("tr").classList.toggle("is-ticked", box.checked);
  if (ticked.length < boxes().length) all.disabled = true;
  bar.hidden = ticked.length === 0;
  head.checked = ticked.length > 0 && ticked.length === boxes().length;
  head.indeterminate = ticked.length > 0 && !head.checked;
  const total = Number(bar.dataset.total);
  bar.querySelector("[data-bulk-count]").textContent = (all.disabled ? ticked.length : total).toLocaleString("en");
  bar.querySelector("[data-bulk-everything]").hidden = !all.disabled || !head.checked || total <= boxes().length;
}

function tickAll(isOn) {
  for (const box of boxes()) box.checked = isOn;
  bar.querySelector("[data-bulk-all]").disabled = true;
  show();
}

if (bar && head) {
  head.addEventListener("change", () => tickAll(head.checked));
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-tick]");
    if (!box) return;
    if (event.shiftKey && last) {
      const [from, to] = [boxes().indexOf(last), boxes().indexOf(box)].sort((a, b) => a - b);
      for (const each of boxes().slice(from, to + 1)) each.checked = box.checked;
    }
    last = box;
    show();
  });
  bar.querySelector("[data-bulk-everything]").addEventListener("click", () => {
    bar.querySelector("[data-bulk-all]").disabled = false;
    show();
  });
  bar.querySelector("[data-bulk-clear]").addEventListener("click", () => tickAll(false));
  bar.addEventListener("submit", async (event) => {
    // A page of its own, with a choice of its own.
    if (!sheet || event.submitter.hasAttribute("data-bulk-leaves")) return;
    event.preventDefault();
    const values = Object.fromEntries(new FormData(bar));
    values.id = boxes().filter((box) => box.checked).map((box) => box.value).join(",");
    await window.htmx.ajax("POST", event.submitter.formAction, { target: sheet, swap: "innerHTML", values });
    if (sheet.firstElementChild && !sheet.open) sheet.showModal();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "x") {
      const box = document.activeElement?.closest("[data-row]")?.querySelector("[data-tick]");
      if (!box) return;
      event.preventDefault();
      box.checked = !box.checked;
      show();
    } else if (event.key === "Escape" && !bar.hidden && !document.querySelector("details[data-popover][open]")) tickAll(false);
  });
  show();
}
