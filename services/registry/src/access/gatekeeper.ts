/**
 * Stands before every route, those of pages and files too, and before a request's body is read: who sent it must have the
 * scope that the route says it needs. A route that says nothing can't be added.
 */
import { STATUS_CODES } from 'node:http';
import type { ProblemDetails } from '@wscm/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { AccessSettings } from './access-settings';
import { findApiKey } from './api-keys';
import { foreignFault } from './foreign-pages';
import { type Access, allows, type Scope } from './scopes';
import { scopesIn } from './token-settings';

/** Of the page to try the API, and its description: Nest adds these routes itself. */
const DOCUMENTATION = /^\/(docs(\/.*)?|openapi\.json)$/;

const HOW = 'send an API key or a token as "Authorization: Bearer …", or a key as "X-API-Key: …"';

export function guardRoutes(server: FastifyInstance, settings: AccessSettings): void {
  const gatekeeper = new Gatekeeper(settings);
  server.addHook('onRoute', markRoute);
  server.addHook('onRequest', (request, reply, done) => {
    const verdict = gatekeeper.admit(request, reply);
    if (verdict === true) done();
    else if (verdict instanceof Promise) verdict.then((admitted) => admitted && done(), done);
  });
}

function markRoute(route: RouteOptions): void {
  if (DOCUMENTATION.test(route.url)) route.config = { ...route.config, access: 'read', isPage: true };
  if (route.method === 'OPTIONS') route.config = { ...route.config, access: 'open' };
  if (!route.config?.access) throw new Error(`${String(route.method)} ${route.url} does not say which scope it needs`);
}

type Granted = ReadonlySet<Scope> | 'unknown' | 'unavailable';

class Gatekeeper {
  constructor(private readonly settings: AccessSettings) {}

  /** True: the request may go on. Else it is answered here. A promise only where a token has to be verified. */
  admit(request: FastifyRequest, reply: FastifyReply): boolean | Promise<boolean> {
    const { access = 'admin', isPage = false } = request.routeOptions.config;
    const needed = this.scopeFor(access);
    const foreign =
      this.settings.methods.length === 0 && access !== 'open' ? foreignFault(request, this.settings) : null;
    if (foreign !== null) return answer(reply, 403, foreign);
    if (request.is404 || needed === null) return true;
    const secret = secretIn(request, isPage);
    if (secret === undefined) return unauthorized(reply, isPage, HOW);
    const judge = (granted: Granted) => this.judge(granted, needed, { reply, isPage });
    const granted = this.scopesOf(secret);
    return granted instanceof Promise ? granted.then(judge) : judge(granted);
  }

  private judge(granted: Granted, needed: Scope, { reply, isPage }: { reply: FastifyReply; isPage: boolean }): boolean {
    if (granted === 'unknown') return unauthorized(reply, isPage, 'the key or token is not good');
    if (granted === 'unavailable')
      return answer(reply.header('retry-after', 2), 503, 'the keys of tokens can’t be read');
    return allows(granted, needed) || forbidden(reply, needed);
  }

  /** Null where nothing is needed. */
  private scopeFor(access: Access): Scope | null {
    if (this.settings.methods.length === 0 || access === 'open') return null;
    if (access !== 'metrics') return access;
    return this.settings.metricsOpen ? null : 'read';
  }

  private scopesOf(secret: string): Granted | Promise<Granted> {
    const { keys, tokens } = this.settings;
    return findApiKey(keys, secret)?.scopes ?? (tokens ? this.scopesOfToken(tokens, secret) : 'unknown');
  }

  private async scopesOfToken(tokens: NonNullable<AccessSettings['tokens']>, secret: string): Promise<Granted> {
    const verdict = await tokens.verify(secret);
    if (verdict.good) return scopesIn(verdict.claims);
    return verdict.fault === 'keys-unavailable' ? 'unavailable' : 'unknown';
  }
}

function secretIn({ headers }: FastifyRequest, isPage: boolean): string | undefined {
  const [, scheme = '', value] = /^(bearer|basic) +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() === 'basic' && isPage) return passwordIn(value ?? '');
  const key = headers['x-api-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/** Whatever the user's name is. */
const passwordIn = (credentials: string): string =>
  Buffer.from(credentials, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');

function unauthorized(reply: FastifyReply, isPage: boolean, detail: string): false {
  const challenges = ['Bearer realm="wscm"', ...(isPage ? ['Basic realm="wscm", charset="UTF-8"'] : [])];
  return answer(reply.header('www-authenticate', challenges), 401, detail);
}

const forbidden = (reply: FastifyReply, needed: Scope): false =>
  answer(
    reply.header('www-authenticate', `Bearer realm="wscm", error="insufficient_scope", scope="${needed}"`),
    403,
    `the scope ${needed} is needed`,
  );

function answer(reply: FastifyReply, status: number, detail: string): false {
  const details: ProblemDetails = { type: 'about:blank', title: STATUS_CODES[status] ?? '', status, detail };
  void reply.status(status).type('application/problem+json').send(details);
  return false;
}
