// References to models: MODEL/VERSION, or a blend of several with weights, A/1*0.6+B/2*0.4.

/** Return the parts of a reference, each a model with its share; the shares of a blend sum to 1. */
export function partsOf(reference) {
  const parts = reference.split("+").map((part) => {
    const [model, weight = "1"] = part.split("*");
    return { model, weight: Number(weight) };
  });
  const sum = parts.reduce((all, one) => all + one.weight, 0);
  return parts.map(({ model, weight }) => ({ model, share: parts.length > 1 ? weight / sum : 1 }));
}

/** Return the reference of a model with shares of others mixed in, by their names; 0: none of it. */
export function blendOf(main, shares) {
  const others = Object.entries(shares).filter(([, share]) => share > 0);
  if (!others.length) return main;
  const rest = 1 - others.reduce((sum, [, share]) => sum + share, 0);
  return [[main, rest], ...others].map(([model, share]) => `${model}*${Number(share.toFixed(4))}`).join("+");
}

/** Return the model of a request: a blend stands in its name as a whole. */
export function modelOf(reference) {
  if (/[+*]/.test(reference)) return { name: reference };
  const [name, version] = reference.split("/");
  return version ? { name, version } : { name };
}

/** Return a reference as the command line takes it, of the model that an answer names. */
export const referenceOf = ({ model, version }) => (Number(version ?? 0) ? `${model}/${version}` : model);
