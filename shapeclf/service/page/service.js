// Requests to the service.

// Sends a POST with JSON or the content of a file; without a body, a GET. Returns the JSON of the answer.
export async function send(path, body) {
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

// Sends one request at a time. Of the requests made while one is being answered, only the latest is sent.
export class Latest {
  constructor(answered, failed) {
    this.answered = answered;
    this.failed = failed;
    this.pending = null;
    this.busy = false;
  }

  async request(path, body) {
    this.pending = [path, body];
    if (this.busy) return;
    this.busy = true;
    while (this.pending) {
      const next = this.pending;
      this.pending = null;
      try {
        const answer = await send(...next);
        if (!this.pending) this.answered(answer);
      } catch (error) {
        if (!this.pending) this.failed(error);
      }
    }
    this.busy = false;
  }

  cancel() { this.pending = null; }
}

// Opens a stream; update(point) returns the answer after one more point.
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
      const reply = await Promise.race([answer, closed]);
      if (reply.error) throw new Error(reply.error);
      return reply;
    },
    close() { socket.onclose = null; socket.close(); },
  };
}
