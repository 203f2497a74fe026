// The page: reads the settings, asks the services, shows the answers.
import { call, Refusal } from "./calls.js";
import { commandOf, copy, curlOf, keysCommandOf } from "./copies.js";
import { byId } from "./dom.js";
import { beginKeys } from "./keys.js";
import { showLengths } from "./lengths.js";
import { bestModel, modelFault, showChoice, showModel, symbolsOf, takeModels, withVersions } from "./models.js";
import { showNames, showTop } from "./names.js";
import { askNext, showNext } from "./next_letter.js";
import { showNoOdds, showOdds } from "./odds.js";
import { askPlausibility, showPlausibilities, showTyped, showUntyped } from "./plausibility.js";
import { drawingOf, EMPTY, faultOf, fromLink, newSeed, nextRow, requestOf, toLink, valueOf } from "./state.js";

const PAUSE = 220; // milliseconds without a change after which the services are asked
const FIELDS = {
  prefix: "prefix", suffix: "suffix", contains: "contains", pattern: "pattern", forbidden: "forbidden",
  min_length: "min", max_length: "max", excludes: "excludes", not_pattern: "notpattern",
  starts_with_any: "starts", ends_with_any: "ends", min_distance: "distance", count: "count", seed: "seed", first_row: "row",
};

const form = byId("settings");
let state = { ...EMPTY };
let answer = { names: [] };
let next = null; // the last answer about the next letter
let free = { key: "", lengths: [] }; // lengths of all names of a model
let front = {}; // facts of the front: the gRPC server beside
let timer = 0;
let running = new AbortController();

const inputs = () => [...form.elements].filter((one) => one.name);

function showState() {
  for (const one of inputs()) {
    if (one.type === "checkbox") one.checked = state[one.name];
    else one.value = state[one.name];
    const more = one.closest("details");
    if (more && state[one.name] !== EMPTY[one.name]) more.open = true;
  }
  showModel(state.model);
  showSliders();
}

/** Read one input alone: a slider has fewer steps than the link that set it. */
function readInput(one) {
  state[one.name] = one.type === "checkbox" ? one.checked : valueOf(one.name, one.value);
}

/** Return a number with two digits, or with all where it has more. */
const exact = (number) => (Number(Number(number).toFixed(2)) === number ? number.toFixed(2) : String(number));

function showSliders() {
  byId("temperature-value").value = state.temperature === 0 ? "0 (greedy)" : exact(state.temperature);
  byId("topk-value").value = state.topk || "all";
  byId("topp-value").value = state.topp === 1 ? "all" : exact(state.topp);
  byId("distance-value").value = state.distance || "any";
  byId("minp-value").value = state.minp === 0 ? "none" : exact(state.minp);
}

function showNextNow() {
  const symbols = symbolsOf(state.model);
  if (next?.probabilities.length === symbols.length) showNext(symbols, next.probabilities, state, next.text);
}

function showProblem(refusal) {
  const problem = byId("problem");
  problem.hidden = !refusal;
  problem.textContent = refusal?.message ?? "";
  for (const [field, id] of Object.entries(FIELDS)) {
    const invalid = refusal?.field === field;
    byId(id).setAttribute("aria-invalid", String(invalid));
    const more = byId(id).closest("details");
    if (invalid && more) more.open = true;
  }
}

/** Run a part; another part goes on where it is refused, and the first refusal is shown. */
async function part(work, otherwise) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    otherwise(error);
    return null;
  }
}

async function ask() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const request = requestOf(state);
  byId("names-part").setAttribute("aria-busy", "true");
  byId("names").classList.add("old");
  try {
    await Promise.all([
      part(() => measure(request, signal), showNoOdds),
      part(() => draw(signal), showNothing),
      part(() => top(request, signal), showNoTop),
      part(() => nextLetter(signal), () => {}),
      part(() => lengths(request, signal), () => showLengths([], [])),
    ]);
    byId("names-part").setAttribute("aria-busy", "false");
    await plausible(request.model, signal);
  } catch (error) {
    if (error.name !== "AbortError") throw error; // a newer question ended this one
  }
}

async function measure(request, signal) {
  showOdds(await call("NameService/MeasureConstraint", request, signal));
}

async function draw(signal) {
  const drawing = drawingOf(state);
  const drawn = await call("NameService/GenerateNames", drawing, signal);
  const names = drawn.names ?? [];
  const model = { name: drawn.model, version: drawn.version };
  const scored = names.length ? await call("NameService/ScoreNames", { model, names, perCharacter: true }, signal) : {};
  answer = { ...drawn, names, logProbs: (scored.scores ?? []).map((one) => one.logProb) };
  showProblem(null);
  showNames(names, scored.scores ?? []);
  byId("command").textContent = commandOf(state, answer, front.grpcServer);
  byId("curl").textContent = curlOf({ ...drawing, model });
}

/** Ask how plausible names are, once all else is there: the first answer of a model takes a while. */
async function plausible(model, signal) {
  const { names } = answer;
  if (names.length) await part(async () => showPlausibilities(await askPlausibility(model, names, signal)), () => {});
  const { typed } = state;
  if (!typed) return showUntyped("Type a name.");
  const shown = async () => showTyped(typed, await askPlausibility(model, [typed], signal));
  await part(shown, (refusal) => showUntyped(refusal.message));
}

function showNothing(refusal) {
  answer = { names: [] };
  showNames([], []);
  byId("command").textContent = byId("curl").textContent = "";
  showProblem(refusal);
}

async function top(request, signal) {
  const found = await call("NameService/ListTopNames", { ...request, count: 10 }, signal);
  showTop(found);
  byId("top-problem").textContent = found.budgetEnded ? "The search ended before it was sure of more." : "";
}

function showNoTop(refusal) {
  showTop({});
  byId("top-problem").textContent = refusal.code === "failed_precondition" ? refusal.message : "";
}

async function nextLetter(signal) {
  const text = state.after || state.prefix;
  const key = `${state.model}\n${text}`;
  if (next?.key !== key) {
    const { model } = requestOf(state);
    const probabilities = await askNext(model, symbolsOf(state.model), text, signal);
    next = { key, text, probabilities };
  }
  showNextNow();
}

async function lengths(request, signal) {
  const { names = [] } = await call("NameService/GenerateNames", { ...request, count: 1000, seed: state.seed }, signal);
  if (free.key !== state.model) {
    const described = await part(() => call("ModelService/DescribeModel", { model: request.model }, signal), () => {});
    free = { key: state.model, lengths: described?.lengthProbabilities ?? [] };
  }
  showLengths(names, free.lengths);
}

/** Say that the settings are none, and draw nothing in their place. */
function refuse(message) {
  clearTimeout(timer);
  running.abort();
  showNothing(new Refusal("invalid_argument", message));
  byId("names-part").setAttribute("aria-busy", "false");
}

function changed() {
  showSliders();
  byId("after").placeholder = state.prefix || "the beginning";
  showNextNow();
  byId("more").disabled = state.distinct;
  const fault = faultOf(state) || modelFault(state.model);
  if (fault) return refuse(fault);
  history.replaceState(null, "", toLink(state));
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

function set(values) {
  state = { ...state, ...values };
  showState();
  changed();
}

async function begin() {
  const listed = await part(() => call("ModelService/ListModels", {}), showProblem);
  if (!listed) return;
  front = await fetch("front.json").then((one) => one.json()).catch(() => ({}));
  takeModels(listed.models ?? [], (model) => set({ model }));
  beginKeys(() => requestOf(state), (named) => {
    byId("keys-command").textContent = keysCommandOf(state, named, front.grpcServer);
    byId("keys-same").hidden = false;
  });
  open();
  addEventListener("hashchange", open);
}

function open() {
  const wanted = fromLink(location.hash);
  wanted.model = wanted.model ? withVersions(wanted.model) : bestModel(); // a link by hand has no version
  state = {};
  set(wanted);
}

async function copied(text, what) {
  try {
    await copy(text);
    byId("copied").textContent = `Copied ${what}.`;
  } catch {
    byId("copied").textContent = "This browser does not let the page copy.";
  }
}

for (const one of inputs()) one.addEventListener("input", () => {
  readInput(one);
  changed();
});
byId("model").addEventListener("input", () => set({ model: byId("model").value }));
byId("facet").addEventListener("input", () => set({ model: showChoice(byId("facet").value) }));
form.addEventListener("submit", (event) => event.preventDefault());
byId("again").addEventListener("click", () => set({ seed: newSeed(), row: "" }));
byId("more").addEventListener("click", () => set({ row: nextRow(state) }));
byId("reset").addEventListener("click", () => set({ ...EMPTY, model: state.model, seed: newSeed() }));
byId("copy-text").addEventListener("click", () => copied(answer.names.join("\n"), "the names"));
byId("copy-json").addEventListener("click", () => copied(JSON.stringify(answer, null, 2), "the JSON"));
byId("copy-link").addEventListener("click", () => copied(location.href, "the link"));
byId("copy-command").addEventListener("click", () => copied(byId("command").textContent, "the command"));
byId("copy-curl").addEventListener("click", () => copied(byId("curl").textContent, "the call"));
byId("copy-keys").addEventListener("click", () => copied(byId("keys-command").textContent, "the command"));
begin();
