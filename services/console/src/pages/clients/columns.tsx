/** The table's columns: what each shows, and by what it is sorted. */
import { Anchor } from '@mantine/core';
import { createColumnHelper, type VisibilityState } from '@tanstack/react-table';
import type { Client } from '@wscm/contracts';
import { Link, useLocation } from 'react-router';
import { ago, exactly } from '../../shell/times';
import classes from './clients-table.module.css';
import { queryText } from './sort-clients';

declare module '@tanstack/react-table' {
  // The library's own type has these parameters.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  interface TableMeta<TData> {
    /** In milliseconds since 1970. */
    now: number;
  }
}

const column = createColumnHelper<Client>();

export const columns = [
  column.accessor('replyId', {
    header: 'Client',
    size: 205,

    cell: ({ getValue }) => <ClientLink replyId={getValue()} />,
  }),
  column.accessor('path', { header: 'Path', size: 135 }),
  column.accessor(({ user }) => user ?? '', { id: 'user', header: 'User', size: 80 }),
  column.accessor('remoteAddress', { header: 'Address', size: 110 }),
  column.accessor('connectedAt', {
    header: 'Connected',
    size: 125,
    sortDescFirst: true,
    cell: ({ getValue, table }) => <Ago time={getValue()} now={table.options.meta?.now ?? 0} />,
  }),
  column.accessor(({ lastMessageFromClient }) => lastMessageFromClient?.time ?? '', {
    id: 'lastFrom',
    header: 'Last from client',
    size: 180,
    sortDescFirst: true,
    cell: ({ row }) => <Preview told={row.original.lastMessageFromClient} />,
  }),
  column.accessor('messagesFromClient', { header: 'From client', size: 100, sortDescFirst: true }),
  column.accessor(({ lastMessageToClient }) => lastMessageToClient?.time ?? '', {
    id: 'lastTo',
    header: 'Last to client',
    size: 180,
    sortDescFirst: true,
    cell: ({ row }) => <Preview told={row.original.lastMessageToClient} />,
  }),
  column.accessor('messagesToClient', { header: 'To client', size: 80, sortDescFirst: true }),
  column.accessor(({ query }) => queryText(query), { id: 'query', header: 'Query', size: 180 }),
  column.accessor(({ headers }) => headers['user-agent'] ?? '', { id: 'userAgent', header: 'User agent', size: 200 }),
  column.accessor('gatewayId', { header: 'Gateway', size: 170 }),
];

/** Until somebody chooses. */
export const usualColumns: VisibilityState = {
  ...{ lastTo: false, query: false, userAgent: false, gatewayId: false },
};

function ClientLink({ replyId }: { replyId: string }) {
  const { search } = useLocation();
  return (
    <Anchor
      component={Link}
      to={`/clients/${replyId}`}
      state={{ list: search }}
      size="sm"
      ff="monospace"
      truncate="end"
      display="block"
    >
      {replyId.slice(replyId.indexOf('.') + 1)}
    </Anchor>
  );
}

function Ago({ time, now }: { time: string; now: number }) {
  return <span title={exactly(time)}>{ago(time, now)}</span>;
}

function Preview({ told }: { told: Client['lastMessageFromClient'] }) {
  if (!told) return <span className={classes['faint']}>–</span>;
  if (told.type === 'binary') return <span className={classes['faint']}>binary</span>;
  return told.message;
}
