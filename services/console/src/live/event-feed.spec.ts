/** The feed against a real server that does to it what networks do. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EventFeed, type FeedFilter, type FeedState, openEventFeed } from './event-feed';

let server: Server;
let requests: IncomingMessage[];
let answer: (response: ServerResponse) => void;
let feed: EventFeed;
let heard: string[];
let states: FeedState[];
let gaps: number;

/** What the feed knows of a browser. */
const page = Object.assign(new EventTarget(), { baseURI: '', hidden: false });
Object.assign(globalThis, { document: page, sessionStorage: { getItem: () => 'a-key' } });

beforeEach(async () => {
  [requests, heard, states, gaps] = [[], [], [], 0];
  server = createServer((request, response) => {
    requests.push(request);
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  page.baseURI = `http://127.0.0.1:${(server.address() as AddressInfo).port}/below/a/path/#/clients?user=ann`;
});

afterEach(() => {
  feed.close();
  server.closeAllConnections();
  server.close();
});

function open(filter: FeedFilter = {}): void {
  feed = openEventFeed(filter, {
    onEvent: (event) => heard.push('reason' in event ? event.reason : event.kind),
    onState: (state) => states.push(state),
    onGap: () => (gaps += 1),
  });
}

async function until(met: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!met()) {
    if (Date.now() > deadline) throw new Error(`in vain: ${JSON.stringify({ heard, states, gaps })}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const begin = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });
const say = (response: ServerResponse, id: number, reason: string) => {
  const data = { kind: 'disconnected', replyId: 'a.b', gatewayId: 'a', time: '', code: 1000, reason };
  response.write(`id: ${id}\nevent: disconnected\ndata: ${JSON.stringify(data)}\n\n`);
};

it('asks below the page’s own path, with the key and the filter, and hears events', async () => {
  answer = (response) => say(begin(response), 1, 'one');
  open({ kind: ['disconnected', 'message'], replyId: 'a.b' });
  await until(() => heard.length === 1);
  expect(heard).toEqual(['one']);
  expect(requests[0]).toMatchObject({
    url: '/below/a/path/v1/events?replyId=a.b&kind=disconnected%2Cmessage',
    headers: { authorization: 'Bearer a-key', accept: 'text/event-stream' },
  });
  expect(states).toEqual(['connecting', 'open']);
});

it('after a cut goes on behind what it heard last', async () => {
  answer = (response) => {
    if (requests.length > 1) say(begin(response), 8, 'two');
    else {
      begin(response).write('retry: 10\n\n');
      say(response, 7, 'one');
      setTimeout(() => response.destroy(), 50);
    }
  };
  open();
  await until(() => heard.length === 2);
  expect(requests[1]?.headers['last-event-id']).toBe('7');
  expect(states).toEqual(['connecting', 'open', 'cut', 'open']);
});

it('comes back from an answer that time may cure', async () => {
  answer = (response) => (requests.length > 1 ? say(begin(response), 1, 'one') : response.writeHead(503).end());
  open();
  await until(() => heard.length === 1);
  expect(states).toEqual(['connecting', 'cut', 'open']);
});

it('does not go on asking where it is refused', async () => {
  answer = (response) => response.writeHead(401).end();
  open();
  await until(() => states.includes('refused'));
  expect(requests).toHaveLength(1);
});

it('who was too slow begins anew from now, and is told that events are lost', async () => {
  answer = (response) => {
    if (requests.length > 1) say(begin(response), 99, 'later');
    else {
      say(begin(response), 7, 'one');
      response.end('event: overflow\ndata: \n\n');
    }
  };
  open();
  await until(() => heard.length === 2);
  expect(gaps).toBe(1);
  expect(requests[1]?.headers['last-event-id']).toBeUndefined();
});

it('takes no connection for a tab that was opened in the background before somebody looks at it', async () => {
  answer = (response) => say(begin(response), 1, 'one');
  page.hidden = true;
  open();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(requests).toHaveLength(0);
  page.hidden = false;
  page.dispatchEvent(new Event('visibilitychange'));
  await until(() => heard.length === 1);
  expect([states, gaps]).toEqual([['connecting', 'open'], 1]);
});

it('tells of a gap, and goes on', async () => {
  answer = (response) => {
    begin(response).write('event: gap\ndata: {}\n\n');
    say(response, 1, 'one');
  };
  open();
  await until(() => heard.length === 1);
  expect(gaps).toBe(1);
});
