/** Requests to the registry that this page came from. */
import { z } from 'zod';

// The page's Content-Security-Policy forbids code from text, by which zod would make its parsers faster.
z.config({ jitless: true });

/** Where the API key is kept: in this tab, until it is closed. */
export const API_KEY = 'wscm-api-key';

export const apiKey = (): string => sessionStorage.getItem(API_KEY) ?? '';

/** Below the folder that this page is in, whatever a proxy calls it. Values that are undefined or empty are left out. */
export function apiUrl(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): URL {
  const url = new URL(path, document.baseURI);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  return url;
}

/** Who asks, for every request. */
export const authorization = (): Record<string, string> =>
  apiKey() === '' ? {} : { authorization: `Bearer ${apiKey()}` };

/** What the registry answered in place of what was asked for, or that it did not answer at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  /** `status` is 0 where nothing answered. `detail` is the registry's own explanation, or empty. */
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail = '',
  ) {
    super(detail === '' ? title : `${title}: ${detail}`);
  }
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'DELETE';
  /** Sent verbatim. */
  body?: { type: string; data: string | Uint8Array<ArrayBuffer> };
  query?: Readonly<Record<string, string | number | undefined>>;
  signal?: AbortSignal;
}

const TIMEOUT_MS = 15_000;

/** Throws `ApiError` unless the answer's status is 2xx. */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, query, signal } = options;
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(apiUrl(path, query), {
    method,
    headers: { ...authorization(), accept: 'application/json', ...(body ? { 'content-type': body.type } : {}) },
    // As bytes, since a text would have its content type changed.
    ...(body ? { body: typeof body.data === 'string' ? new TextEncoder().encode(body.data) : body.data } : {}),
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'The registry can’t be reached');
  });
  if (!response.ok) throw await problemIn(response);
  return response;
}

/** The answer's JSON, checked. Throws `ApiError`. */
export async function ask<T>(schema: z.ZodType<T>, path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  throw new ApiError(response.status, 'Something else than the registry has answered', z.prettifyError(parsed.error));
}

const problemSchema = z.object({ title: z.string(), detail: z.string().optional() });

/** Problem details (RFC 9457), or at least the status, where a proxy has answered. */
export async function problemIn(response: Response): Promise<ApiError> {
  const parsed = problemSchema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return new ApiError(response.status, parsed.data.title, parsed.data.detail);
  return new ApiError(response.status, response.statusText || `HTTP status ${response.status}`);
}
