/** Search in what is shown, and the registry's own filters. */
import { ActionIcon, Button, Group, Pill, Popover, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconFilter, IconSearch, IconX } from '@tabler/icons-react';
import { type ReactNode, type SyntheticEvent, useEffect, useRef, useState } from 'react';
import { type FilterName, filterNames, type View } from './view';

const labels: Record<FilterName, string> = {
  path: 'Path',
  user: 'User',
  remoteAddress: 'Address',
  gatewayId: 'Gateway',
};

export interface FilterBarProps {
  view: View;
  onChange: (view: View) => void;
  /** Further buttons, behind. */
  children?: ReactNode;
}

export function FilterBar({ view, onChange, children }: FilterBarProps) {
  const active = filterNames.filter((name) => view.filters[name] !== undefined);
  const without = (name: FilterName) =>
    onChange({ ...view, filters: Object.fromEntries(Object.entries(view.filters).filter(([each]) => each !== name)) });
  return (
    <Group gap="xs">
      <Search view={view} onChange={onChange} />
      <Filters key={JSON.stringify(view.filters)} view={view} onChange={onChange} />
      {children}
      {active.map((name) => (
        <Pill
          key={name}
          size="md"
          withRemoveButton
          onRemove={() => without(name)}
          removeButtonProps={{ 'aria-label': `Remove the filter ${labels[name]}`, 'aria-hidden': false, tabIndex: 0 }}
        >
          {labels[name]} is {view.filters[name]}
        </Pill>
      ))}
    </Group>
  );
}

function Search({ view, onChange }: FilterBarProps) {
  const input = useRef<HTMLInputElement>(null);
  const search = useDebouncedCallback((text: string) => onChange({ ...view, search: text }), 200);
  const clear = () => {
    if (input.current) input.current.value = '';
    onChange({ ...view, search: '' });
  };
  // The address may change by other ways than by typing here.
  useEffect(() => {
    if (input.current && input.current !== document.activeElement) input.current.value = view.search;
  }, [view.search]);
  return (
    <TextInput
      ref={input}
      aria-label="Search"
      placeholder="Search ids, paths, users, messages…"
      leftSection={<IconSearch size={16} />}
      rightSection={
        view.search !== '' && (
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label="Clear the search" onClick={clear}>
            <IconX size={14} />
          </ActionIcon>
        )
      }
      defaultValue={view.search}
      onChange={({ currentTarget }) => search(currentTarget.value)}
      w={{ base: '100%', xs: 320 }}
    />
  );
}

function Filters({ view, onChange }: FilterBarProps) {
  const [opened, setOpened] = useState(false);
  const apply = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const given = filterNames.flatMap((name) => {
      const value = form.get(name);
      return typeof value === 'string' && value !== '' ? [[name, value]] : [];
    });
    setOpened(false);
    onChange({ ...view, filters: Object.fromEntries(given) as View['filters'] });
  };
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-start"
      trapFocus
      withinPortal
      shadow="md"
      width={300}
    >
      <Popover.Target>
        <Button variant="default" leftSection={<IconFilter size={16} />} onClick={() => setOpened(!opened)}>
          Filters
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Filters">
        <form onSubmit={apply}>
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              Exactly as given. The registry then lists only these.
            </Text>
            {filterNames.map((name) => (
              <TextInput
                key={name}
                name={name}
                label={labels[name]}
                defaultValue={view.filters[name] ?? ''}
                maxLength={2048}
              />
            ))}
            <Button type="submit">Show</Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
