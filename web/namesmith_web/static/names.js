// The drawn names, each letter tinted by how surprising it is, and the most probable ones.
import { byId, element, percent, percents } from "./dom.js";

/** Return the step of a tint, 0 to 4: one step for each factor of about four. */
const stepOf = (logProb) => Math.min(4, Math.floor(-logProb / 1.4));

/** Show names; without scores all letters are plain. */
export function showNames(names, scores) {
  const items = names.map((name, row) => {
    const score = scores[row];
    const shown = element("span", { "aria-hidden": "true" });
    [...name].forEach((letter, at) => {
      const logProb = Number(score?.characterLogProbs?.[at] ?? 0);
      const tinted = element("span", { class: `letter s${stepOf(logProb)}` }, letter);
      if (score) tinted.title = `${letter}: ${percent(Math.exp(logProb))}`;
      shown.append(tinted);
    });
    const said = score ? `${name}, probability ${percent(Math.exp(Number(score.logProb)))}` : name;
    return element("li", {}, shown, element("span", { class: "hidden said" }, said || "the empty name"));
  });
  byId("names").replaceChildren(...items);
  byId("names").classList.remove("old");
}

/** Show the most probable names with their probabilities. */
export function showTop({ names = [], logProbs = [] }) {
  const shares = percents(logProbs.map((one) => Math.exp(one)));
  byId("top").replaceChildren(...names.map((name, at) => element("li", {},
    element("span", {}, name || "(the empty name)"),
    element("span", { class: "odd" }, shares[at]),
  )));
}
