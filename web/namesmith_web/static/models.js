// The served models: the list and its filter, the facts of the chosen one, and what is mixed in.
import { blendOf, partsOf } from "./blend.js";
import { byId, element, percent, rounded } from "./dom.js";

const ANY = "any data"; // choice of the filter that leaves all models
const served = new Map(); // each model by its name and version
let mixed = {}; // the shares of the models beside the main one, as exact as the link has them
let onBlend = () => {};

export const keyOf = (model) => `${model.name}/${model.version}`;

/** Take the models that are served; `blended` is called with a reference once a share has moved. */
export function takeModels(models, blended) {
  for (const one of models) served.set(keyOf(one), one);
  onBlend = blended;
  const facets = [...new Set(models.flatMap(facetsOf))].sort();
  byId("facet").replaceChildren(...[ANY, ...facets].map((one) => element("option", { value: one }, one)));
  byId("facet-field").hidden = !facets.length;
  showChoice(ANY);
}

/** Return the labels and the licence of a model's data, as the filter offers them. */
function facetsOf({ manifest }) {
  const { labels = {}, licence } = manifest?.data ?? {};
  const facets = Object.entries(labels).map(([key, value]) => `${key}: ${value}`);
  // A key of a label has no blank and no capital, so that no label looks like this one.
  return licence ? [...facets, `SPDX licence: ${licence}`] : facets;
}

/** Offer the models of a facet; return the first of them. */
export function showChoice(facet) {
  const chosen = [...served].filter(([, one]) => facet === ANY || facetsOf(one).includes(facet)).map(([key]) => key);
  byId("model").replaceChildren(...chosen.map((key) => element("option", { value: key }, key)));
  return chosen[0];
}

/** Return a reference whose models have their versions; a model without one is the newest. */
export function withVersions(reference) {
  const newest = (part) => {
    const [name, ...weight] = part.split("*");
    const found = [...served.values()].find((one) => one.name === name || one.labels?.some((label) => name === `${one.name}@${label}`));
    return [found ? keyOf(found) : name, ...weight].join("*");
  };
  return reference.split("+").map(newest).join("+");
}

/** Return what is wrong with a reference, in words; empty: nothing. */
export function modelFault(reference) {
  const parts = partsOf(reference);
  const unknown = parts.find((part) => !served.has(part.model));
  if (unknown) return `model: ${unknown.model} is not served here; choose one of the list`;
  if (parts.every((part) => part.share > 0)) return "";
  return `model: the shares that are mixed in leave nothing for ${parts[0].model}`;
}

const symbolsIn = (model) => model?.manifest?.vocabulary?.symbols ?? [];

/** Return the symbols of a model, or of all parts of a blend; the first ends a name. */
export function symbolsOf(reference) {
  const all = partsOf(reference).map((part) => symbolsIn(served.get(part.model)));
  return [all[0][0], ...new Set(all.flatMap((symbols) => symbols.slice(1)))];
}

/** Return the model of the least test loss among those that answer exactly; none are served: undefined. */
export function bestModel() {
  const loss = (one) => one.manifest?.splits?.find((split) => split.name === "test")?.loss ?? Infinity;
  const all = [...served.values()], exact = all.filter((one) => one.backend === "table");
  const best = [...(exact.length ? exact : all)].sort((a, b) => loss(a) - loss(b))[0];
  return best ? keyOf(best) : "";
}

/** Show the chosen model, and the shares of the others. */
export function showModel(reference) {
  const [main, ...others] = partsOf(reference);
  const model = served.get(main.model);
  if (!model) return;
  if (![...byId("model").options].some((one) => one.value === main.model)) showChoice(byId("facet").value = ANY);
  byId("model").value = main.model;
  byId("model-facts").replaceChildren(...factsOf(model));
  byId("topk").max = symbolsOf(reference).length;
  showShares(main, Object.fromEntries(others.map((part) => [part.model, part.share])));
}

function factsOf({ manifest }) {
  const { data, splits = [] } = manifest ?? {};
  const test = splits.find((one) => one.name === "test");
  const facts = [`${rounded(Number(data?.names ?? 0))} names to learn from`];
  if (test) facts.push(`test loss ${test.loss.toFixed(3)} nats a letter`);
  facts.push(...facetsOf({ manifest }));
  if (!/^https?:\/\//i.test(data?.source ?? "")) return [facts.join(", ")];
  return [`${facts.join(", ")}, `, element("a", { href: data.source, rel: "noreferrer" }, "source")];
}

/** Show a slider for each model but the main one, with its share. */
function showShares(main, shares) {
  mixed = shares;
  const others = [...served.keys()].filter((key) => key !== main.model);
  byId("blend").hidden = !others.length;
  if (others.some((key) => shares[key])) byId("blend").open = true;
  const place = byId("shares");
  if (place.dataset.main !== main.model) place.replaceChildren(...others.map((key, at) => newShare(main.model, key, at)));
  place.dataset.main = main.model;
  for (const slider of place.querySelectorAll("input")) {
    const share = shares[slider.dataset.model] ?? 0;
    if (slider !== document.activeElement) slider.value = share;
    slider.previousSibling.value = share ? percent(share) : "none";
  }
  byId("shares-rest").textContent = main.share < 1 ? `The rest, ${percent(main.share)}, is ${main.model}.` : "";
}

function newShare(main, key, at) {
  const id = `share-${at}`;
  const slider = element("input", { id, type: "range", min: 0, max: 0.95, step: 0.05 });
  slider.dataset.model = key;
  slider.addEventListener("input", () => onBlend(blendOf(main, { ...mixed, [key]: Number(slider.value) })));
  return element("div", { class: "slider" }, element("label", { for: id }, key), element("output", { for: id }), slider);
}
