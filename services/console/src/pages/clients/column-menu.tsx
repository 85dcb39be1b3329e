/** Which columns the table has. */
import { Button, Checkbox, Popover, Stack } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import type { VisibilityState } from '@tanstack/react-table';
import { columns } from './columns';

export interface ColumnMenuProps {
  visibility: VisibilityState;
  onChange: (visibility: VisibilityState) => void;
}

const all = columns.map((column) => {
  const id = column.id ?? ('accessorKey' in column ? column.accessorKey : '');
  return { id, label: typeof column.header === 'string' ? column.header : id };
});

export function ColumnMenu({ visibility, onChange }: ColumnMenuProps) {
  const shown = all.filter(({ id }) => visibility[id] !== false).length;
  return (
    <Popover position="bottom-end" withinPortal shadow="md" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={16} />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Columns">
        <Stack gap="xs">
          {all.map(({ id, label }) => {
            const checked = visibility[id] !== false;
            return (
              <Checkbox
                key={id}
                label={label}
                checked={checked}
                disabled={checked && shown === 1}
                onChange={() => onChange({ ...visibility, [id]: !checked })}
              />
            );
          })}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
