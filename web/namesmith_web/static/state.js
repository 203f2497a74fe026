// The settings: in the form, in the link, and as requests.

export const EMPTY = {
  model: "", prefix: "", suffix: "", contains: "", pattern: "", forbidden: "", min: "", max: "",
  novel: true, distinct: false, temperature: 1, topk: 0, topp: 1, minp: 0, count: 24, seed: "",
  after: "",
};

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

const WHOLE = { count: [1, 200], topk: [0, 2 ** 31 - 1], min: [0, 2 ** 31 - 1], max: [0, 2 ** 31 - 1] };

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

/** Return the names that are never to be drawn. */
export const forbiddenOf = (state) => state.forbidden.split(/[\s,]+/).filter(Boolean);

/** Return the model, sampling and constraint of a request; what is not set is not there. */
export function requestOf(state) {
  const [name, version] = state.model.split("/");
  const sampling = {}, constraint = {};
  if (state.temperature !== 1) sampling.temperature = state.temperature;
  if (state.topk) sampling.topK = state.topk;
  if (state.topp !== 1) sampling.topP = state.topp;
  if (state.minp) sampling.minP = state.minp;
  for (const key of ["prefix", "suffix", "contains", "pattern"]) if (state[key]) constraint[key] = state[key];
  if (state.min !== "") constraint.minLength = Number(state.min);
  if (state.max !== "") constraint.maxLength = Number(state.max);
  if (state.forbidden.trim()) constraint.forbidden = forbiddenOf(state);
  if (state.novel) constraint.novel = true;
  const request = { model: version ? { name, version } : { name } };
  if (Object.keys(sampling).length) request.sampling = sampling;
  if (Object.keys(constraint).length) request.constraint = constraint;
  return request;
}
