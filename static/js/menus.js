// Menus and filters are details elements. This closes them on Escape, on a press outside and when another opens.
const popovers = () => document.querySelectorAll("details[data-popover][open]");

document.addEventListener("click", (event) => {
  for (const open of popovers()) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of popovers()) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
