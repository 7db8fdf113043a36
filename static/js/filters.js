// A form marked data-autosubmit sends itself: at once for a list, and when its popover closes for checklists.
const forms = document.querySelectorAll("form[data-autosubmit]");

for (const form of forms) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=radio], input[type=date]")) form.requestSubmit();
    else event.target.closest("details")?.setAttribute("data-changed", "");
  });
  for (const popover of form.querySelectorAll("details")) {
    popover.addEventListener("toggle", () => {
      if (!popover.open && popover.hasAttribute("data-changed")) form.requestSubmit();
    });
  }
  // Empty parameters would only make the address longer.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
}

// Escape takes a checklist back to what it was.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const popover of document.querySelectorAll("details[data-changed]")) {
    for (const box of popover.querySelectorAll("input")) box.checked = box.defaultChecked;
    popover.removeAttribute("data-changed");
  }
}, true);
