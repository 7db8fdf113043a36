// A block marked data-switch shows one of its panels; the segmented control chooses, with arrow keys too.
const STEP = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

for (const block of document.querySelectorAll("[data-switch]")) {
  const buttons = [...block.querySelectorAll("[data-switch-to]")];
  const choose = (chosen) => {
    for (const button of buttons) {
      button.setAttribute("aria-checked", String(button === chosen));
      button.tabIndex = button === chosen ? 0 : -1;
    }
    for (const panel of block.querySelectorAll("[data-switch-panel]")) {
      panel.hidden = panel.dataset.switchPanel !== chosen.dataset.switchTo;
    }
    // Charts cannot measure themselves while hidden.
    block.dispatchEvent(new CustomEvent("panel-shown", { bubbles: true }));
    const { switchName: name } = block.dataset;
    const detail = { name, value: chosen.dataset.switchWord };
    if (name) block.dispatchEvent(new CustomEvent("switched", { bubbles: true, detail }));
  };
  buttons.forEach((button, n) => {
    button.addEventListener("click", () => choose(button));
    button.addEventListener("keydown", (event) => {
      const step = STEP[event.key];
      if (!step) return;
      event.preventDefault();
      const next = buttons[(n + step + buttons.length) % buttons.length];
      next.focus();
      choose(next);
    });
  });
}
