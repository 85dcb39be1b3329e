/** The bodies of requests: a message is its bytes, whatever their content type. */
import type { IncomingMessage } from 'node:http';
import { Problem } from '@wscm/contracts';
import type { FastifyInstance } from 'fastify';

/** What a bulk send's body may have, at least: many messages, and those that are binary in base64. */
const BULK_BYTES = 1_048_576;

/** Fastify's own reading makes an AsyncResource for each body; that of the hot routes, all of which are POST, does not. */
export function takeBodiesVerbatim(server: FastifyInstance, maxMessageBytes: number): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.addHttpMethod('POST', { hasBody: false, overrideExisting: true });
  server.addHook('onRoute', (route) => {
    if (route.url === '/v1/messages') route.bodyLimit = Math.max(BULK_BYTES, 2 * maxMessageBytes);
  });
  server.addHook('preValidation', (request, reply, done) => {
    if (request.method !== 'POST' || request.is404) {
      done();
      return;
    }
    read(request.raw, request.routeOptions.bodyLimit, (error, body) => {
      request.body = body;
      // Who sends it may have much more of it.
      if (error) void reply.header('connection', 'close');
      done(error);
    });
  });
}

type Done = (error?: Error, body?: Buffer) => void;

/** Calls back once, with the problem `tooBig` as soon as that is known. */
function read(request: IncomingMessage, limit: number, done: Done): void {
  if (Number(request.headers['content-length']) > limit) {
    done(new Problem('tooBig'));
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > limit) end(new Problem('tooBig'));
  };
  const onEnd = () => end();
  const onError = (error: Error) => end(Object.assign(error, { statusCode: 400 }));
  const end = (error?: Error) => {
    request.off('data', onData).off('end', onEnd).off('error', onError);
    done(error, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  };
  request.on('data', onData).on('end', onEnd).on('error', onError);
}
