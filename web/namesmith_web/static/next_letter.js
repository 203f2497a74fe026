// The distribution of the next letter: asked for once, transformed here while a slider moves.
import { byId, element, percent } from "./dom.js";
import { call } from "./calls.js";

/** Ask for the probability of each symbol behind a text; the first symbol ends the name. */
export async function askNext(model, symbols, text, signal) {
  const letters = symbols.slice(1);
  const names = [text, ...letters.map((letter) => text + letter)];
  const { scores } = await call("NameService/ScoreNames", { model, names, perCharacter: true }, signal);
  const last = scores.map((one) => one.characterLogProbs);
  // Of the text alone the end symbol is the last; of the longer ones the letter stands before it.
  return [last[0].at(-1), ...last.slice(1).map((one) => one.at(-2))].map((one) => Math.exp(Number(one)));
}

/** Transform a distribution as the server does: temperature, then top-k, top-p and min-p. */
export function transformed(probabilities, { temperature, topk, topp, minp }) {
  const best = Math.max(...probabilities);
  let weights = temperature === 0
    ? probabilities.map((one, id) => Number(id === probabilities.indexOf(best)))
    : probabilities.map((one) => Math.exp(Math.log(one / best) / temperature));
  if (topk > 0 && topk < weights.length) {
    const least = [...weights].sort((a, b) => b - a)[topk - 1];
    weights = weights.map((one) => (one >= least ? one : 0));
  }
  weights = normalised(weights);
  if (topp < 1) {
    const order = weights.map((_, id) => id).sort((a, b) => weights[b] - weights[a]);
    let sum = 0;
    const kept = new Set();
    for (const id of order) {
      if (sum >= topp) break;
      kept.add(id);
      sum += weights[id];
    }
    weights = weights.map((one, id) => (kept.has(id) ? one : 0));
  }
  const floor = minp * Math.max(...weights);
  return normalised(weights.map((one) => (one >= floor ? one : 0)));
}

function normalised(weights) {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((one) => one / sum);
}

/** Show the distribution as it was learned and as it is drawn from. */
export function showNext(symbols, learned, sampling, text) {
  const now = transformed(learned, sampling);
  const order = [...symbols.keys()].slice(1).concat(0);
  const top = Math.max(...learned, ...now);
  const place = byId("next");
  if (place.children.length !== symbols.length) place.replaceChildren(...order.map(newBar));
  order.forEach((id, at) => {
    const bar = place.children[at];
    bar.title = `${id ? symbols[id] : "end"}: ${percent(now[id])}, learned ${percent(learned[id])}`;
    bar.classList.toggle("cut", now[id] === 0);
    bar.querySelector("span").textContent = id ? symbols[id] : "·";
    bar.querySelector("b").style.setProperty("--h", now[id] / top);
    bar.querySelector("i").style.setProperty("--h", learned[id] / top);
  });
  byId("outlined").hidden = now.every((one, id) => Math.abs(one - learned[id]) < 1e-9);
  const said = [...order].sort((a, b) => now[b] - now[a]).slice(0, 5)
    .map((id) => `${id ? symbols[id] : "the end"} ${percent(now[id])}`);
  byId("next-said").textContent = said.join(", ");
  place.setAttribute("aria-label", `Most probable after ${text || "the beginning"}: ${said.join(", ")}`);
}

function newBar() {
  const well = element("div", { class: "well" }, element("i"), element("b"));
  return element("div", { class: "bar" }, well, element("span"));
}
