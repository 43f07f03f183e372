/** Days as YYYY-MM-DD in Indian Standard Time, and the ranges people ask for. */

const IST_OFFSET_MS = 330 * 60_000;
const DAY_MS = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Today in India, wherever the browser is. */
export const todayInIndia = (now = Date.now()) => new Date(now + IST_OFFSET_MS).toISOString().slice(0, 10);

/** Whether a text is a day of the calendar. */
export function isDay(text) {
  return DAY.test(text ?? "") && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;
}

/** The day some days later (or earlier). */
export const addDays = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** Days in an inclusive range. */
export const daysIn = (from, to) => (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS + 1;

/** The year in which a day's Indian financial year (from 1 April) began. */
const financialYearStart = (day) => Number(day.slice(0, 4)) - (day.slice(5) < "04-01" ? 1 : 0);

/** "FY 2025–26" of a day. */
export function financialYear(day) {
  const start = financialYearStart(day);
  return `FY ${start}–${String((start + 1) % 100).padStart(2, "0")}`;
}

/** The days of a named range, ending today. */
export function rangeOf(name, today) {
  if (name === "today") return { from: today, to: today };
  if (name === "fy") return { from: `${financialYearStart(today)}-04-01`, to: today };
  return { from: `${today.slice(0, 7)}-01`, to: today };
}

/** The whole month of a day. */
export function monthOf(day) {
  const next = addDays(`${day.slice(0, 7)}-28`, 4);
  return { from: `${day.slice(0, 7)}-01`, to: addDays(`${next.slice(0, 7)}-01`, -1) };
}

/** The first day of the month some months later (or earlier). */
function addMonths(day, months) {
  const count = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + months;
  return `${String(Math.floor(count / 12)).padStart(4, "0")}-${String((count % 12) + 1).padStart(2, "0")}-01`;
}

/**
 * The range before (-1) or after (1) one, of its own kind: months step by months, a financial year by years, other days
 * by their number. It never reaches past today; null when it would begin there.
 */
export function stepRange({ range, from, to }, direction, today) {
  let next;
  const wholeMonths = from.endsWith("-01") && (to === monthOf(to).to || to === today) && range !== "today";
  if (range === "fy" || wholeMonths) {
    const months = range === "fy" ? 12 : (Number(to.slice(0, 4)) - Number(from.slice(0, 4))) * 12 + Number(to.slice(5, 7)) - Number(from.slice(5, 7)) + 1;
    const first = addMonths(from, direction * months);
    next = { from: first, to: addDays(addMonths(first, months), -1) };
  } else {
    const length = daysIn(from, to) * direction;
    next = { from: addDays(from, length), to: addDays(to, length) };
  }
  if (next.from > today) return null;
  if (next.to > today) next.to = today;
  const named = ["today", "month", "fy"].find((name) => {
    const days = rangeOf(name, today);
    return days.from === next.from && days.to === next.to;
  });
  return { range: named ?? "custom", ...next };
}

/** "20 Mar 2026". */
export const dayText = (day) => `${Number(day.slice(8, 10))} ${MONTHS[Number(day.slice(5, 7)) - 1]} ${day.slice(0, 4)}`;

/** "20 Mar". */
export const shortDayText = (day) => `${Number(day.slice(8, 10))} ${MONTHS[Number(day.slice(5, 7)) - 1]}`;

/** "Mar 2026" of YYYY-MM. */
export const monthText = (month) => `${MONTHS[Number(month.slice(5, 7)) - 1]} ${month.slice(0, 4)}`;

/** "20 Mar 2026, 12:00" in India, of an instant in UTC. */
export function instantText(instant) {
  const time = Date.parse(instant);
  if (Number.isNaN(time)) return "";
  const local = new Date(time + IST_OFFSET_MS).toISOString();
  return `${dayText(local)}, ${local.slice(11, 16)}`;
}

/** "1 Mar – 20 Mar 2026". */
export function rangeText(from, to) {
  if (from === to) return dayText(from);
  return `${from.slice(0, 4) === to.slice(0, 4) ? shortDayText(from) : dayText(from)} – ${dayText(to)}`;
}
