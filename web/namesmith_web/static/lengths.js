// Lengths as a picture: of drawn names beside all names of the model.
import { byId, drawn, percent } from "./dom.js";

const WIDTH = 320, HEIGHT = 230, FLOOR = 205;

/** Draw how long names are; `exact` holds the probability of each length from 0 on, or nothing. */
export function showLengths(names, exact) {
  const counts = new Map();
  for (const name of names) counts.set([...name].length, (counts.get([...name].length) ?? 0) + 1);
  const longest = Math.min(32, Math.max(12, ...counts.keys()));
  const shares = Array.from({ length: longest + 1 }, (_, at) => (counts.get(at) ?? 0) / (names.length || 1));
  const known = exact.slice(0, longest + 1);
  const top = Math.max(...shares, ...known, 1e-9), step = WIDTH / (longest + 1);
  const high = (share) => (share / top) * (FLOOR - 12);
  const bars = shares.map((share, at) => drawn("rect", {
    class: "drawn", x: at * step + step * 0.14, width: step * 0.72, rx: 2,
    y: FLOOR - high(share), height: high(share),
  }));
  const points = known.map((share, at) => `${(at + 0.5) * step},${FLOOR - high(share)}`).join(" ");
  const marks = shares.map((_, at) => at).filter((at) => at % (longest > 16 ? 4 : 2) === 0)
    .map((at) => drawn("text", { x: (at + 0.5) * step, y: FLOOR + 16 }, String(at)));
  const common = shares.indexOf(Math.max(...shares));
  const said = names.length
    ? `Most common length of drawn names: ${common} letters, ${percent(shares[common])} of them`
    : "No names, no lengths";
  byId("lengths").replaceChildren(drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said },
    ...bars, drawn("polyline", { class: "exact", points }),
    drawn("line", { class: "floor", x1: 0, x2: WIDTH, y1: FLOOR, y2: FLOOR }), ...marks));
}
