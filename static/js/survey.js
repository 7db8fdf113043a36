// One click on a number saves it; arrows and digits choose, Enter saves. Without this the form has its button.
(() => {
  const form = document.querySelector("[data-survey]");
  if (!form) return;
  const numbers = [...form.querySelectorAll("input[name=score]")];
  const comment = form.querySelector("textarea");
  const save = form.querySelector("[data-save]");
  const wasChosen = numbers.some((number) => number.checked);
  if (save) save.hidden = !wasChosen;

  form.querySelectorAll(".survey__number span").forEach((face) => {
    // The face is what a pointer meets; keys move the radio button itself.
    face.addEventListener("click", () => setTimeout(() => form.requestSubmit(), 0));
  });
  numbers.forEach((number) => number.addEventListener("change", () => { if (save) save.hidden = false; }));

  let typed = "";
  document.addEventListener("keydown", (event) => {
    if (event.target === comment || event.ctrlKey || event.metaKey || event.altKey || !/^\d$/.test(event.key)) return;
    const longer = numbers.find((number) => number.value === typed + event.key);
    const chosen = longer || numbers.find((number) => number.value === event.key);
    typed = event.key;
    setTimeout(() => { typed = ""; }, 800);
    if (!chosen) return;
    chosen.checked = true;
    chosen.focus();
    if (save) save.hidden = false;
  });

  const length = form.querySelector("[data-length]");
  if (length) comment.addEventListener("input", () => {
    length.textContent = length.dataset.length.replace("{}", comment.value.length.toLocaleString());
  });
})();
