/** Replicas that are told to end: nothing is lost, and nothing is left. */
import { eventually } from '@wscm/testing';
import { RunningSystem } from './running-system';

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a system that ends in order', () => {
  let running: RunningSystem;

  beforeAll(async () => {
    running = await RunningSystem.start({ gateways: 2, registries: 2 });
  }, 120_000);
  afterAll(() => running.stop(), 60_000);

  it('closes the clients of an ending gateway with 1001 and has their last messages stored', async () => {
    const clients = await running.connectMany(60);
    await eventually(async () => expect(await running.count()).toBe(60));
    for (const client of clients) client.send('the last one');
    await running.replica('gateway-1').stop();
    await eventually(async () => {
      const closed = clients.filter((client) => client.closed);
      expect(closed.length).toBeGreaterThan(0);
      expect(new Set(closed.map((client) => client.closed?.code))).toEqual(new Set([1001]));
      const listed = await running.list();
      expect(listed.size).toBe(clients.length - closed.length);
      for (const client of listed.values()) expect(client.messagesFromClient).toBe(1);
    });
    expect(await running.gateways()).toHaveLength(1);
  }, 60_000);

  it('hands what an ending registry had taken to another one at once', async () => {
    const clients = await running.connectMany(30);
    let handedBack = 0;
    running.nats.subscribe('$JS.ACK.WSCM_EVENTS.>', {
      callback: (_error, { data }) => {
        if (Buffer.from(data).toString() === '-NAK') handedBack++;
      },
    });
    const { pid } = running.system.servers.find(({ kind }) => kind === 'mongod')!;
    // Nothing is stored meanwhile: behind the batches under way, events wait in the registries.
    process.kill(pid, 'SIGSTOP');
    let ended: Promise<unknown>;
    try {
      for (let each = 0; each < 200; each++) for (const client of clients) client.send(`message ${each}`);
      const jsm = await running.nats.jetstreamManager();
      const held = async () => (await jsm.consumers.list('WSCM_EVENTS').next())[0]?.num_ack_pending ?? 0;
      await eventually(async () => expect(await held()).toBeGreaterThan(1_500));
      ended = running.replica('registry-1').stop();
      await eventually(() => expect(handedBack).toBeGreaterThan(100), 3_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    expect(await ended).toEqual({ code: 0, signal: null });
    await eventually(async () => {
      const listed = await running.list();
      for (const { replyId } of clients) expect(listed.get(replyId)?.messagesFromClient).toBe(200);
    }, 10_000);
  }, 60_000);

  it('leaves no process behind', async () => {
    const pids = [...running.system.replicas, ...running.system.servers].map(({ pid }) => pid);
    expect(pids.filter(alive)).toHaveLength(pids.length);
    await running.system.stop();
    expect(pids.filter(alive)).toEqual([]);
  }, 60_000);
});
