// Draws every chart of a page from the figures in it, in the colors of the theme, and draws again when that changes.
const NARROW = 520; // pixels; below this the labels at the right end give way to the legend
const WIDEST_BAR = 62;
const TICK_ROOM = 46;
const CONFIG = { displayModeBar: false, responsive: false, showTips: false, doubleClick: false };

let charts = [];

function startAll() {
  startNew();
  const redraw = () => charts.forEach((chart) => chart.draw());
  // An answer may have replaced a card with its chart.
  document.addEventListener("htmx:load", startNew);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

function startNew() {
  charts = charts.filter(({ place }) => place.isConnected);
  const known = new Set(charts.map(({ place }) => place));
  for (const place of document.querySelectorAll("[data-chart]")) {
    if (!known.has(place)) charts.push(new Chart(place));
  }
}

class Chart {
  constructor(place) {
    this.place = place;
    this.figure = JSON.parse(document.getElementById(`${place.dataset.chart}-figure`).textContent);
    this.drawnWidth = 0;
    this.at = -1;
    this.canvas = add(place, "div", "chart__canvas");
    // Beside the drawing, not in it: what is inside an image is not read aloud.
    this.rule = add(place.parentElement, "div", "chart__rule");
    this.box = add(place.parentElement, "div", "chart__hover");
    this.box.setAttribute("aria-live", "polite");
    this.hide();
    // Also fires for the first time, and when a hidden panel is shown.
    new ResizeObserver(() => this.resized()).observe(place);
    this.listen();
  }

  resized() {
    const width = this.place.clientWidth;
    if (width === 0 || width === this.drawnWidth) return;
    this.drawnWidth = width;
    this.draw();
  }

  draw() {
    if (this.drawnWidth === 0) return;
    const { data, layout } = resolve(this.figure, getComputedStyle(this.place));
    const size = { width: this.drawnWidth, height: this.place.clientHeight };
    try {
      window.Plotly.react(this.canvas, data, fit({ ...layout, ...size }, data), CONFIG);
    } catch (error) {
      this.canvas.className = "chart__canvas chart-failed";
      this.canvas.textContent = "The chart did not load. Its numbers are in the table below.";
      throw error;
    }
    if (!this.isListening) this.listenToPoints();
  }

  listen() {
    this.place.addEventListener("pointermove", (event) => this.point(event.clientX));
    this.place.addEventListener("pointerdown", (event) => this.point(event.clientX));
    this.place.addEventListener("pointerleave", () => this.hide());
    this.place.addEventListener("blur", () => this.hide());
    this.place.addEventListener("keydown", (event) => this.key(event));
  }

  listenToPoints() {
    this.isListening = true;
    // A slice brings its data as a list, a bar as itself.
    this.canvas.on("plotly_click", ({ points }) => open([points[0]?.customdata].flat()[0]));
    if (this.axis()) return;
    this.canvas.on("plotly_hover", ({ points, event }) => this.show(points[0].pointNumber, event.clientX));
    this.canvas.on("plotly_unhover", () => this.hide());
  }

  axis() {
    return this.figure.hover.length && "x" in this.figure.hover[0] ? this.canvas._fullLayout?.xaxis : null;
  }

  xOf(n) {
    const axis = this.axis();
    return axis ? axis._offset + axis.d2p(this.figure.hover[n].x) : null;
  }

  point(clientX) {
    if (!this.axis()) return;
    const x = clientX - this.place.getBoundingClientRect().left;
    let nearest = 0;
    this.figure.hover.forEach((_, n) => {
      if (Math.abs(this.xOf(n) - x) < Math.abs(this.xOf(nearest) - x)) nearest = n;
    });
    this.show(nearest);
  }

  key(event) {
    const last = this.figure.hover.length - 1;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") this.hide();
    if (event.key === "Enter" && this.at >= 0) open(this.figure.hover[this.at].url);
    if (step === undefined || last < 0) return;
    event.preventDefault();
    const from = this.at < 0 ? (step > 0 ? -1 : last + 1) : this.at;
    this.show(Math.min(Math.max(from + step, 0), last));
  }

  show(n, clientX) {
    const entry = this.figure.hover[n];
    if (!entry) return;
    if (n !== this.at) fill(this.box, entry);
    this.at = n;
    this.box.hidden = false;
    const x = this.xOf(n);
    const left = this.place.getBoundingClientRect().left;
    this.move(x ?? (clientX === undefined ? this.drawnWidth / 2 : clientX - left), x !== null);
  }

  move(x, hasRule) {
    const room = this.drawnWidth - this.box.offsetWidth;
    const beside = x + 14 + this.box.offsetWidth > this.drawnWidth ? x - 14 - this.box.offsetWidth : x + 14;
    this.box.style.left = `${this.place.offsetLeft + Math.min(Math.max(beside, 0), Math.max(room, 0))}px`;
    this.box.style.top = "12px";
    this.rule.hidden = !hasRule;
    if (!hasRule) return;
    const size = this.canvas._fullLayout._size;
    Object.assign(this.rule.style, { left: `${this.place.offsetLeft + x}px`, top: `${size.t}px`, height: `${size.h}px` });
  }

  hide() {
    this.at = -1;
    this.box.hidden = true;
    this.rule.hidden = true;
  }
}

/** The figure with each var(--token) replaced by its value. */
function resolve(value, style) {
  if (typeof value === "string") {
    return value.replace(/var\((--[\w-]+)\)/g, (_, token) => style.getPropertyValue(token).trim());
  }
  if (Array.isArray(value)) return value.map((item) => resolve(item, style));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, style)]));
}

/** What depends on the width: labels at the end, the number of ticks, the width of bars. */
function fit(layout, data) {
  const fitted = { ...layout, margin: { ...layout.margin }, xaxis: { ...layout.xaxis } };
  if (layout.width < NARROW) {
    fitted.annotations = (layout.annotations ?? []).filter(({ name }) => name !== "end" && name !== "event");
    if (fitted.annotations.length < (layout.annotations ?? []).length) fitted.margin.r = 34;
  }
  const plot = layout.width - fitted.margin.l - fitted.margin.r;
  const values = layout.xaxis?.tickvals;
  if (values && values.length * roomFor(fitted.xaxis.ticktext) > plot) breakLines(fitted);
  const room = roomFor(fitted.xaxis.ticktext);
  if (values && values.length * room > plot) thin(fitted.xaxis, Math.ceil((values.length * room) / plot));
  const slots = data.find(({ type }) => type === "bar")?.x.length;
  if (slots) fitted.bargap = Math.max(layout.bargap, 1 - (WIDEST_BAR * slots) / plot);
  return fitted;
}

const widthOf = (text) => 10 + 6.4 * Math.max(...text.split("<br>").map((line) => line.length));

const roomFor = (texts) => Math.max(TICK_ROOM, ...(texts ?? []).map(widthOf));

/** Gives the last word of a second line a line of its own: the amount under "Weak". */
function breakLines(layout) {
  const broken = layout.xaxis.ticktext.map((text) => text.replace(/(<br>.*) /, "$1<br>"));
  if (broken.every((text, n) => text === layout.xaxis.ticktext[n])) return;
  layout.xaxis.ticktext = broken;
  layout.margin.b += 14;
}

/** Keeps every nth tick, counted from the last one, which is now. */
function thin(axis, every) {
  const last = axis.tickvals.length - 1;
  const keep = (_, n) => (last - n) % every === 0;
  axis.ticktext = axis.ticktext.filter(keep);
  axis.tickvals = axis.tickvals.filter(keep);
}

function fill(box, entry) {
  box.replaceChildren();
  add(box, "div", "chart__hover-title").textContent = entry.title;
  for (const row of entry.rows) line(box, row);
  if (entry.total) line(box, entry.total, " chart__hover-row--total");
}

function line(box, row, more = "") {
  const place = add(box, "div", `chart__hover-row${more}`);
  if (row.band !== undefined) add(place, "span", `chart__shape chart__shape--${row.band}`);
  add(place, "span").textContent = row.name;
  add(place, "b").textContent = row.value;
  if (row.note) add(place, "i").textContent = row.note;
}

function add(parent, tag, className = "") {
  const child = document.createElement(tag);
  child.className = className;
  parent.append(child);
  return child;
}

function open(url) {
  if (typeof url === "string" && url.startsWith("/")) window.location.assign(url);
}

startAll();
