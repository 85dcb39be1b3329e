/** What the registry's settings tell the console. */
import { useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { ask } from './request';

const settingsSchema = z.object({ gatewayUrl: z.string().nullable() });

/** `undefined` until it is known. */
export function useGatewayUrl(): string | undefined {
  const { data, isError } = useQuery({
    queryKey: ['console-settings'],
    queryFn: ({ signal }) => ask(settingsSchema, 'console-settings.json', { signal }),
    staleTime: Infinity,
    retry: 2,
  });
  if (!data && !isError) return undefined;
  return gatewayUrl(data?.gatewayUrl ?? null, new URL(document.baseURI));
}

const DEFAULT_PORT = '8080';
const LOCAL = /^(localhost|127\.|\[::1\])/;

/** Where clients connect: what the registry says, else the usual port of the host that this page is from. */
export function gatewayUrl(told: string | null, page: URL): string {
  const url = new URL(told ?? `ws://${page.hostname}:${DEFAULT_PORT}`);
  if (told === null && page.protocol === 'https:') url.protocol = 'wss:';
  // A registry that thinks of its own machine, seen from another one.
  if (LOCAL.test(url.hostname) && !LOCAL.test(page.hostname)) url.hostname = page.hostname;
  return url.href;
}
