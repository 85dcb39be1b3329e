/** What became of a broadcast: in a sentence, and for each gateway. */
import { Alert, Anchor, Stack, Table, Text } from '@mantine/core';
import { IconCheck, IconHelp, IconX } from '@tabler/icons-react';
import type { BroadcastResult } from '@wscm/contracts';
import { Link } from 'react-router';
import { clockTime } from '../../shell/times';
import { failureInWords, outcomeInWords, type Told } from './outcome';

export interface BroadcastAnswerProps {
  result: BroadcastResult | undefined;
  error: Error | null;
  /** When it was asked, in milliseconds since 1970. */
  at: number;
}

const looks = {
  done: { color: 'teal', Icon: IconCheck },
  partly: { color: 'orange', Icon: IconHelp },
  not: { color: 'red', Icon: IconX },
} as const;

export function BroadcastAnswer({ result, error, at }: BroadcastAnswerProps) {
  const told = result ? outcomeInWords(result) : error ? failureInWords(error) : null;
  return (
    <div role="status" aria-live="polite">
      {told && <Note told={told} result={result} at={at} />}
    </div>
  );
}

function Note({ told, result, at }: { told: Told; result: BroadcastResult | undefined; at: number }) {
  const { color, Icon } = looks[told.outcome];
  return (
    <Alert color={color} icon={<Icon />} title={`${told.title} (${clockTime(new Date(at).toISOString())})`}>
      <Stack gap="sm">
        {told.lines.map((line) => (
          <Text key={line} size="sm">
            {line}
          </Text>
        ))}
        {result && result.gateways.length + result.unreachable.length > 0 && <PerGateway result={result} />}
      </Stack>
    </Alert>
  );
}

function PerGateway({ result }: { result: BroadcastResult }) {
  return (
    <Table aria-label="For each gateway" maw={420}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Gateway</Table.Th>
          <Table.Th ta="end">Reached</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {result.gateways.map(({ gatewayId, delivered }) => (
          <Row key={gatewayId} gatewayId={gatewayId} told={delivered.toLocaleString()} />
        ))}
        {result.unreachable.map((gatewayId) => (
          <Row key={gatewayId} gatewayId={gatewayId} told="no answer" />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ gatewayId, told }: { gatewayId: string; told: string }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor
          component={Link}
          to={`/clients?gatewayId=${encodeURIComponent(gatewayId)}`}
          size="sm"
          ff="monospace"
          c="inherit"
          underline="always"
        >
          {gatewayId}
        </Anchor>
      </Table.Td>
      <Table.Td ta="end">{told}</Table.Td>
    </Table.Tr>
  );
}
