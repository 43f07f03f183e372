/**
 * Money without floating point. Inside: BigInt paise. At the edges: decimal text in rupees.
 *
 * JSON.parse would turn 4503599627370496.03 into a neighbour of it, so numbers are read as the text they are.
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const AMOUNT = /^(-?)(\d+)(?:\.(\d{1,2}))?$/;
const TYPED = /^(?:\d+|\d{1,3}(?:,\d{2,3})+)(?:\.\d{0,2})?$/;
const ONES = [
  "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve", "Thirteen",
  "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
];
const TENS = ["", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"];

/** A JSON text as JSON.parse gives it, but with every number as the string of its digits. */
export function parseDocument(text) {
  return JSON.parse(text.replace(TOKEN, (token) => (token[0] === '"' ? token : `"${token}"`)));
}

/** Paise (BigInt) of an amount in rupees as JSON text: "1500.00" is 150000n. */
export function toPaise(rupees) {
  const parts = AMOUNT.exec(rupees);
  if (!parts) throw new RangeError("not an amount in rupees");
  const paise = BigInt(parts[2]) * 100n + BigInt((parts[3] ?? "").padEnd(2, "0"));
  return parts[1] ? -paise : paise;
}

/** Paise of what a person typed, grouped by commas or not; null if it is no amount. */
export function typedPaise(text) {
  const bare = text.trim().replace(/^₹\s*/, "");
  if (!TYPED.test(bare)) return null;
  return toPaise(bare.replaceAll(",", "").replace(/\.$/, ""));
}

/** The amount as a JSON number in rupees: 150000n is "1500.00". */
export function toRupees(paise) {
  const digits = String(paise < 0n ? -paise : paise).padStart(3, "0");
  return `${paise < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Digits in Indian groups: "12345678" is "1,23,45,678". */
export const grouped = (digits) => digits.replace(/(\d)(?=(\d\d)+\d$)/g, "$1,");

/** The amount as people write it: 12345678n is "1,23,456.78"; a true minus sign in front. */
export function indian(paise) {
  const [whole, cents] = toRupees(paise < 0n ? -paise : paise).split(".");
  return `${paise < 0n ? "−" : ""}${grouped(whole)}.${cents}`;
}

/** The same with the rupee sign. */
export const rupeeText = (paise) => (paise < 0n ? `−₹${indian(-paise)}` : `₹${indian(paise)}`);

/** A rounded amount for an axis: ₹950, ₹12.5K, ₹2.5L, ₹1.2Cr. */
export function compact(paise) {
  const size = paise < 0n ? -paise : paise;
  const sign = paise < 0n ? "−" : "";
  for (const [unit, suffix] of [[1_00_00_000_00n, "Cr"], [1_00_000_00n, "L"], [1_000_00n, "K"]]) {
    if (size >= unit) {
      const tenths = (size * 10n) / unit;
      const tail = tenths % 10n ? `.${tenths % 10n}` : "";
      return `${sign}₹${grouped(String(tenths / 10n))}${tail}${suffix}`;
    }
  }
  return `${sign}₹${size / 100n}`;
}

/** Tenths of a percent that a part is of a whole, as text: 1n of 3n is "33.3". Null when there is no whole. */
export function percent(part, whole) {
  if (whole <= 0n) return null;
  const tenths = ((part < 0n ? -part : part) * 2000n + whole) / (whole * 2n);
  return `${part < 0n && tenths ? "−" : ""}${tenths / 10n}.${tenths % 10n}`;
}

function belowThousand(number) {
  const said = [];
  if (number >= 100) said.push(`${ONES[Math.floor(number / 100)]} Hundred`);
  const rest = number % 100;
  if (rest >= 20) said.push(TENS[Math.floor(rest / 10)] + (rest % 10 ? `-${ONES[rest % 10]}` : ""));
  else if (rest || !said.length) said.push(ONES[rest]);
  return said.join(" ");
}

/** A whole number in words of the Indian system: crore, lakh, thousand. */
export function numberInWords(number) {
  const said = [];
  const crore = number / 10_000_000n;
  if (crore) said.push(`${numberInWords(crore)} Crore`);
  const lakh = Number((number / 100_000n) % 100n);
  if (lakh) said.push(`${belowThousand(lakh)} Lakh`);
  const thousand = Number((number / 1_000n) % 100n);
  if (thousand) said.push(`${belowThousand(thousand)} Thousand`);
  const rest = Number(number % 1_000n);
  if (rest || !said.length) said.push(belowThousand(rest));
  return said.join(" ");
}

/** An amount as an invoice states it: "Rupees One Lakh Five and Fifty Paise Only". */
export function amountInWords(paise) {
  const size = paise < 0n ? -paise : paise;
  const whole = size / 100n;
  const rest = size % 100n;
  const cents = rest ? `${numberInWords(rest)} ${rest === 1n ? "Paisa" : "Paise"}` : "";
  const said = whole || !rest ? `Rupees ${numberInWords(whole)}${cents ? ` and ${cents}` : ""}` : cents;
  return `${paise < 0n ? "Minus " : ""}${said} Only`;
}

/** Half of a tax rate in percent, exactly: "18" is "9", "5" is "2.5", "0.25" is "0.125". */
export function halfRate(rate) {
  const [whole, fraction = ""] = rate.split(".");
  const scaled = BigInt(whole + fraction.padEnd(3, "0")) * 5n;
  const digits = String(scaled).padStart(5, "0");
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`.replace(/\.?0+$/, "");
}
