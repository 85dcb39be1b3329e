// Clients that talk and are told something all the time: what came of it, and how long it had to wait meanwhile.
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitUntil } from './wait-until.mjs';

const SAY_MS = 100;
const TELL_MS = 250;
const LOOK_MS = 100;
const RECOVERY_MS = 60_000;

export class Talk {
  #rest;
  #signal;
  #conversations = [];
  #loops = [];
  #ended = false;
  #reads = new LongestWait();

  constructor(rest, signal) {
    this.#rest = rest;
    this.#signal = signal;
    this.#loops.push(this.#repeat(LOOK_MS, () => this.#look()));
  }

  begin(clients) {
    for (const client of clients) {
      const conversation = new Conversation(client);
      const isOpen = () => client.closed === undefined;
      this.#conversations.push(conversation);
      this.#loops.push(this.#repeat(SAY_MS, () => conversation.say(), isOpen));
      this.#loops.push(this.#repeat(TELL_MS, () => conversation.tell(this.#rest), isOpen));
    }
  }

  /**
   * Does `harm`, and waits until what was said and sent after it gets through for every client that is left. Resolves
   * with how long the worst message had to wait meanwhile.
   */
  async through(harm) {
    for (const wait of this.#waits) wait.reset();
    await harm();
    await this.#untilFree();
    await this.#untilFree(); // now without what had to wait
    const worst = (waits) => `${(Math.max(...waits.map(({ ms }) => ms)) / 1000).toFixed(1)} s`;
    const sends = worst(this.#open.map(({ sends }) => sends));
    const records = worst(this.#open.map(({ records }) => records));
    return `at most: ${sends} between two sends to a client, ${records} until its words were in its record, ${worst([this.#reads])} between two lists`;
  }

  /** What is said and sent from now on gets through. */
  async #untilFree() {
    const obstacles = this.#open.map((conversation) => conversation.obstacles());
    const isFree = () => {
      const found = obstacles.flatMap((look) => look());
      assert.deepEqual(found.slice(0, 3), []);
      return true;
    };
    await waitUntil('everything goes on', isFree, this.#patience);
  }

  async end() {
    this.#ended = true;
    await Promise.all(this.#loops);
  }

  /** The record of each client that is left has all that it said, and all that reached it; each send reached it once. */
  async prove() {
    await waitUntil('all is in the records', async () => this.#compare(await this.#rest.clients()), this.#patience);
    for (const conversation of this.#open) conversation.proveReceived();
    const sum = (count) => this.#open.map(count).reduce((a, b) => a + b, 0);
    const unclear = sum(({ unclear }) => unclear.size);
    return `${sum(({ said }) => said)} from and ${sum(({ client }) => client.received.length)} to ${this.#open.length} clients; ${unclear} sends were refused`;
  }

  get #open() {
    return this.#conversations.filter(({ client }) => client.closed === undefined);
  }

  get #waits() {
    return [this.#reads, ...this.#conversations.flatMap(({ sends, records }) => [sends, records])];
  }

  get #patience() {
    return { deadlineMs: RECOVERY_MS, signal: this.#signal };
  }

  #compare(records) {
    const found = new Map(records.map((record) => [record.replyId, record]));
    assert.equal(found.size, this.#open.length);
    for (const conversation of this.#open) conversation.compare(found.get(conversation.client.replyId));
    return true;
  }

  async #look() {
    const records = await this.#rest.clients().catch(() => undefined);
    if (!records) return;
    this.#reads.step();
    const counts = new Map(records.map(({ replyId, messagesFromClient }) => [replyId, messagesFromClient]));
    for (const conversation of this.#conversations) conversation.saw(counts.get(conversation.client.replyId));
  }

  async #repeat(pauseMs, act, goesOn = () => true) {
    while (!this.#ended && !this.#signal.aborted && goesOn()) {
      await act();
      await sleep(pauseMs);
    }
  }
}

class Conversation {
  /** Between two sends to the client that succeed. */
  sends = new LongestWait();
  /** From a message of the client until its record shows it. */
  records = new LongestWait();
  /** Messages that were answered "delivered", in order; and those without that answer, which may have reached it too. */
  delivered = [];
  unclear = new Set();
  #saidAt = [];
  #seen = 0;
  #told = 0;

  constructor(client) {
    this.client = client;
  }

  get said() {
    return this.#saidAt.length;
  }

  say() {
    this.#saidAt.push(performance.now());
    this.client.send(`said ${this.said}`);
  }

  async tell(rest) {
    const message = `told ${++this.#told}`;
    if (await rest.send(this.client.replyId, message)) {
      this.sends.step();
      this.delivered.push(message);
    } else this.unclear.add(message);
  }

  /** Of the client's messages, the record shows so many. */
  saw(count = 0) {
    if (count <= this.#seen) return;
    this.records.atLeast(performance.now() - this.#saidAt[this.#seen]);
    this.#seen = count;
  }

  /** Tells which ways have not been passed since; none once the client is gone. */
  obstacles() {
    const { said, client } = this;
    const told = this.#told;
    return () => {
      const last = this.delivered.at(-1);
      const stuck = [];
      if (this.#seen <= said) stuck.push(`${client.replyId} said ${this.said}, its record has ${this.#seen}`);
      if (!(Number(last?.split(' ')[1]) > told)) stuck.push(`${client.replyId} was last "${last}" of ${this.#told}`);
      return client.closed === undefined ? stuck : [];
    };
  }

  compare(record) {
    const { received } = this.client;
    const { messagesFromClient, lastMessageFromClient, messagesToClient, lastMessageToClient } = record ?? {};
    assert.equal(messagesFromClient, this.said);
    assert.equal(lastMessageFromClient.message, `said ${this.said}`);
    assert.equal(messagesToClient, received.length);
    assert.equal(lastMessageToClient.message, received.at(-1));
  }

  proveReceived() {
    const { received } = this.client;
    assert.equal(new Set(received).size, received.length, 'a message came twice');
    const sure = received.filter((message) => !this.unclear.has(message));
    assert.deepEqual(sure, this.delivered);
  }
}

class LongestWait {
  ms = 0;
  #since = performance.now();

  reset() {
    this.ms = 0;
  }

  /** What is waited for has come once more. */
  step() {
    const now = performance.now();
    this.atLeast(now - this.#since);
    this.#since = now;
  }

  atLeast(ms) {
    this.ms = Math.max(this.ms, ms);
  }
}
