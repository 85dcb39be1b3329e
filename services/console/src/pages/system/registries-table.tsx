/** One row for each registry, with its own checks. */
import { Badge, Group, Table, Text } from '@mantine/core';
import type { RegistryStatus } from '@wscm/contracts';
import { ago, exactly, useNow } from '../../shell/times';
import type { SeenRegistry } from './members';
import { rate, whole } from './numbers';
import classes from './system.module.css';

const checks = { nats: 'NATS', mongodb: 'MongoDB', consumer: 'Events' } as const satisfies Record<
  keyof RegistryStatus['checks'],
  string
>;

export function RegistriesTable({ seen }: { seen: SeenRegistry[] }) {
  const now = useNow(1_000);
  return (
    <Table.ScrollContainer minWidth={760} type="native" tabIndex={0} role="region" aria-label="List of registries">
      <Table verticalSpacing="xs" className={classes['table'] ?? ''}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Registry</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>What it works with</Table.Th>
            <Table.Th ta="end">Events stored</Table.Th>
            <Table.Th ta="end">Events/s</Table.Th>
            <Table.Th>Version</Table.Th>
            <Table.Th>Started</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {seen.map((each) => (
            <RegistryRow key={each.registry.registryId} seen={each} now={now} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function RegistryRow({ seen, now }: { seen: SeenRegistry; now: number }) {
  const { registry, storedRate, isUnasked, goneAt } = seen;
  const isHere = goneAt === null && !isUnasked;
  return (
    <Table.Tr data-gone={!isHere || undefined}>
      <Table.Td>
        <Text size="sm" ff="monospace">
          {registry.registryId}
        </Text>
        <Text size="xs" c="dimmed">
          {registry.host}
        </Text>
      </Table.Td>
      <Table.Td>
        <State seen={seen} />
      </Table.Td>
      <Table.Td>
        {isHere ? (
          <Group gap={6} wrap="nowrap">
            {Object.entries(checks).map(([name, label]) => (
              <Check key={name} label={label} good={registry.checks[name as keyof typeof checks]} />
            ))}
          </Group>
        ) : (
          '–'
        )}
      </Table.Td>
      <Table.Td ta="end">{whole(registry.eventsStored)}</Table.Td>
      <Table.Td ta="end">{rate(storedRate)}</Table.Td>
      <Table.Td>{registry.version}</Table.Td>
      <Table.Td title={exactly(registry.startedAt)}>{ago(registry.startedAt, now)}</Table.Td>
    </Table.Tr>
  );
}

function State({ seen: { registry, isUnasked, goneAt } }: { seen: SeenRegistry }) {
  if (goneAt === null && isUnasked)
    return (
      <Badge miw="max-content" color="gray" variant="light" title="Without NATS it can’t be asked">
        Not known
      </Badge>
    );
  if (goneAt !== null)
    return (
      <Badge miw="max-content" color="gray" variant="filled" title="It does not answer any more" autoContrast>
        Gone
      </Badge>
    );
  return registry.ready ? (
    <Badge miw="max-content" color="teal" variant="light">
      Ready
    </Badge>
  ) : (
    <Badge miw="max-content" color="red" variant="filled" autoContrast>
      Not ready
    </Badge>
  );
}

function Check({ label, good }: { label: string; good: boolean }) {
  return (
    <Badge miw="max-content" size="sm" color={good ? 'teal' : 'red'} variant={good ? 'light' : 'filled'} autoContrast>
      {label}: {good ? 'fine' : 'away'}
    </Badge>
  );
}
