/** Operators who send, broadcast and disconnect, over REST and over NATS, and write down the answers. */
import { setTimeout } from 'node:timers/promises';
import type { NatsConnection } from 'nats';
import { headers } from 'nats';
import type { Random } from '../random';
import type { Herd } from './herd';
import { type BroadcastRecord, type DisconnectRecord, type Said, type SendRecord, toBytes } from './history';

export interface OperatorsOptions {
  herd: Herd;
  random: Random;
  nats: NatsConnection;
  /** Of the registries that run now. */
  registryUrls: () => string[];
}

/** An answer of either way: a status, and a body where it is 200. */
interface Answer {
  status: number;
  body: unknown;
}

const OPERATORS = 6;
const MOST_PAUSE_MS = 60;
const ANSWER_MS = 8_000;

export class Operators {
  sends: SendRecord[] = [];
  broadcasts: BroadcastRecord[] = [];
  disconnects: DisconnectRecord[] = [];
  private running = false;
  private numbers = 0;
  private loops: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: OperatorsOptions) {}

  start(): void {
    this.running = true;
    this.loops = Promise.all(Array.from({ length: OPERATORS }, async () => this.run()));
  }

  /** Resolves when every answer has come, or its time is over. */
  async rest(): Promise<void> {
    this.running = false;
    await this.loops;
  }

  /** What was written down is checked and told of no more. */
  forget(): void {
    this.sends = [];
    this.broadcasts = [];
    this.disconnects = [];
  }

  async send(replyId: string, said: Said = this.something('s')): Promise<SendRecord> {
    const record: SendRecord = {
      id: said.message,
      replyId,
      said,
      from: performance.now(),
      to: Infinity,
      answer: 'none',
    };
    this.sends.push(record);
    const type = said.type === 'text' ? 'text/plain' : 'application/octet-stream';
    const answer = this.options.random.chance(0.5)
      ? await this.overRest('POST', `/v1/clients/${replyId}/messages`, toBytes(said), type)
      : await this.overNats(`clients.send.${replyId}`, toBytes(said), type);
    record.to = performance.now();
    record.answer =
      answer.status === 200 ? (answer.body as { result: 'delivered' | 'buffered' }).result : orNone(answer);
    return record;
  }

  private async run(): Promise<void> {
    const { random, herd } = this.options;
    while (this.running) {
      await setTimeout(random.between(1, MOST_PAUSE_MS));
      // Some of them have ended, and some have ended just now.
      const targets = random.chance(0.05) ? herd.histories : herd.living.map(({ history }) => history);
      if (targets.length === 0) continue;
      const { replyId } = random.pick(targets);
      if (random.chance(0.02)) await this.broadcast();
      else if (random.chance(0.01)) await this.disconnect(replyId);
      else await this.send(replyId);
    }
  }

  private async broadcast(): Promise<void> {
    const said = this.something('b');
    const record: BroadcastRecord = { id: said.message, said, from: performance.now(), to: Infinity, delivered: null };
    this.broadcasts.push(record);
    const type = said.type === 'text' ? 'text/plain' : 'application/octet-stream';
    const { status, body } = this.options.random.chance(0.5)
      ? await this.overRest('POST', '/v1/broadcast', toBytes(said), type)
      : await this.overNats('clients.broadcast', toBytes(said), type);
    record.to = performance.now();
    if (status !== 200) return;
    const { gateways } = body as { gateways: { gatewayId: string; delivered: number }[] };
    record.delivered = new Map(gateways.map(({ gatewayId, delivered }) => [gatewayId, delivered]));
  }

  private async disconnect(replyId: string): Promise<void> {
    const code = this.options.random.between(4_600, 4_700);
    const id = `d${this.numbers++}`;
    const record: DisconnectRecord = {
      id,
      replyId,
      code,
      reason: id,
      from: performance.now(),
      to: Infinity,
      answer: 'none',
    };
    this.disconnects.push(record);
    const answer = this.options.random.chance(0.5)
      ? await this.overRest('DELETE', `/v1/clients/${replyId}?code=${code}&reason=${id}`)
      : await this.overNats(`clients.disconnect.${replyId}`, Buffer.from(JSON.stringify({ code, reason: id })));
    record.to = performance.now();
    record.answer = answer.status === 200 || answer.status === 204 ? 'disconnected' : orNone(answer);
  }

  private something(prefix: string): Said {
    const text = `${prefix}${this.numbers++}`;
    const binary = this.options.random.chance(0.1);
    return binary ? { type: 'binary', message: Buffer.from(text).toString('base64') } : { type: 'text', message: text };
  }

  private async overRest(method: string, path: string, body?: Buffer, type = 'text/plain'): Promise<Answer> {
    const urls = this.options.registryUrls();
    if (urls.length === 0) return NONE;
    try {
      const response = await fetch(this.options.random.pick(urls) + path, {
        ...(body ? { body: new Uint8Array(body), headers: { 'content-type': type } } : {}),
        ...{ method, signal: AbortSignal.timeout(ANSWER_MS) },
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    } catch {
      return NONE;
    }
  }

  private async overNats(endpoint: string, body: Buffer, type = 'text/plain'): Promise<Answer> {
    const given = headers();
    given.set('content-type', type);
    try {
      const reply = await this.options.nats.request(`wscm.${endpoint}`, body, { timeout: ANSWER_MS, headers: given });
      const code = reply.headers?.get('Nats-Service-Error-Code');
      return code ? { status: Number(code), body: null } : { status: 200, body: reply.json() };
    } catch {
      return NONE;
    }
  }
}

const NONE: Answer = { status: 0, body: null };

const orNone = ({ status }: Answer): number | 'none' => (status === 0 ? 'none' : status);
