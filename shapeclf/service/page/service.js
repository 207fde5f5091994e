// What the page asks of the service.

export async function ask(path, body) {
  let response;
  try {
    response = await fetch(path, body === undefined ? {} : {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The service does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail ?? `The service answered ${response.status}.`);
  return answer;
}

// Asks one thing at a time, and of what came up meanwhile the latest alone.
export class Latest {
  constructor(answered, failed) {
    this.answered = answered;
    this.failed = failed;
    this.wanted = null;
    this.busy = false;
  }

  async want(question) {
    this.wanted = question;
    if (this.busy) return;
    this.busy = true;
    while (this.wanted) {
      const [path, body] = this.wanted;
      this.wanted = null;
      try {
        const answer = await ask(path, body);
        if (!this.wanted) this.answered(answer, body);
      } catch (error) {
        if (!this.wanted) this.failed(error);
      }
    }
    this.busy = false;
  }

  drop() { this.wanted = null; }
}

// A stream of points: each waits for its posterior.
export function openStream(among) {
  const address = new URL("stream", document.baseURI);
  address.protocol = address.protocol.replace("http", "ws");
  if (among) address.searchParams.set("among", among.join(","));
  const socket = new WebSocket(address);
  const waiting = [];
  const opened = new Promise((resolve) => { socket.onopen = resolve; });
  const closed = new Promise((_, reject) => {
    socket.onclose = (event) => reject(new Error(event.reason || "The stream to the service has ended."));
  });
  closed.catch(() => {});
  socket.onmessage = (event) => waiting.shift()?.(JSON.parse(event.data));
  return {
    async update(point) {
      await Promise.race([opened, closed]);
      const answer = new Promise((resolve) => waiting.push(resolve));
      socket.send(JSON.stringify(point));
      const found = await Promise.race([answer, closed]);
      if (found.error) throw new Error(found.error);
      return found;
    },
    close() { socket.onclose = null; socket.close(); },
  };
}
