/**
 * The console at `/`: the files that `services/console` is built into. They hold no secret and ask for no key; the
 * requests that the page sends then do.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { consolePolicy } from './security-headers';

/** From `src` and from `dist` alike. */
export const CONSOLE_FOLDER = join(__dirname, '../../../console/dist/site');

const NOT_BUILT = `The console is not built: npm run build

The REST API is at /docs and /openapi.json.
`;

const PAGE = { cacheControl: false };
/** Their names change with what is in them. */
const ASSETS = { maxAge: '365d', immutable: true };

/** What the console asks for before anything else. */
export interface ConsoleSettings {
  /** Where clients connect, as browsers reach it; null where nobody has said. */
  readonly gatewayUrl: string | null;
}

export async function serveConsole(
  server: FastifyInstance,
  settings: ConsoleSettings,
  folder = CONSOLE_FOLDER,
): Promise<void> {
  await server.register(async (scope) => {
    const options = { serve: false, dotfiles: 'deny', index: false, preCompressed: true } as const;
    await scope.register(fastifyStatic, { root: folder, ...options });
    const open = { config: { access: 'open', policy: consolePolicy } } as const;

    const page = (_request: FastifyRequest, reply: FastifyReply) =>
      existsSync(join(folder, 'index.html'))
        ? reply.header('cache-control', 'no-cache').sendFile('index.html', PAGE)
        : reply.status(404).type('text/plain; charset=utf-8').send(NOT_BUILT);
    scope.get('/', open, page);
    scope.get('/console-settings.json', open, () => settings);
    scope.get('/favicon.svg', open, (_request, reply) => reply.sendFile('favicon.svg', { maxAge: '1d' }));
    scope.get<{ Params: { '*': string } }>('/assets/*', open, ({ params }, reply) =>
      reply.sendFile(params['*'], join(folder, 'assets'), ASSETS),
    );
  });
}
