// Buttons that copy the text of another element; without a script, or without a clipboard, they stay hidden.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const from = document.getElementById(button.dataset.copy);
      const word = button.querySelector("[data-copy-word]");
      try {
        await navigator.clipboard.writeText(from.value ?? from.textContent);
        word.textContent = "Copied";
      } catch {
        word.textContent = "Not allowed: select it";
      }
      setTimeout(() => { word.textContent = "Copy"; }, 3000);
    });
  }
}
