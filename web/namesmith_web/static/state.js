// The settings: in the form, in the link, and as requests.
import { modelOf } from "./blend.js";

export const EMPTY = {
  model: "", prefix: "", suffix: "", contains: "", pattern: "", forbidden: "", min: "", max: "",
  excludes: "", notpattern: "", starts: "", ends: "", distance: 0,
  novel: true, distinct: false, temperature: 1, topk: 0, topp: 1, minp: 0, count: 24, seed: "", row: "",
  after: "", typed: "",
};

const TEXTS = { prefix: "prefix", suffix: "suffix", contains: "contains", pattern: "pattern", notpattern: "notPattern" };
const LISTS = { forbidden: "forbidden", excludes: "excludes", starts: "startsWithAny", ends: "endsWithAny" };

/** Return a seed that anyone can type, far below 2^53. */
export function newSeed() {
  return String(crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000_000);
}

/** Return whether a text is a seed: a whole number of 64 bits, which no double holds. */
export const isSeed = (text) => /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n;

/** Return a value of a setting from its text; a text that is none stays as it is, and is a fault. */
export function valueOf(key, text) {
  const kind = typeof EMPTY[key];
  if (kind === "boolean") return { 0: false, 1: true }[text] ?? text;
  if (kind === "number") return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  return text;
}

/** Return the settings of a link; a setting that it does not have is as at the beginning. */
export function fromLink(hash) {
  const state = { ...EMPTY };
  for (const [key, value] of new URLSearchParams(hash.replace(/^#/, ""))) state[key] = valueOf(key, value);
  if (state.seed === "") state.seed = newSeed();
  return state;
}

/** Return whether a text is a row: a whole number up to 2^62; empty: the first one. */
const isRow = (text) => /^\d{0,19}$/.test(text) && BigInt(text) <= 2n ** 62n;

/** Return the row behind the last one of a request. */
export const nextRow = (state) => String(BigInt(state.row) + BigInt(state.count));

const WHOLE = { count: [1, 200], distance: [0, 2 ** 31 - 1], topk: [0, 2 ** 31 - 1], min: [0, 2 ** 31 - 1], max: [0, 2 ** 31 - 1] };

/** Return the first setting that no request can hold, in words; empty: none. */
export function faultOf(state) {
  for (const [key, value] of Object.entries(state)) {
    if (!Object.hasOwn(EMPTY, key)) return `${key}: the page has no such setting`;
    if (typeof value !== typeof EMPTY[key]) {
      return `${key}: ${JSON.stringify(value)} is ${typeof EMPTY[key] === "number" ? "no number" : "neither 0 nor 1"}`;
    }
    const [low, high] = WHOLE[key] ?? [];
    const number = Number(value);
    if (high && value !== "" && !(Number.isInteger(number) && low <= number && number <= high)) {
      return `${key}: ${value} is no whole number in [${low}, ${high}]`;
    }
  }
  if (!isRow(state.row)) return `row: ${JSON.stringify(state.row)} is no whole number in [0, 2^62]`;
  return isSeed(state.seed) ? "" : `seed: ${JSON.stringify(state.seed)} is no whole number below 2^64`;
}

/** Return the fragment of a link that carries the settings and the seed. */
export function toLink(state) {
  const link = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    if (value === EMPTY[key]) continue;
    link.set(key, typeof value === "boolean" ? String(Number(value)) : String(value));
  }
  return `#${link}`;
}

/** Return the texts of a setting that holds several. */
export const listOf = (text) => text.split(/[\s,]+/).filter(Boolean);

/** Return the model, sampling and constraint of a request; what is not set is not there. */
export function requestOf(state) {
  const sampling = {}, constraint = {};
  if (state.temperature !== 1) sampling.temperature = state.temperature;
  if (state.topk) sampling.topK = state.topk;
  if (state.topp !== 1) sampling.topP = state.topp;
  if (state.minp) sampling.minP = state.minp;
  for (const [key, field] of Object.entries(TEXTS)) if (state[key]) constraint[field] = state[key];
  for (const [key, field] of Object.entries(LISTS)) if (state[key].trim()) constraint[field] = listOf(state[key]);
  if (state.min !== "") constraint.minLength = Number(state.min);
  if (state.max !== "") constraint.maxLength = Number(state.max);
  if (state.distance) constraint.minDistance = state.distance;
  if (state.novel) constraint.novel = true;
  const request = { model: modelOf(state.model) };
  if (Object.keys(sampling).length) request.sampling = sampling;
  if (Object.keys(constraint).length) request.constraint = constraint;
  return request;
}

/** Return the request that draws the names of the settings. */
export function drawingOf(state) {
  const drawing = { ...requestOf(state), count: state.count, seed: state.seed };
  if (state.distinct) drawing.distinct = true;
  if (BigInt(state.row)) drawing.firstRow = state.row;
  return drawing;
}
