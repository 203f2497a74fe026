// The same names elsewhere: as a command, as a call by curl, on the clipboard.
import { forbiddenOf } from "./state.js";

/** Return a text as one word of a POSIX shell. */
const word = (text) => (/^[\w./@:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** Return the command that gives the names of an answer again. */
export function commandOf(state, answer, address) {
  const parts = ["namesmith generate", `--model ${word(`${answer.model}/${answer.version}`)}`];
  parts.push(`--count ${state.count}`, `--seed ${state.seed}`);
  const texts = { prefix: state.prefix, suffix: state.suffix, contains: state.contains, pattern: state.pattern };
  for (const [name, text] of Object.entries(texts)) if (text) parts.push(`--${name}=${word(text)}`);
  for (const name of forbiddenOf(state)) parts.push(`--forbidden=${word(name)}`);
  if (state.min !== "") parts.push(`--min-length ${Number(state.min)}`);
  if (state.max !== "") parts.push(`--max-length ${Number(state.max)}`);
  if (state.temperature !== 1) parts.push(`--temperature ${state.temperature}`);
  if (state.topk) parts.push(`--top-k ${state.topk}`);
  if (state.topp !== 1) parts.push(`--top-p ${state.topp}`);
  if (state.minp) parts.push(`--min-p ${state.minp}`);
  if (state.novel) parts.push("--novel");
  if (state.distinct) parts.push("--distinct");
  if (address) parts.push(`--address ${word(address)}`);
  return parts.join(" ");
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
