/** The page: who is signed in, what is chosen, and what is asked of the API for it. */

import { addressOf, RANGES, stateOf } from "./address.js";
import { Api } from "./api.js";
import { Chart } from "./chart.js";
import { addDays, daysIn, financialYear, instantText, monthOf, monthText, rangeOf, rangeText, stepRange, todayInIndia } from "./dates.js";
import { byId, h, show, skeleton } from "./dom.js";
import { offer, showList, showListLoading, showListProblem, updateRow } from "./invoices.js";
import { InvoiceSheet } from "./invoice_sheet.js";
import { toPaise } from "./money.js";
import { showOverview, showOverviewFailed, showOverviewLoading } from "./overview.js";
import { problemPanel } from "./problem_view.js";
import { claimsOf, cleanToken, expiresInMs, forgetToken, mayWrite, storedToken, storeToken } from "./session.js";

const MOST_DAYS = 366;
const MOST_DAYS_AS_DAYS = 92;
const SUMMARY_FOLLOWS_MS = [1500, 5000];

let api = null;
let state = stateOf(location.hash, todayInIndia());
let shown = { overview: "", list: "" };
let expiry = 0;

const chart = new Chart();
const sheet = new InvoiceSheet(closeInvoice, afterPayment);

// ---------------------------------------------------------------- who is signed in

function showSignIn(problem = null) {
  api = null;
  clearTimeout(expiry);
  sheet.close();
  byId("workspace").hidden = true;
  byId("sign-in").hidden = false;
  show(byId("sign-in-problem"), problem ? [h("p", { class: "problem-title" }, problem.title), h("p", {}, problem.detail)] : null);
  byId("token").value = "";
  byId("token").focus();
}

async function signIn(token) {
  const left = expiresInMs(token);
  if (!claimsOf(token)) {
    showSignIn({ title: "This is not a token", detail: "A token has three parts with dots between them and begins with eyJ." });
    return;
  }
  if (left <= 0) {
    forgetToken();
    showSignIn({ title: "The token has expired", detail: "Paste a new one. What you had chosen is kept." });
    return;
  }
  const candidate = new Api(token, refused);
  byId("sign-in-submit").setAttribute("aria-disabled", "true");
  try {
    const { document: branches } = await candidate.get("branches");
    storeToken(token);
    api = candidate;
    showWorkspace(branches, token, left);
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    if (problem.status !== 401) showSignIn(problem);
  } finally {
    byId("sign-in-submit").removeAttribute("aria-disabled");
  }
}

function refused() {
  const token = storedToken();
  forgetToken();
  const expired = token && expiresInMs(token) <= 0;
  showSignIn(
    expired
      ? { title: "The token has expired", detail: "Paste a new one. What you had chosen is kept." }
      : { title: "The token was refused", detail: "It may have expired, or belong to another system. Paste a new one." },
  );
}

function showWorkspace(branches, token, left) {
  byId("sign-in").hidden = true;
  byId("workspace").hidden = false;
  const tenant = claimsOf(token)?.tenant_id;
  const until = Number.isFinite(left) ? `until ${untilText(Date.now() + left)}` : "";
  byId("session-text").textContent = [typeof tenant === "string" ? tenant : "Signed in", mayWrite(token) ? "" : "read only", until].filter(Boolean).join(" · ");
  if (Number.isFinite(left)) expiry = setTimeout(refused, Math.min(left, 2 ** 31 - 1));
  for (const id of ["branch", "list-branch"]) {
    show(
      byId(id),
      h("option", { value: "" }, "All branches"),
      branches.map((branch) => h("option", { value: branch.id }, `${branch.name} (${branch.code})`)),
    );
  }
  shown = { overview: "", list: "" };
  apply();
}

/** A time of today in India, or else the day. */
function untilText(time) {
  const [day, clock] = instantText(new Date(time).toISOString()).split(", ");
  return todayInIndia(time) === todayInIndia() ? `${clock} IST` : day;
}

// ---------------------------------------------------------------- what is chosen

function go(next, { replace = false } = {}) {
  const address = addressOf(next);
  if (address !== location.hash) history[replace ? "replaceState" : "pushState"](null, "", address === "#" ? location.pathname : address);
  state = next;
  apply();
}

/** Choosing above the list moves the list along. */
function choose(changes) {
  const next = { ...state, ...changes };
  const list = { ...state.list, branch_id: next.branch, date_from: next.from, date_to: next.to, page: 1 };
  go({ ...next, list });
}

const chooseList = (changes) => go({ ...state, list: { ...state.list, page: 1, ...changes } });
const invoiceAddress = (id) => addressOf({ ...state, invoice: id });

function closeInvoice() {
  go({ ...state, invoice: "" });
}

/** Make the page say what the state says, and fetch what is not there yet. */
function apply() {
  if (!api) return;
  setControls();
  const overview = JSON.stringify([state.branch, state.from, state.to]);
  if (overview !== shown.overview) {
    shown.overview = overview;
    loadOverview();
    loadChart();
  } else if (days) {
    drawChart();
  }
  const list = JSON.stringify(state.list);
  if (list !== shown.list) {
    shown.list = list;
    loadList();
  }
  if (state.invoice) sheet.open(api, mayWrite(api.token), state.invoice);
  else sheet.close();
}

function setControls() {
  const { list } = state;
  byId("branch").value = state.branch;
  for (const range of RANGES) byId(`range-${range}`).checked = range === state.range;
  byId("custom").hidden = state.range !== "custom";
  byId("from").value = state.from;
  byId("to").value = state.to;
  byId("range-text").textContent = rangeText(state.from, state.to);
  byId("later").setAttribute("aria-disabled", String(!stepRange(state, 1, todayInIndia())));
  byId("range-fy-text").textContent = financialYear(todayInIndia());
  const unit = unitOf();
  byId("unit-day").checked = unit === "day";
  byId("unit-month").checked = unit === "month";
  byId("list-status").value = list.status;
  byId("list-patient").value = list.patient_id;
  byId("list-branch").value = list.branch_id;
  byId("list-from").value = list.date_from;
  byId("list-to").value = list.date_to;
  byId("per-page").value = String(list.per_page);
}

// ---------------------------------------------------------------- what is asked of the API

let days = null;
const unitOf = () => state.unit || (daysIn(state.from, state.to) > MOST_DAYS_AS_DAYS ? "month" : "day");
const wanted = () => ({ date_from: state.from, date_to: state.to, branch_id: state.branch });

async function loadOverview({ quiet = false } = {}) {
  const asked = shown.overview;
  if (!quiet) showOverviewLoading();
  byId("overview").setAttribute("aria-busy", "true");
  try {
    const { document: summary } = await api.get("summary", wanted());
    if (asked !== shown.overview) return;
    showOverview(summary);
    show(byId("overview-problem"));
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    if (asked !== shown.overview || quiet) return;
    showOverviewFailed();
    show(byId("overview-problem"), problemPanel(problem, () => loadOverview()));
  } finally {
    byId("overview").setAttribute("aria-busy", "false");
  }
}

async function loadChart({ quiet = false } = {}) {
  const asked = shown.overview;
  const cut = daysIn(state.from, state.to) > MOST_DAYS;
  const from = cut ? addDays(state.to, 1 - MOST_DAYS) : state.from;
  byId("chart-note").textContent = cut ? `The chart shows the last ${MOST_DAYS} days of the range.` : "";
  if (!quiet) {
    days = null;
    chart.replace(skeleton(6));
  }
  try {
    const { document: found } = await api.get("summary/daily", { ...wanted(), date_from: from });
    if (asked !== shown.overview) return;
    days = found;
    drawChart();
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    if (asked === shown.overview && !quiet) chart.replace(problemPanel(problem, () => loadChart()));
  }
}

function drawChart() {
  const drawn = JSON.stringify([shown.overview, unitOf()]);
  if (drawChart.of === days && drawChart.drawn === drawn) return;
  Object.assign(drawChart, { of: days, drawn });
  if (days.every((day) => !toPaise(day.total_billed) && !toPaise(day.total_collected))) {
    chart.replace(h("p", { class: "empty" }, "Nothing was billed or collected in these days."));
    return;
  }
  chart.show(days, unitOf());
}

async function loadList() {
  const asked = shown.list;
  const { page, per_page: perPage, ...filters } = state.list;
  const filtered = Object.values(filters).some(Boolean);
  showListLoading();
  show(byId("elsewhere"));
  try {
    const answer = await api.get("invoices", { ...filters, page, per_page: perPage });
    if (asked !== shown.list) return;
    showList(answer, { page, perPage, filtered }, invoiceAddress, (number) => chooseList({ page: number }), clearFilters);
    // Where a status or a patient was asked for, other days are no answer.
    const byDays = filters.date_to && !filters.status && !filters.patient_id;
    if (answer.headers.get("X-Total-Count") === "0" && byDays) offerLatest(asked);
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    if (asked === shown.list) showListProblem(problemPanel(problem, loadList));
  }
}

/** Where these days are empty, the way to the newest month that is not. */
async function offerLatest(asked) {
  const { document: [newest] } = await api.get("invoices", { branch_id: state.branch, per_page: 1 });
  if (!newest || asked !== shown.list) return;
  const text = `Show ${monthText(newest.date.slice(0, 7))}, the latest with invoices`;
  const go = () => choose({ range: "custom", ...monthOf(newest.date) });
  if (state.list.date_from !== state.from || state.list.date_to !== state.to) {
    offer(text, go);
    return;
  }
  // The whole page is empty: say so where it begins.
  show(
    byId("elsewhere"),
    h("p", { class: "notice" }, h("span", {}, "No invoices in these days."), h("button", { type: "button", class: "quiet", click: go }, text)),
  );
}

const clearFilters = () => chooseList({ status: "", patient_id: "", branch_id: "", date_from: "", date_to: "" });

/** The document is exact at once; the sums follow the invoices by a second or more. */
function afterPayment(invoice) {
  if (invoice.totals) updateRow(invoice, invoiceAddress);
  for (const wait of SUMMARY_FOLLOWS_MS) {
    setTimeout(() => {
      if (!api) return;
      loadOverview({ quiet: true });
      loadChart({ quiet: true });
    }, wait);
  }
}

// ---------------------------------------------------------------- controls

function onCustom() {
  const [from, to] = [byId("from").value, byId("to").value];
  const reversed = from && to && from > to;
  byId("custom-fault").textContent = reversed ? "The first day is after the last." : "";
  if (from && to && !reversed) choose({ range: "custom", from, to });
}

function onListDates() {
  const [from, to] = [byId("list-from").value, byId("list-to").value];
  const reversed = from && to && from > to;
  byId("list-fault").textContent = reversed ? "The first day is after the last." : "";
  if (!reversed) chooseList({ date_from: from, date_to: to });
}

byId("sign-in-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = cleanToken(byId("token").value);
  if (token && !byId("sign-in-submit").hasAttribute("aria-disabled")) signIn(token);
});
byId("sign-out").addEventListener("click", () => {
  forgetToken();
  showSignIn();
});
byId("skip").addEventListener("click", () => byId("main").focus());
byId("refresh").addEventListener("click", () => {
  shown = { overview: "", list: "" };
  apply();
});
byId("branch").addEventListener("change", (event) => choose({ branch: event.target.value }));
for (const range of RANGES) {
  byId(`range-${range}`).addEventListener("change", () => choose({ range, ...(range === "custom" ? {} : rangeOf(range, todayInIndia())) }));
}
for (const [id, direction] of [["earlier", -1], ["later", 1]]) {
  byId(id).addEventListener("click", () => {
    const next = stepRange(state, direction, todayInIndia());
    if (next) choose(next);
  });
}
byId("from").addEventListener("change", onCustom);
byId("to").addEventListener("change", onCustom);
byId("unit-day").addEventListener("change", () => go({ ...state, unit: "day" }, { replace: true }));
byId("unit-month").addEventListener("change", () => go({ ...state, unit: "month" }, { replace: true }));
byId("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  chooseList({ patient_id: byId("list-patient").value.trim() });
});
byId("list-status").addEventListener("change", (event) => chooseList({ status: event.target.value }));
byId("list-patient").addEventListener("change", (event) => chooseList({ patient_id: event.target.value.trim() }));
byId("list-branch").addEventListener("change", (event) => chooseList({ branch_id: event.target.value }));
byId("list-from").addEventListener("change", onListDates);
byId("list-to").addEventListener("change", onListDates);
byId("list-clear").addEventListener("click", clearFilters);
byId("per-page").addEventListener("change", (event) => chooseList({ per_page: Number(event.target.value) }));
window.addEventListener("popstate", () => {
  state = stateOf(location.hash, todayInIndia());
  apply();
});

const kept = storedToken();
if (kept) signIn(kept);
else showSignIn();
