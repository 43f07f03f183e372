/** What codes are called on the page. */

export const STATUS_TEXT = {
  draft: "Draft",
  finalized: "Finalized",
  partially_paid: "Partially paid",
  paid: "Paid",
  cancelled: "Cancelled",
};

export const MODE_TEXT = {
  cash: "Cash",
  card: "Card",
  upi: "UPI",
  neft: "NEFT",
  cheque: "Cheque",
  online: "Online",
  insurance: "Insurance",
};

/** What a payment's reference is for each mode; [label, hint]. */
export const REFERENCE_TEXT = {
  cash: ["Receipt no.", "Optional for cash."],
  card: ["Approval or terminal reference", "Never the card number."],
  upi: ["UPI reference (RRN)", "Usually 12 digits."],
  neft: ["UTR", "Usually 16 letters and digits."],
  cheque: ["Cheque number", "Usually 6 digits."],
  online: ["Gateway payment id", "As the gateway shows it."],
  insurance: ["Claim or UTR reference", "As the insurer’s advice shows it."],
};

export const TREATMENT_TEXT = { exempt: "Exempt", nil_rated: "Nil-rated", non_gst: "Non-GST" };

/** GST state codes. */
const STATES = {
  "01": "Jammu and Kashmir", "02": "Himachal Pradesh", "03": "Punjab", "04": "Chandigarh", "05": "Uttarakhand",
  "06": "Haryana", "07": "Delhi", "08": "Rajasthan", "09": "Uttar Pradesh", "10": "Bihar", "11": "Sikkim",
  "12": "Arunachal Pradesh", "13": "Nagaland", "14": "Manipur", "15": "Mizoram", "16": "Tripura", "17": "Meghalaya",
  "18": "Assam", "19": "West Bengal", "20": "Jharkhand", "21": "Odisha", "22": "Chhattisgarh", "23": "Madhya Pradesh",
  "24": "Gujarat", "25": "Daman and Diu", "26": "Dadra and Nagar Haveli and Daman and Diu", "27": "Maharashtra",
  "28": "Andhra Pradesh", "29": "Karnataka", "30": "Goa", "31": "Lakshadweep", "32": "Kerala", "33": "Tamil Nadu",
  "34": "Puducherry", "35": "Andaman and Nicobar Islands", "36": "Telangana", "37": "Andhra Pradesh", "38": "Ladakh",
  "97": "Other Territory",
};

/** "Maharashtra (27)". */
export const stateText = (code) => (code ? `${STATES[code] ?? "State"} (${code})` : null);

/** Union territories without a legislature levy UTGST in place of SGST (UTGST Act 2017). */
const UTGST_STATES = new Set(["04", "25", "26", "31", "35", "38", "97"]);
export const stateTaxName = (code) => (UTGST_STATES.has(code) ? "UTGST" : "SGST");
