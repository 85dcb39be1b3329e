// The running system and its clients: what the story does to them, and what it proves of them.
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Client } from './client.mjs';
import { LEASE_TTL_MS } from './project.mjs';
import { Rest } from './rest.mjs';
import { waitUntil } from './wait-until.mjs';

const LEAVE_MS = LEASE_TTL_MS + 5_000;
const CLOSE_MS = 10_000;
const DRAIN_CODE = 1001;
/** Of the addresses that RFC 5737 keeps for examples. */
const CLAIMED_ADDRESS = '203.0.113.7';

export class Scene {
  #project;
  #rest;
  #signal;
  /** All that were ever connected. */
  #clients = [];
  #killedAt = 0;

  constructor(project, signal) {
    this.#project = project;
    this.#rest = new Rest(project.restUrl);
    this.#signal = signal;
  }

  async start() {
    await this.#project.takeAway(); // what a killed run may have left
    await this.#project.scale({ gateway: 3, registry: 2 }, '--build');
    const url = this.#project.webSocketUrl;
    await this.#until('HAProxy leads to three gateways', async () => (await Client.gatewaysReached(url, 3)) === 3);
    await this.proveList();
  }

  async connect(count) {
    this.#clients.push(...(await Client.connectAll(this.#project.webSocketUrl, count)));
  }

  /** The list has the open clients and no others. */
  async proveList(deadlineMs) {
    const wanted = idsOf(this.#open);
    return this.#until(`${wanted.length} clients listed`, async () => same(await this.#listed(), wanted), deadlineMs);
  }

  /** No gateway has less than half of its share. */
  async proveSpread(gateways) {
    await this.proveList();
    const ids = (await this.#rest.gateways()).map(({ gatewayId }) => gatewayId);
    const counts = ids.map((id) => this.#open.filter((client) => client.gatewayId === id).length);
    assert.equal(ids.length, gateways);
    assert.ok(Math.min(...counts) >= this.#open.length / gateways / 2, `uneven: ${counts.join(', ')}`);
  }

  async proveAddresses() {
    const liar = await Client.connect(this.#project.webSocketUrl, { 'x-forwarded-for': CLAIMED_ADDRESS });
    this.#clients.push(liar);
    await this.proveList();
    const [haproxy] = await this.#project.containers('haproxy');
    const wrong = [CLAIMED_ADDRESS, ...(await this.#project.addressesOf(haproxy))];
    for (const { remoteAddress } of await this.#rest.clients())
      assert.ok(isIP(remoteAddress) && !wrong.includes(remoteAddress), `remoteAddress is ${remoteAddress}`);
    liar.close();
    await this.#until('the claimant is closed', () => liar.closed !== undefined);
    await this.proveList();
  }

  async proveRecords() {
    for (const client of this.#open) client.send(`I am ${client.replyId}`);
    await this.#until('all that was said is in the records', async () => {
      const records = await this.#rest.clients();
      return records.every((it) => it.messagesFromClient === 1 && lastWords(it) === `I am ${it.replyId}`);
    });
  }

  async broadcast(message) {
    const { delivered, dropped } = await this.#rest.broadcast(message);
    assert.deepEqual({ delivered, dropped }, { delivered: this.#open.length, dropped: 0 });
    for (const client of this.#open) client.expected.push(message);
    await this.#until(`all have received "${message}"`, () => this.#open.every((client) => client.hasReceivedAll));
  }

  async sendByNats(message) {
    const client = this.#open.at(-1);
    const answer = await this.#project.nats('request', `wscm.clients.send.${client.replyId}`, message);
    assert.match(answer, /"result":"delivered"/);
    client.expected.push(message);
    await this.#until('the client has received it', () => client.hasReceivedAll);
  }

  /** Resolves with the number of its clients. The last gateway, which is the one that scaling down takes first. */
  async killGateway() {
    const container = (await this.#project.containers('gateway')).at(-1);
    const gatewayId = await this.#gatewayIn(container);
    const lost = this.#open.filter((client) => client.gatewayId === gatewayId);
    this.#killedAt = performance.now();
    await this.#project.kill(container);
    await this.#until('its clients are closed', () => lost.every((client) => client.closed !== undefined), CLOSE_MS);
    return lost.length;
  }

  async proveListAfterLoss() {
    await this.proveList(this.#killedAt + LEAVE_MS - performance.now());
  }

  /** The second gateway is what is left of the killed one; the registries share all they do. */
  async scaleUnnoticed() {
    const open = this.#open;
    await this.#project.scale({ gateway: 2, registry: 1 });
    assert.equal((await this.#project.containers('registry')).length, 1);
    await this.proveList();
    assert.deepEqual(idsOf(this.#open), idsOf(open));
  }

  async scaleToOneGateway() {
    const open = this.#open;
    await this.#project.scale({ gateway: 1, registry: 1 });
    const [container] = await this.#project.containers('gateway');
    const gatewayId = await this.#gatewayIn(container);
    const drained = open.filter((client) => client.gatewayId !== gatewayId);
    await this.#until('its clients are closed', () => drained.every(({ closed }) => closed === DRAIN_CODE), CLOSE_MS);
    assert.ok(drained.length > 0 && this.#open.length === open.length - drained.length);
  }

  /** As docs/security.md tells it. */
  async renewMongoPassword() {
    const signsIn = async (password) => {
      const url = `mongodb://registry:${password}@127.0.0.1/wscm?authSource=admin`;
      const ask = ['mongosh', url, '--quiet', '--norc', '--eval', 'db.clients.countDocuments()'];
      return this.#project.exec('mongo', ...ask).then(Boolean, () => false);
    };
    const password = () => this.#project.exec('mongo', 'cat', '/run/secrets/registry');
    const before = await password();
    await this.#project.renewSecret('mongo/registry');
    await this.#project.exec('mongo', 'rm', '-f', '/tmp/is-ready');
    await this.#until('MongoDB takes the new password', async () => signsIn(await password()), 60_000);
    assert.equal(await signsIn(before), false);
    await this.#project.restart('registry');
    await this.proveList();
  }

  async proveReceived() {
    for (const client of this.#clients) assert.deepEqual(client.received, client.expected);
  }

  get #open() {
    return this.#clients.filter((client) => client.closed === undefined);
  }

  async #listed() {
    return idsOf(await this.#rest.clients());
  }

  /** A gateway tells the name of its host, which in a container is the start of its id. */
  async #gatewayIn({ id }) {
    const gateway = (await this.#rest.gateways()).find(({ host }) => id.startsWith(host));
    assert.ok(gateway, `GET /v1/gateways has none in container ${id}`);
    return gateway.gatewayId;
  }

  #until(what, look, deadlineMs) {
    return waitUntil(what, look, { deadlineMs, signal: this.#signal });
  }
}

const idsOf = (clients) => clients.map(({ replyId }) => replyId).sort();
const same = (some, others) => JSON.stringify(some) === JSON.stringify(others);
const lastWords = (record) => record.lastMessageFromClient?.message;
