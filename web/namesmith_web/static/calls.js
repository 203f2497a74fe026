// Calls of the services, as JSON.

/** A refusal: what the server says, and the field of the request that it names; empty: none. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
    this.field = /^(?:constraint|sampling)\.(\w+)/.exec(message)?.[1] ?? /^(\w+):/.exec(message)?.[1] ?? "";
  }
}

/** Make a call; `signal` ends it. Throws a Refusal. */
export async function call(method, request, signal) {
  let response;
  try {
    response = await fetch(`/namesmith.v1.${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("unavailable", "the server cannot be reached");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Refusal(answer.code ?? "unknown", answer.message ?? `HTTP status ${response.status}`);
}
