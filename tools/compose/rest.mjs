// The system's REST interface, as far as the test asks it.
/* global fetch, AbortSignal */

const TIMEOUT_MS = 10_000;

export class Rest {
  /** The API key, where one is asked for. */
  key = undefined;

  constructor(url) {
    this.url = url;
  }

  async clients() {
    return (await this.#ask('GET', '/v1/clients?limit=100')).items;
  }

  async gateways() {
    return (await this.#ask('GET', '/v1/gateways')).items;
  }

  /** Resolves with whether the answer is "delivered"; without it, nobody knows. */
  async send(replyId, message) {
    const answer = await this.#ask('POST', `/v1/clients/${replyId}/messages`, message).catch(() => undefined);
    return answer?.result === 'delivered';
  }

  async broadcast(message) {
    return this.#ask('POST', '/v1/broadcast', message);
  }

  async #ask(method, path, body) {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'text/plain' }),
      ...(this.key ? { authorization: `Bearer ${this.key}` } : {}),
    };
    const response = await fetch(this.url + path, { method, headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }
}
