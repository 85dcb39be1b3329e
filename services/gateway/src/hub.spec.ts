/** What the hub remembers of sockets, seen without any. */
import { Hub } from './hub';
import type { Arrival, Socket } from './session';

const app = { publish: () => true, numSubscribers: () => 0 };
const socket = { subscribe: () => true } as unknown as Socket;
const arrival: Arrival = { facts: '{}', remoteAddress: '', expiresAt: 0, speakBy: 0, allowance: null };

test('those that have closed are known as gone, and the oldest beyond 20,000 not any more', () => {
  const hub = new Hub();
  const ids = Array.from({ length: 20_002 }, () => {
    const session = hub.join(app, socket, arrival);
    hub.leave(session);
    return session.replyId.split('.')[1]!;
  });
  expect(ids.slice(0, 3).map((id) => hub.find(id))).toEqual(['unknown', 'unknown', 'gone']);
  expect([hub.find(ids.at(-1)!), hub.size]).toEqual(['gone', 0]);
});

test('an app without sockets is left out when another has one, and is back with its next one', () => {
  const hub = new Hub();
  const [first, second] = [{ ...app }, { ...app }];
  for (const each of [first, first, second, first]) hub.join(each, socket, arrival);
  expect(hub['apps']).toEqual([first]);
  expect(hub['apps'][0]).toBe(first);
  first.numSubscribers = () => 1;
  hub.join(second, socket, arrival);
  expect(hub['apps']).toHaveLength(2);
});
