// Requests to the server: JSON in, JSON out; a problem is an Error with its line and status.

export class Problem extends Error {
  constructor(text, status) {
    super(text);
    this.status = status;
  }
}

async function asked(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    const what = options ? "Not done: the" : "The";
    throw new Problem(`${what} studio does not answer. What it confirmed is on the disk; when it is started again, this page goes on.`, 0);
  }
  if (answer.ok) return answer;
  let text = `${answer.status}`;
  try {
    text = (await answer.json()).problem;
  } catch {
    if (answer.status === 401) text = "The studio was started anew: open the address that it printed.";
  }
  throw new Problem(text, answer.status);
}

export async function get(path) {
  return (await asked(path)).json();
}

export async function image(path) {
  const answer = await asked(path);
  return { blob: await answer.blob(), partial: answer.headers.has("x-partial") };
}

export async function post(path, values) {
  const answer = await asked(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(values),
  });
  return answer.json();
}

export async function send(path, file) {
  return (await asked(path, { method: "POST", body: file })).json();
}
