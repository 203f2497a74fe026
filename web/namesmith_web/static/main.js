// The page: reads the settings, asks the services, shows the answers.
import { call, Refusal } from "./calls.js";
import { commandOf, copy, curlOf } from "./copies.js";
import { byId, element, percent, rounded } from "./dom.js";
import { showLengths } from "./lengths.js";
import { showNames, showTop } from "./names.js";
import { askNext, showNext } from "./next_letter.js";
import { EMPTY, faultOf, fromLink, newSeed, requestOf, toLink, valueOf } from "./state.js";

const PAUSE = 220; // milliseconds without a change after which the services are asked
const FIELDS = { prefix: "prefix", suffix: "suffix", contains: "contains", pattern: "pattern", forbidden: "forbidden", min_length: "min", max_length: "max", count: "count", seed: "seed" };

const form = byId("settings");
const models = new Map();
let state = { ...EMPTY };
let answer = { names: [] };
let next = null; // the last answer about the next letter
let free = { key: "", lengths: [] }; // lengths of all names of a model
let front = {}; // facts of the front: the gRPC server beside
let timer = 0;
let running = new AbortController();

const inputs = () => [...form.elements, byId("after")].filter((one) => one.name);

function showState() {
  for (const one of inputs()) {
    if (one.type === "checkbox") one.checked = state[one.name];
    else one.value = state[one.name];
  }
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
  byId("minp-value").value = state.minp === 0 ? "none" : exact(state.minp);
}

const symbolsOf = (model) => model?.manifest?.vocabulary?.symbols ?? [];

function showNextNow() {
  const symbols = symbolsOf(models.get(state.model));
  if (next?.probabilities.length === symbols.length) showNext(symbols, next.probabilities, state, next.text);
}

function showModel() {
  const model = models.get(state.model);
  if (!model) return;
  const { data, splits = [] } = model.manifest ?? {};
  const test = splits.find((one) => one.name === "test");
  const facts = [`${rounded(Number(data?.names ?? 0))} names to learn from`];
  if (test) facts.push(`test loss ${test.loss.toFixed(3)} nats a letter`);
  byId("model-facts").textContent = facts.join(", ");
  byId("topk").max = symbolsOf(model).length;
}

function showOdds({ probability = 0, names = 0, expectedLength = 0, estimate = {} }) {
  const range = estimate.probability; // of an estimate, which a model without a chain answers
  const about = range ? "About " : "";
  const most = probability || (range?.high ?? 0);
  const share = `${probability ? `${about}1` : "Less than 1"} name in ${rounded(1 / most)}`;
  const every = probability > 1 - 1e-9 && !range ? "Every name" : "Nearly every name";
  const odds = element("strong", {}, probability > 0.99 ? every : share);
  byId("odds").replaceChildren(...(most ? [odds, " fits."] : ["No name fits."]));
  const sure = range ? ` (95 %: ${percent(range.low ?? 0)} to ${percent(range.high)})` : "";
  const more = most
    ? `Probability ${percent(probability)}${sure}. ${rounded(names)} names fit, of ${rounded(expectedLength)} letters on average.`
    : "Loosen a constraint, or keep more letters.";
  byId("odds-more").textContent = more;
}

function showProblem(refusal) {
  const problem = byId("problem");
  problem.hidden = !refusal;
  problem.textContent = refusal?.message ?? "";
  for (const [field, id] of Object.entries(FIELDS)) {
    byId(id).setAttribute("aria-invalid", String(refusal?.field === field));
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
  const drawing = { ...request, count: state.count, seed: state.seed };
  if (state.distinct) drawing.distinct = true;
  byId("names-part").setAttribute("aria-busy", "true");
  try {
    await Promise.all([
      part(() => measure(request, signal), showUnmeasured),
      part(() => draw(drawing, signal), showNothing),
      part(() => top(request, signal), showNoTop),
      part(() => nextLetter(signal), () => {}),
      part(() => lengths(request, signal), () => showLengths([], [])),
    ]);
    byId("names-part").setAttribute("aria-busy", "false");
  } catch (error) {
    if (error.name !== "AbortError") throw error; // a newer question ended this one
  }
}

async function measure(request, signal) {
  showOdds(await call("NameService/MeasureConstraint", request, signal));
}

function showUnmeasured() {
  byId("odds").textContent = "—";
  byId("odds-more").textContent = "";
}

async function draw(drawing, signal) {
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
    const probabilities = await askNext(model, symbolsOf(models.get(state.model)), text, signal);
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
  const unknown = models.has(state.model) ? "" : `model: ${state.model} is not served here; choose one of the list`;
  const fault = faultOf(state) || unknown;
  if (fault) return refuse(fault);
  history.replaceState(null, "", toLink(state));
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

function set(values) {
  state = { ...state, ...values };
  showState();
  showModel();
  changed();
}

/** Return the model of the least test loss among those that answer exactly. */
function bestOf(all) {
  const loss = (one) => one.manifest?.splits?.find((split) => split.name === "test")?.loss ?? Infinity;
  const exact = all.filter((one) => one.backend === "table");
  return [...(exact.length ? exact : all)].sort((a, b) => loss(a) - loss(b))[0];
}

const keyOf = (model) => `${model.name}/${model.version}`;

async function begin() {
  const listed = await part(() => call("ModelService/ListModels", {}), showProblem);
  if (!listed) return;
  front = await fetch("front.json").then((one) => one.json()).catch(() => ({}));
  const all = listed.models ?? [];
  for (const model of all) models.set(keyOf(model), model);
  byId("model").replaceChildren(...[...models.keys()].map((key) => element("option", { value: key }, key)));
  open(all);
  addEventListener("hashchange", () => open(all));
}

function open(all) {
  const wanted = fromLink(location.hash);
  const named = all.find((one) => one.name === wanted.model); // a link by hand has no version
  if (named) wanted.model = keyOf(named);
  if (!wanted.model && all.length) wanted.model = keyOf(bestOf(all));
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
byId("model").addEventListener("change", showModel);
form.addEventListener("submit", (event) => event.preventDefault());
byId("again").addEventListener("click", () => set({ seed: newSeed() }));
byId("reset").addEventListener("click", () => set({ ...EMPTY, model: state.model, seed: newSeed() }));
byId("copy-text").addEventListener("click", () => copied(answer.names.join("\n"), "the names"));
byId("copy-json").addEventListener("click", () => copied(JSON.stringify(answer, null, 2), "the JSON"));
byId("copy-link").addEventListener("click", () => copied(location.href, "the link"));
byId("copy-command").addEventListener("click", () => copied(byId("command").textContent, "the command"));
byId("copy-curl").addEventListener("click", () => copied(byId("curl").textContent, "the call"));
begin();
