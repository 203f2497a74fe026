// How probable the settings are: in a sentence.
import { byId, element, percent, rounded } from "./dom.js";

/** Show an answer of MeasureConstraint. */
export function showOdds({ probability = 0, names = 0, expectedLength = 0, estimate = {} }) {
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

/** Show that nobody answered. */
export function showNoOdds() {
  byId("odds").textContent = "—";
  byId("odds-more").textContent = "";
}
