// The few words of the document that the page needs. Text goes in as text, never as markup.

export const byId = (id) => document.getElementById(id);

/** Return a new element with attributes and children; a string becomes a text node. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Return a new element of a drawing. */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(one, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  one.append(...children);
  return one;
}

/** Return a share as a reader likes it: 12 %, 0.53 %, 3.1e-7. */
export function percent(share) {
  if (share === 0) return "0 %";
  if (share > 0.9995 && share < 1) return "over 99.9 %";
  if (share < 1e-5) return share.toExponential(1);
  const digits = share < 0.01 ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return `${(100 * share).toLocaleString("en", digits)} %`;
}

/** Return shares as one column likes them: the digits that the least one needs, for all. */
export function percents(shares) {
  const least = Math.min(...shares.filter((one) => one >= 1e-5));
  const digits = Math.min(5, Math.max(1, 1 - Math.floor(Math.log10(100 * least) + 1e-9)));
  const shown = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return shares.map((one) => (one < 1e-5 ? percent(one) : `${(100 * one).toLocaleString("en", shown)} %`));
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Return a number with the digits that count: 7.4, 138, 12,340, 1.2 × 10⁴¹. */
export function rounded(number) {
  if (!Number.isFinite(number)) return "over 10³⁰⁸";
  if (number >= 1e12) {
    const [digits, power] = number.toExponential(1).split("e+");
    return `${digits} × 10${[...power].map((one) => RAISED[one]).join("")}`;
  }
  return number.toLocaleString("en", { maximumFractionDigits: number < 10 ? 1 : 0 });
}
