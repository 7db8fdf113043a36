// The draft of a scorecard: a slider beside every weight, and the sum while a weight is being moved.
const drawn = new WeakSet();

function addSliders() {
  for (const field of document.querySelectorAll("[data-weight]")) {
    if (drawn.has(field)) continue;
    drawn.add(field);
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: 0, max: 100, step: 1, value: Number(field.value) || 0, className: "weight-slider" });
    slider.setAttribute("aria-label", `Weight of ${field.dataset.weight}, slider`);
    slider.addEventListener("input", () => { field.value = slider.value; showSum(); });
    // The field saves itself, and htmx listens for its change.
    slider.addEventListener("change", () => field.dispatchEvent(new Event("change", { bubbles: true })));
    field.addEventListener("input", () => { slider.value = Number(field.value) || 0; showSum(); });
    field.before(slider);
  }
}

function showSum() {
  const total = document.querySelector(".draft-sum__total");
  const weights = [...document.querySelectorAll("[data-weight]")].map((field) => Number(field.value));
  if (total && weights.every(Number.isFinite)) total.textContent = weights.reduce((sum, weight) => sum + weight, 0);
}

addSliders();
document.addEventListener("htmx:afterSettle", addSliders);
