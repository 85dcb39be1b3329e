/** The table: only the rows in sight are in the page, so ten thousand cost what thirty do. */
import { UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import {
  type Column,
  flexRender,
  getCoreRowModel,
  type Row,
  type SortingState,
  useReactTable,
  type VisibilityState,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { Client } from '@wscm/contracts';
import { memo, useMemo, useRef } from 'react';
import { useNow } from '../../shell/times';
import classes from './clients-table.module.css';
import { columns } from './columns';
import { sortClients } from './sort-clients';

const ROW_HEIGHT = 40;

export interface ClientsTableProps {
  clients: Client[];
  visibility: VisibilityState;
  /** A column's id, with `-` before it for the greatest first. */
  sort: string;
  onSort: (sort: string) => void;
}

export function ClientsTable({ clients, visibility, sort, onSort }: ClientsTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const sorted = useMemo(() => sortClients(clients, sort), [clients, sort]);
  const virtualizer = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  });
  const now = useNow();
  const inSight = virtualizer.getVirtualItems();
  const [first, last] = [inSight[0]?.index ?? 0, inSight.at(-1)?.index ?? -1];
  const data = useMemo(() => sorted.slice(first, last + 1), [sorted, first, last]);
  const sorting: SortingState = [{ id: sort.replace(/^-/, ''), desc: sort.startsWith('-') }];
  // The library makes an object with dozens of members for each row: it gets those in sight only.
  const table = useReactTable({
    data,
    columns,
    state: { sorting, columnVisibility: visibility },
    meta: { now },
    getRowId: ({ replyId }) => replyId,
    getCoreRowModel: getCoreRowModel(),
    manualSorting: true,
    // It would set its page back to the first with each change, and render again for it.
    autoResetAll: false,
    enableSortingRemoval: false,
    onSortingChange: (change) => {
      const [next] = typeof change === 'function' ? change(sorting) : change;
      if (next) onSort(`${next.desc ? '-' : ''}${next.id}`);
    },
  });
  const visible = table.getVisibleLeafColumns();
  const columnIds = visible.map(({ id }) => id).join();
  const template = visible.map(({ columnDef }) => `minmax(${columnDef.size}px, ${columnDef.size}fr)`).join(' ');
  const width = visible.reduce((sum, { columnDef }) => sum + (columnDef.size ?? 0), 0);
  const style = { '--columns': template, '--width': `${width}px` } as React.CSSProperties;
  return (
    <div
      ref={scroller}
      className={classes['scroller']}
      tabIndex={0}
      role="region"
      aria-label="Connected clients"
      style={style}
    >
      <div
        role="table"
        aria-rowcount={sorted.length + 1}
        aria-colcount={visible.length}
        className={classes['table']}
        aria-label="Connected clients"
      >
        <div role="rowgroup" className={classes['head']}>
          <div role="row" aria-rowindex={1} className={classes['row']}>
            {visible.map((column) => (
              <HeaderCell key={column.id} column={column} />
            ))}
          </div>
        </div>
        <div role="rowgroup" className={classes['body']} style={{ height: virtualizer.getTotalSize() }}>
          {table.getRowModel().rows.map((row, at) => {
            const place = inSight[at];
            return (
              place && (
                <ClientRow
                  key={row.id}
                  row={row}
                  index={place.index}
                  start={place.start}
                  columnIds={columnIds}
                  now={now}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

function HeaderCell({ column }: { column: Column<Client> }) {
  const sorted = column.getIsSorted();
  const Icon = sorted === 'desc' ? IconArrowDown : IconArrowUp;
  return (
    <div
      role="columnheader"
      className={classes['cell']}
      aria-sort={sorted === false ? 'none' : sorted === 'asc' ? 'ascending' : 'descending'}
    >
      <UnstyledButton className={classes['sort'] ?? ''} onClick={column.getToggleSortingHandler()}>
        {String(column.columnDef.header)}
        {sorted !== false && <Icon size={14} aria-hidden />}
      </UnstyledButton>
    </div>
  );
}

interface ClientRowProps {
  row: Row<Client>;
  index: number;
  start: number;
  /** Change what every row looks like. */
  columnIds: string;
  now: number;
}

const ClientRow = memo(
  function ClientRow({ row, index, start }: ClientRowProps) {
    return (
      <div
        role="row"
        aria-rowindex={index + 2}
        className={classes['row']}
        style={{ position: 'absolute', transform: `translateY(${start}px)`, height: ROW_HEIGHT }}
      >
        {row.getVisibleCells().map((cell) => (
          <div role="cell" key={cell.id} className={classes['cell']}>
            {flexRender(cell.column.columnDef.cell, cell.getContext())}
          </div>
        ))}
      </div>
    );
  },
  // The row's object is made anew each time; what it shows is its client.
  (before, after) =>
    before.row.original === after.row.original &&
    before.index === after.index &&
    before.columnIds === after.columnIds &&
    before.now === after.now,
);
