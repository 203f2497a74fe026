// How plausible names are: the share of the model's own names that are less probable.
import { byId, percent } from "./dom.js";
import { call } from "./calls.js";

const JUNK = 0.01; // below this, 99 in 100 of the model's own names are more probable

/** Return the answer about names; the score of a name that is never drawn has plausibility 0. */
export function askPlausibility(model, names, signal) {
  return call("NameService/ScoreNames", { model, names, withPlausibility: true }, signal);
}

/** Show a line of the length of its plausibility under each drawn name. */
export function showPlausibilities({ scores }) {
  scores.forEach(({ plausibility }, at) => {
    const item = byId("names").children[at];
    if (!item || plausibility === undefined) return;
    item.style.setProperty("--plausibility", plausibility);
    item.title = `more probable than ${percent(plausibility)} of the model's names`;
    item.querySelector(".said").textContent += `, plausibility ${percent(plausibility)}`;
  });
}

/** Show how plausible the typed name is, in a sentence and as a bar. */
export function showTyped(name, { scores: [{ logProb, plausibility = 0 }], plausibilityDraws }) {
  const least = plausibility === 0 ? "No name" : `${percent(plausibility)} of the names`;
  const junk = plausibility < JUNK ? " At least 99 in 100 of its names are more probable: hardly one of them." : "";
  const estimated = plausibilityDraws ? ` Estimated from ${Number(plausibilityDraws).toLocaleString("en")} names.` : "";
  byId("typed-bar").hidden = false;
  byId("typed-bar").style.setProperty("--plausibility", plausibility);
  byId("typed-said").textContent = `${least} that the model draws ${plausibility === 0 ? "is" : "are"} less probable than “${name}”.${junk}${estimated}`;
  byId("typed-more").textContent = `Plausibility ${plausibility.toFixed(4)}, log-probability ${Number(logProb).toFixed(2)} nats.`;
}

/** Show a message in the place of the bar: that nothing is typed, or why it cannot be told. */
export function showUntyped(message) {
  byId("typed-bar").hidden = true;
  byId("typed-said").textContent = message;
  byId("typed-more").textContent = "";
}
