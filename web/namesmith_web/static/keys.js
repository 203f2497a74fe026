// A name for a key, and back. Keys and secret stand in no link: they are sent when a button is pressed.
import { byId, element, rounded } from "./dom.js";
import { call, Refusal } from "./calls.js";

const MOST = 1000; // keys of one call; for more there is the command line

/** Return the bytes of a text in base64, as JSON has them. */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** Return the keys, numbers or names that are typed. */
function lines() {
  const all = byId("keys").value.split("\n").filter(Boolean);
  if (all.length <= MOST) return all;
  throw new Refusal("invalid_argument", `${all.length} lines are more than ${MOST}; the command line takes any number`);
}

const isUnique = () => byId("unique").checked;

/** Return the parts of a request about keys; `request` has model, sampling and constraint. */
function asked(request) {
  const { value } = byId("secret");
  const capacity = byId("capacity").value;
  return { ...request, secret: base64(value), ...(isUnique() && capacity ? { capacity } : {}) };
}

/** Name the keys, or the numbers. */
async function nameKeys(request) {
  const keys = lines();
  const named = isUnique() ? { unique: true, numbers: keys } : { keys: keys.map(base64) };
  const answer = await call("NameService/NameKeys", { ...asked(request), ...named });
  showPairs("Key", keys, "Name", answer.names ?? []);
  byId("keys-said").textContent = saidOf(answer);
  return answer;
}

function saidOf({ collisionProbability, bearableKeys = 0 }) {
  const many = rounded(Number(bearableKeys));
  if (isUnique()) return `No name twice: ${many} names are there to be given.`;
  if (!collisionProbability) return "";
  const once = `Two different keys have the same name once in ${rounded(1 / collisionProbability)} pairs`;
  return `${once}: ${many} keys can be named before a pair with one name is to be expected.`;
}

/** Find the numbers of names. */
async function findNumbers({ sampling: _, ...request }) {
  const names = lines();
  const answer = await call("NameService/KeyOfName", { ...asked(request), names });
  const found = (answer.numbers ?? []).map((one) => (Number(one) < 0 ? "none" : one));
  showPairs("Name", names, "Number", found);
  byId("keys-said").textContent = "With another secret, model, constraint or capacity the numbers are others, or none.";
  return answer;
}

function showPairs(from, keys, to, values) {
  const head = element("tr", {}, element("th", { scope: "col" }, from), element("th", { scope: "col" }, to));
  const rows = keys.map((key, at) => element("tr", {}, element("td", {}, key), element("td", {}, values[at] ?? "")));
  byId("pairs").replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  byId("pairs").hidden = false;
}

/** Do a question about keys; a refusal is shown in place of the answer. */
async function answered(question) {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    byId("pairs").hidden = true;
    byId("keys-said").textContent = error.message;
    return null;
  }
}

function showKind() {
  for (const one of document.querySelectorAll(".of-unique")) one.hidden = !isUnique();
  byId("keys").placeholder = isUnique() ? "0\n1\n2" : "customer 17\ncustomer 18";
}

/** Begin; `request` returns model, sampling and constraint, `named` is told an answer. */
export function beginKeys(request, named) {
  showKind();
  byId("unique").addEventListener("change", showKind);
  byId("name-keys").addEventListener("click", async () => {
    const answer = await answered(() => nameKeys(request()));
    if (answer) named(answer);
  });
  byId("find-numbers").addEventListener("click", () => answered(() => findNumbers(request())));
}
