/** Billed and collected over days or months, as one small SVG. Pixels are the only numbers that may round. */

import { byId, h, show, svg } from "./dom.js";
import { compact, indian, rupeeText, toPaise } from "./money.js";
import { dayText, monthText, shortDayText } from "./dates.js";

const MARGIN = { top: 10, right: 2, bottom: 24, left: 50 };
const NARROWEST_BAR_SLOT = 7;

/** Days as the API lists them, as buckets of a day or a month each. */
export function buckets(days, unit) {
  const found = new Map();
  for (const day of days) {
    const key = unit === "month" ? day.date.slice(0, 7) : day.date;
    const bucket = found.get(key) ?? { key, billed: 0n, collected: 0n };
    bucket.billed += toPaise(day.total_billed);
    bucket.collected += toPaise(day.total_collected);
    found.set(key, bucket);
  }
  return [...found.values()];
}

/** Axis values that a person would choose: 1, 2 or 5 times a power of ten, from at or below zero to at or above the most. */
export function axisTicks(least, most, wanted = 5n) {
  const span = most - least || 100n;
  let step = 100n;
  for (let scale = 100n; ; scale *= 10n) {
    const fitting = [1n, 2n, 5n].map((factor) => factor * scale).find((candidate) => candidate * wanted >= span);
    if (fitting) {
      step = fitting;
      break;
    }
  }
  const ticks = [];
  const first = least < 0n ? -((-least + step - 1n) / step) * step : 0n;
  for (let tick = first; ; tick += step) {
    ticks.push(tick);
    if (tick >= most && ticks.length > 1) return ticks;
  }
}

/** The chart and its readout; keeps itself as wide as its place. */
export class Chart {
  #days = [];
  #unit = "day";
  #buckets = [];
  #selected = null;
  #place = byId("chart");
  #width = 0;

  constructor() {
    new ResizeObserver(([entry]) => {
      if (Math.round(entry.contentRect.width) !== this.#width) this.#draw();
    }).observe(this.#place);
    this.#place.addEventListener("keydown", (event) => this.#onKey(event));
    this.#place.addEventListener("pointermove", (event) => this.#onPointer(event));
    this.#place.addEventListener("pointerdown", (event) => this.#onPointer(event));
    this.#place.addEventListener("pointerleave", () => this.#select(null));
    this.#place.addEventListener("blur", () => this.#select(null));
    byId("chart-table").addEventListener("toggle", () => this.#tabulate());
  }

  show(days, unit) {
    this.#days = days;
    this.#unit = unit;
    this.#buckets = buckets(days, unit);
    this.#selected = null;
    const name = unit === "month" ? "month" : "day";
    byId("chart-title").textContent = `Billed and collected per ${name}`;
    this.#place.setAttribute("role", "slider");
    this.#place.setAttribute("tabindex", "0");
    this.#place.setAttribute("aria-label", `Chart of billed and collected per ${name}`);
    this.#place.setAttribute("aria-valuemin", "1");
    this.#place.setAttribute("aria-valuemax", String(this.#buckets.length));
    this.#draw();
    this.#describe();
    this.#tabulate();
  }

  /** Something else than a chart: loading, or why there is none. */
  replace(...children) {
    this.#days = [];
    this.#buckets = [];
    for (const name of ["role", "tabindex", "aria-label", "aria-valuemin", "aria-valuemax", "aria-valuenow", "aria-valuetext"]) {
      this.#place.removeAttribute(name);
    }
    show(this.#place, ...children);
    show(byId("chart-readout"));
    show(byId("chart-rows"));
  }

  #draw() {
    if (!this.#buckets.length) return;
    const width = (this.#width = Math.round(this.#place.clientWidth)) || 640;
    const height = width < 520 ? 190 : 236;
    const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
    const values = this.#buckets.flatMap((bucket) => [bucket.billed, bucket.collected]);
    const most = values.reduce((a, b) => (a > b ? a : b), 0n);
    const least = values.reduce((a, b) => (a < b ? a : b), 0n);
    const ticks = axisTicks(least, most);
    const top = ticks.at(-1);
    const span = top - ticks[0];
    const y = (paise) => MARGIN.top + (Number(((top - paise) * 100000n) / span) / 100000) * inner.height;
    const slot = inner.width / this.#buckets.length;
    const marks = slot >= NARROWEST_BAR_SLOT ? this.#bars(slot, y) : this.#lines(slot, y);
    const drawing = svg(
      "svg",
      { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" },
      ticks.map((tick) => [
        svg("line", { class: tick === 0n ? "axis" : "grid", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }),
        svg("text", { class: "tick", x: MARGIN.left - 8, y: y(tick) + 4, "text-anchor": "end" }, compact(tick)),
      ]),
      svg("rect", { class: "chosen", id: "chart-chosen", y: MARGIN.top, height: inner.height, width: Math.max(slot, 3), visibility: "hidden" }),
      marks,
      this.#dates(slot, height),
    );
    show(this.#place, drawing);
    this.#mark();
  }

  #bars(slot, y) {
    const width = Math.min(slot * 0.36, 18);
    return this.#buckets.map((bucket, place) => {
      const middle = MARGIN.left + slot * (place + 0.5);
      const bar = (name, paise, x) => {
        const [high, low] = paise < 0n ? [y(0n), y(paise)] : [y(paise), y(0n)];
        return paise === 0n ? null : svg("rect", { class: name, x, y: high, width, height: Math.max(low - high, 1), rx: Math.min(width / 4, 2) });
      };
      return [bar("billed", bucket.billed, middle - width - 0.5), bar("collected", bucket.collected, middle + 0.5)];
    });
  }

  /** Too many days for two bars each: billed as steps filled to the ground, collected as a line. */
  #lines(slot, y) {
    const right = (place) => (MARGIN.left + slot * (place + 1)).toFixed(2);
    const steps = this.#buckets.map((bucket, place) => `V${y(bucket.billed).toFixed(2)}H${right(place)}`).join("");
    const line = this.#buckets
      .map((bucket, place) => `${place ? "L" : "M"}${(MARGIN.left + slot * (place + 0.5)).toFixed(2)},${y(bucket.collected).toFixed(2)}`)
      .join("");
    return [
      svg("path", { class: "billed area", d: `M${MARGIN.left},${y(0n)}${steps}V${y(0n)}Z` }),
      svg("path", { class: "collected line", d: line }),
    ];
  }

  #dates(slot, height) {
    const every = Math.max(1, Math.ceil((this.#unit === "month" ? 64 : 50) / slot));
    return this.#buckets.map((bucket, place) =>
      place % every || (place && MARGIN.left + slot * (place + 0.5) + 24 > this.#width)
        ? null
        : svg("text", { class: "tick", x: MARGIN.left + slot * (place + 0.5), y: height - 6, "text-anchor": "middle" }, this.#shortName(bucket)),
    );
  }

  #shortName(bucket) {
    return this.#unit === "month" ? monthText(bucket.key) : shortDayText(bucket.key);
  }

  #name(bucket) {
    return this.#unit === "month" ? monthText(bucket.key) : dayText(bucket.key);
  }

  #onPointer(event) {
    if (!this.#buckets.length) return;
    const slot = (this.#width - MARGIN.left - MARGIN.right) / this.#buckets.length;
    const place = Math.floor((event.clientX - this.#place.getBoundingClientRect().left - MARGIN.left) / slot);
    this.#select(place >= 0 && place < this.#buckets.length ? place : null);
  }

  #onKey(event) {
    const last = this.#buckets.length - 1;
    if (last < 0) return;
    const here = this.#selected ?? last + 1;
    const moves = { ArrowLeft: here - 1, ArrowDown: here - 1, ArrowRight: here + 1, ArrowUp: here + 1, PageUp: here - 7, PageDown: here + 7, Home: 0, End: last };
    if (event.key in moves) {
      event.preventDefault();
      this.#select(Math.min(Math.max(moves[event.key], 0), last));
    } else if (event.key === "Escape") {
      this.#select(null);
    }
  }

  #select(place) {
    if (place === this.#selected || !this.#buckets.length) return;
    this.#selected = place;
    this.#mark();
    this.#describe();
  }

  #mark() {
    const chosen = byId("chart-chosen");
    if (!chosen) return;
    chosen.setAttribute("visibility", this.#selected === null ? "hidden" : "visible");
    const slot = (this.#width - MARGIN.left - MARGIN.right) / this.#buckets.length;
    if (this.#selected !== null) chosen.setAttribute("x", String(MARGIN.left + slot * this.#selected));
  }

  #describe() {
    const bucket = this.#selected === null ? null : this.#buckets[this.#selected];
    const sum = (name) => this.#buckets.reduce((total, one) => total + one[name], 0n);
    const billed = bucket ? bucket.billed : sum("billed");
    const collected = bucket ? bucket.collected : sum("collected");
    const when = bucket ? this.#name(bucket) : "All shown";
    this.#place.setAttribute("aria-valuenow", String((this.#selected ?? this.#buckets.length - 1) + 1));
    this.#place.setAttribute("aria-valuetext", `${when}: billed ${rupeeText(billed)}, collected ${rupeeText(collected)}`);
    show(
      byId("chart-readout"),
      h("span", { class: "when" }, when),
      h("span", { class: "key billed" }, "Billed ", h("b", {}, rupeeText(billed))),
      h("span", { class: "key collected" }, "Collected ", h("b", {}, rupeeText(collected))),
    );
  }

  #tabulate() {
    if (!byId("chart-table").open) return;
    const rows = this.#buckets.filter((bucket) => bucket.billed || bucket.collected);
    show(
      byId("chart-rows"),
      rows.map((bucket) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, this.#name(bucket)),
          h("td", { class: "amount" }, indian(bucket.billed)),
          h("td", { class: "amount" }, indian(bucket.collected)),
        ),
      ),
      rows.length ? null : h("tr", {}, h("td", { colspan: 3 }, "Nothing in these days.")),
    );
  }
}
