// The same names elsewhere: as a command, as a call by curl, on the clipboard.
import { referenceOf } from "./blend.js";
import { listOf, nextRow } from "./state.js";

/** Return a text as one word of a POSIX shell. */
const word = (text) => (/^[\w./@:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const TEXTS = { prefix: "prefix", suffix: "suffix", contains: "contains", pattern: "pattern", notpattern: "not-pattern" };
const LISTS = { forbidden: "forbidden", excludes: "exclude", starts: "starts-with", ends: "ends-with" };

/** Return the options that settings are on the command line. */
function optionsOf(state) {
  const parts = [];
  for (const [key, name] of Object.entries(TEXTS)) if (state[key]) parts.push(`--${name}=${word(state[key])}`);
  for (const [key, name] of Object.entries(LISTS)) {
    for (const text of listOf(state[key])) parts.push(`--${name}=${word(text)}`);
  }
  if (state.min !== "") parts.push(`--min-length ${Number(state.min)}`);
  if (state.max !== "") parts.push(`--max-length ${Number(state.max)}`);
  if (state.distance) parts.push(`--min-distance ${state.distance}`);
  if (state.temperature !== 1) parts.push(`--temperature ${state.temperature}`);
  if (state.topk) parts.push(`--top-k ${state.topk}`);
  if (state.topp !== 1) parts.push(`--top-p ${state.topp}`);
  if (state.minp) parts.push(`--min-p ${state.minp}`);
  if (state.novel) parts.push("--novel");
  return parts;
}

/** Return the command that gives the names of an answer again. */
export function commandOf(state, answer, address) {
  const parts = ["namesmith generate", `--model ${word(referenceOf(answer))}`];
  parts.push(BigInt(state.row) ? `--rows ${state.row}:${nextRow(state)}` : `--count ${state.count}`);
  parts.push(`--seed ${state.seed}`);
  parts.push(...optionsOf(state));
  if (state.distinct) parts.push("--distinct");
  if (address) parts.push(`--address ${word(address)}`);
  return parts.join(" ");
}

/** Return the command that names the keys of a table; the secret is in a file, never in the command. */
export function keysCommandOf(state, answer, address) {
  const parts = ["namesmith pseudonymise --secret-file SECRET --column COLUMN", `--model ${word(referenceOf(answer))}`];
  parts.push(...optionsOf(state));
  if (address) parts.push(`--address ${word(address)}`);
  return `${parts.join(" ")} < in.csv > out.csv`;
}

/** Return the curl command that makes a request. */
export function curlOf(request) {
  return `curl -d ${word(JSON.stringify(request))} ${location.origin}/namesmith.v1.NameService/GenerateNames`;
}

/** Put a text on the clipboard, where the browser lets a page that came without TLS do so too. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser does not allow it");
}
