// The settings: in the form, in the link, and as requests.

export const EMPTY = {
  model: "", prefix: "", suffix: "", contains: "", pattern: "", forbidden: "", min: "", max: "",
  novel: false, distinct: false, temperature: 1, topk: 0, topp: 1, minp: 0, count: 24, seed: "",
  after: "",
};

/** Return a seed that anyone can type, far below 2^53. */
export function newSeed() {
  return String(crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000_000);
}

/** Return whether a text is a seed that a double holds exactly. */
export const isSeed = (text) => /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text));

/** Return the settings of a link; what it does not say, or says wrongly, is as at the beginning. */
export function fromLink(hash) {
  const link = new URLSearchParams(hash.replace(/^#/, ""));
  const state = { ...EMPTY };
  for (const [key, value] of link) {
    if (!Object.hasOwn(EMPTY, key)) continue;
    if (typeof EMPTY[key] === "boolean") state[key] = value === "1";
    else if (typeof EMPTY[key] === "number") state[key] = Number.isFinite(Number(value)) ? Number(value) : EMPTY[key];
    else state[key] = value.slice(0, 2000);
  }
  state.count = Math.min(200, Math.max(1, Math.trunc(state.count)));
  if (!isSeed(state.seed)) state.seed = newSeed();
  return state;
}

/** Return the fragment of a link that carries the settings and the seed. */
export function toLink(state) {
  const link = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    if (value === EMPTY[key]) continue;
    link.set(key, typeof value === "boolean" ? "1" : String(value));
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
