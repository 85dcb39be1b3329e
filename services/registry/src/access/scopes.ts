/** What a caller may do, and what each route wants of its caller. */
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension } from '@nestjs/swagger';

export const scopes = ['read', 'send', 'admin'] as const;

/** `read`: lists, counts, clients, gateways and the API's description. `send`: messages. `admin`: everything. */
export type Scope = (typeof scopes)[number];

/** `open`: anybody. `metrics`: anybody, or `read` where METRICS_AUTH says so. */
export type Access = Scope | 'metrics' | 'open';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
    /** A browser asks for it, which can send a key only as the password of Basic authentication. */
    isPage?: boolean;
  }
}

/** The scope that a request needs, in OpenAPI. */
export const SCOPE_EXTENSION = 'x-scope';

/** Each handler has to say it: the start fails where a route has none. */
export const Needs = (access: Access): MethodDecorator =>
  applyDecorators(RouteConfig({ access }), ApiExtension(SCOPE_EXTENSION, access));

export const isScope = (text: string): text is Scope => (scopes as readonly string[]).includes(text);

export const allows = (granted: ReadonlySet<Scope>, needed: Scope): boolean =>
  granted.has(needed) || granted.has('admin');
