/** One row for each gateway, those that have ended or died of late included. */
import { Anchor, Badge, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import { ago, agoToSecond, exactly, useNow } from '../../shell/times';
import type { MemberState, SeenGateway } from './members';
import { rate, whole } from './numbers';
import classes from './system.module.css';

const states = {
  well: { label: 'Well', color: 'teal', title: 'Its heartbeat comes in time' },
  silent: { label: 'Silent', color: 'orange', title: 'Its heartbeat is overdue: it has died, or is cut off' },
  gone: { label: 'Gone', color: 'gray', title: 'It has ended, or died a moment after its last heartbeat' },
  lost: { label: 'Lost', color: 'red', title: 'It died, or is cut off: its clients were taken off the list' },
} as const satisfies Record<MemberState, object>;

export function GatewaysTable({ seen }: { seen: SeenGateway[] }) {
  const now = useNow(1_000);
  return (
    <Table.ScrollContainer minWidth={860} type="native" tabIndex={0} role="region" aria-label="List of gateways">
      <Table verticalSpacing="xs" className={classes['table'] ?? ''}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Gateway</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th ta="end">Connections</Table.Th>
            <Table.Th ta="end">Connects/s</Table.Th>
            <Table.Th ta="end">Disconnects/s</Table.Th>
            <Table.Th ta="end">From clients/s</Table.Th>
            <Table.Th ta="end">To clients/s</Table.Th>
            <Table.Th>Last heartbeat</Table.Th>
            <Table.Th>Started</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {seen.map((each) => (
            <GatewayRow key={each.gateway.gatewayId} seen={each} now={now} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function GatewayRow({ seen, now }: { seen: SeenGateway; now: number }) {
  const { gateway, state, rates, goneAt } = seen;
  const look = states[state];
  return (
    <Table.Tr data-gone={goneAt !== null || undefined}>
      <Table.Td>
        <Anchor
          component={Link}
          to={`/clients?gatewayId=${encodeURIComponent(gateway.gatewayId)}`}
          size="sm"
          ff="monospace"
          title="Its clients"
        >
          {gateway.gatewayId}
        </Anchor>
        <Text size="xs" c="dimmed">
          {gateway.host}
        </Text>
      </Table.Td>
      <Table.Td>
        <Badge
          miw="max-content"
          color={look.color}
          variant={state === 'well' ? 'light' : 'filled'}
          title={look.title}
          autoContrast
        >
          {look.label}
        </Badge>
      </Table.Td>
      <Table.Td ta="end">{goneAt === null ? whole(gateway.connections) : '–'}</Table.Td>
      <Table.Td ta="end">{rate(rates?.connects ?? null)}</Table.Td>
      <Table.Td ta="end">{rate(rates?.disconnects ?? null)}</Table.Td>
      <Table.Td ta="end">{rate(rates?.messagesFromClients ?? null)}</Table.Td>
      <Table.Td ta="end">{rate(rates?.messagesToClients ?? null)}</Table.Td>
      <Table.Td title={exactly(gateway.lastHeartbeat)}>{agoToSecond(gateway.lastHeartbeat, now)}</Table.Td>
      <Table.Td title={exactly(gateway.startedAt)}>{ago(gateway.startedAt, now)}</Table.Td>
    </Table.Tr>
  );
}
