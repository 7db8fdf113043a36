// The chooser of columns: find one, drag it or move it with Alt and an arrow. Its order is that of the list.
const list = document.querySelector("[data-columns]");
const items = () => [...list.children];
let dragged = null;

document.querySelector("[data-find-column]")?.addEventListener("input", (event) => {
  const asked = event.target.value.trim().toLowerCase();
  for (const item of items()) item.hidden = !item.textContent.toLowerCase().includes(asked);
});

document.querySelector("[data-find-column]")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault();
});

list?.addEventListener("keydown", (event) => {
  const item = event.target.closest("li");
  if (!item || !event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  event.preventDefault();
  const other = event.key === "ArrowUp" ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (event.key === "ArrowUp") other.before(item);
  else other.after(item);
  event.target.focus();
});

list?.addEventListener("dragstart", (event) => { dragged = event.target.closest("li"); });
list?.addEventListener("dragover", (event) => {
  const over = event.target.closest("li");
  if (!dragged || !over || over === dragged) return;
  event.preventDefault();
  const box = over.getBoundingClientRect();
  if (event.clientY < box.top + box.height / 2) over.before(dragged);
  else over.after(dragged);
});
list?.addEventListener("dragend", () => { dragged = null; });
