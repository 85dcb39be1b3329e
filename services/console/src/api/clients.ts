/** The registry's requests about clients. All throw `ApiError`. */
import {
  type Client,
  clientCountSchema,
  type ClientFilters,
  type ClientPage,
  clientPageSchema,
  clientSchema,
  MAX_PAGE,
  type SendResult,
  sendResultSchema,
} from '@wscm/contracts';
import { ask, send } from './request';

const pathOf = (replyId: string): string => `v1/clients/${encodeURIComponent(replyId)}`;

/** Page after page of all that match. A client that comes or goes meanwhile may be missing, or may be there. */
export async function* clientPages(filters: ClientFilters, signal?: AbortSignal): AsyncGenerator<Client[]> {
  let cursor: string | undefined;
  do {
    const query = { ...filters, limit: MAX_PAGE, cursor };
    const page: ClientPage = await ask(clientPageSchema, 'v1/clients', { query, ...(signal ? { signal } : {}) });
    yield page.items;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

export const countClients = async (filters: ClientFilters, signal: AbortSignal): Promise<number> =>
  (await ask(clientCountSchema, 'v1/clients/count', { query: filters, signal })).count;

export const getClient = (replyId: string, signal: AbortSignal): Promise<Client> =>
  ask(clientSchema, pathOf(replyId), { signal });

/** What is sent as one frame. */
export interface Message {
  type: 'text' | 'binary';
  data: string | Uint8Array<ArrayBuffer>;
}

/** The message as the body of a request. */
export const bodyOf = ({ type, data }: Message) => ({
  type: type === 'text' ? 'text/plain; charset=utf-8' : 'application/octet-stream',
  data,
});

export const sendMessage = (replyId: string, message: Message): Promise<SendResult> =>
  ask(sendResultSchema, `${pathOf(replyId)}/messages`, { method: 'POST', body: bodyOf(message) });

export async function disconnectClient(replyId: string, code: number, reason: string): Promise<void> {
  // An empty reason is said, too: without one the registry would give its own.
  const query = new URLSearchParams({ code: String(code), reason });
  await send(`${pathOf(replyId)}?${query}`, { method: 'DELETE' });
}
