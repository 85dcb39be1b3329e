/** What is shown of the list, as it stands in the page's address: so a link shows the same. */
import type { ClientFilters } from '@wscm/contracts';

export const filterNames = ['path', 'user', 'remoteAddress', 'gatewayId'] as const satisfies (keyof ClientFilters)[];
export type FilterName = (typeof filterNames)[number];

export interface View {
  /** The registry's own: exact matches. */
  filters: ClientFilters;
  /** Looked for by this page in all that it shows. */
  search: string;
  /** A column's id, with `-` before it for the greatest first. */
  sort: string;
}

const DEFAULT_SORT = '-connectedAt';

export function readView(address: URLSearchParams): View {
  const given = filterNames.flatMap((name) => {
    const value = address.get(name);
    return value ? [[name, value]] : [];
  });
  return {
    filters: Object.fromEntries(given) as ClientFilters,
    search: address.get('search') ?? '',
    sort: address.get('sort') ?? DEFAULT_SORT,
  };
}

/** Names only what is not as usual. */
export function writeView({ filters, search, sort }: View): URLSearchParams {
  const address = new URLSearchParams();
  for (const name of filterNames) if (filters[name]) address.set(name, filters[name]);
  if (search !== '') address.set('search', search);
  if (sort !== DEFAULT_SORT) address.set('sort', sort);
  return address;
}
