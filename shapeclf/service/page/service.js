// Requests to the service.

// Sends JSON, or the content of a file; without a body it is a GET.
export async function ask(path, body) {
  const [type, content] = body instanceof Blob ? ["application/octet-stream", body] : ["application/json", JSON.stringify(body)];
  let response;
  try {
    response = await fetch(path, body === undefined ? {} : { method: "POST", headers: { "Content-Type": type }, body: content });
  } catch {
    throw new Error("The service does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail ?? `The service answered ${response.status}.`);
  return answer;
}

// Sends one request at a time. Of those that come up meanwhile only the latest is sent.
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
