// The production shape under traffic: what its story kills, and what it proves of the rest.
/* global Buffer, fetch */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Client } from './client.mjs';
import { LEASE_TTL_MS } from './project.mjs';
import { Rest } from './rest.mjs';
import { Talk } from './talk.mjs';
import { waitUntil } from './wait-until.mjs';

const FULL = { gateway: 3, registry: 2 };
const STREAM = 'WSCM_EVENTS';
const LEAVE_MS = LEASE_TTL_MS + 15_000;
const WHOLE_MS = 60_000;

export class ProductionScene {
  #project;
  #rest;
  #signal;
  #talk;
  #clients = [];

  constructor(project, signal) {
    this.#project = project;
    this.#rest = new Rest(project.restUrl);
    this.#signal = signal;
  }

  async start() {
    await this.#project.takeAway(); // what a killed run may have left
    await this.#project.scale(FULL, '--build');
    this.#rest.key = await this.#project.secret('api-key');
    Client.headers = { authorization: `Bearer ${tokenOf('tester', await this.#project.secret('jwt-key'))}` };
    const url = this.#project.webSocketUrl;
    const { gateway } = FULL;
    await this.#until('HAProxy leads to all', async () => (await Client.gatewaysReached(url, gateway)) === gateway);
    await this.#until('the list is empty', async () => (await this.#rest.clients()).length === 0);
  }

  async proveCopies() {
    await this.#untilWhole();
    const { config } = await this.#streamInfo();
    assert.equal(config.num_replicas, 3);
  }

  /** Without its own secret nobody gets anywhere, and with it only where it needs to be. */
  async proveLocks() {
    const answer = await fetch(`${this.#project.restUrl}/v1/clients`);
    assert.equal(answer.status, 401);
    await assert.rejects(Client.connect(this.#project.webSocketUrl, { authorization: 'Bearer guessed' }), / 401$/);
    const nobody = ['--server', 'nats://nats-1:4222', 'pub', 'wscm.clients.broadcast', 'from nobody'];
    await assert.rejects(this.#project.nats(...nobody), /authorization violation/i);
    const mongosh = (...args) =>
      this.#project.exec('mongo-1', 'mongosh', ...args.slice(0, -1), '--quiet', '--eval', args.at(-1));
    const read = 'print(db.getSiblingDB("wscm").clients.countDocuments())';
    await assert.rejects(mongosh('--of-nobody', read), /requires authentication/);
    await assert.rejects(mongosh('wscm', 'db.clients.deleteMany({})'), /not authorized/);
    assert.match(await mongosh(read), /^\d+$/);
    assert.equal(await this.#project.exec('gateway', 'node', '-e', OVERHEAR), 'PERMISSIONS_VIOLATION');
  }

  async connect(count) {
    const clients = await Client.connectAll(this.#project.webSocketUrl, count);
    this.#clients.push(...clients);
    this.#talk ??= new Talk(this.#rest, this.#signal);
    this.#talk.begin(clients);
    await this.#talk.through(() => undefined);
  }

  async killNats() {
    return this.#kill([await this.#streamLeader()]);
  }

  async killMongo() {
    return this.#kill([await this.#primary()]);
  }

  /** One of each at a time. */
  async killOneOfEach() {
    const servers = await Promise.all([this.#streamLeader(), this.#primary()]);
    return this.#kill([...servers, 'gateway', 'registry']);
  }

  /** Starts what was killed, while the clients talk on. */
  async startAgain() {
    return this.#talk.through(async () => {
      await this.#project.scale(FULL);
      await this.#untilWhole();
    });
  }

  /** The list has the open clients and no others. */
  async proveList() {
    const wanted = idsOf(this.#clients.filter(({ closed }) => closed === undefined));
    const isListed = async () => JSON.stringify(idsOf(await this.#rest.clients())) === JSON.stringify(wanted);
    await this.#until(`${wanted.length} clients listed`, isListed, LEAVE_MS);
    return `${wanted.length} of ${this.#clients.length}`;
  }

  async proveConversations() {
    await this.#talk.end();
    return this.#talk.prove();
  }

  /** Of each of these services, the last container. */
  async #kill(services) {
    const found = await Promise.all(services.map((service) => this.#project.containers(service)));
    const containers = found.map((each) => each.at(-1));
    const waits = await this.#talk.through(() => Promise.all(containers.map((each) => this.#project.kill(each))));
    return `${services.join(', ')}; ${waits}`;
  }

  /** Every copy is there and up to date, of the stream and of the database. */
  async #untilWhole() {
    await this.#until('the stream has three copies', async () => isWhole(await this.#streamInfo()), WHOLE_MS);
    await this.#until('the database has three copies', async () => (await this.#healthyMembers()) === 3, WHOLE_MS);
  }

  async #streamLeader() {
    return (await this.#streamInfo()).cluster.leader;
  }

  async #streamInfo() {
    return JSON.parse(await this.#project.nats('stream', 'info', STREAM, '--json'));
  }

  async #primary() {
    return (await this.#askMongo('db.hello().primary')).split(':')[0];
  }

  async #healthyMembers() {
    return Number(await this.#askMongo('rs.status().members.filter(({ state }) => [1, 2].includes(state)).length'));
  }

  async #askMongo(expression) {
    return this.#project.exec('mongo-1', 'mongosh', '--quiet', '--eval', `print(${expression})`);
  }

  #until(what, look, deadlineMs) {
    return waitUntil(what, look, { deadlineMs, signal: this.#signal });
  }
}

/** A JSON Web Token, good for an hour. */
function tokenOf(user, key) {
  const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { sub: user, exp: Math.floor(Date.now() / 1000) + 3600 };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

/** A gateway that wants to hear the commands to all others. */
const OVERHEAR = `
  const { connect } = require('nats');
  const [user, pass] = require('fs').readFileSync(process.env.NATS_URL_FILE, 'utf8').split(/[/:@]+/).slice(1);
  connect({ servers: ['nats-1', 'nats-2', 'nats-3'], user, pass }).then(async (nats) => {
    nats.subscribe('wscm.commands.>', { callback: (error) => console.log(error ? error.code : 'heard one') });
    await nats.flush();
    await nats.close();
  });`;

const idsOf = (clients) => clients.map(({ replyId }) => replyId).sort();

const isWhole = ({ cluster }) =>
  cluster.replicas?.length === 2 && cluster.replicas.every(({ current, offline }) => current && !offline);
