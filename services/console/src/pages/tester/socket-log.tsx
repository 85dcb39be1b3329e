/** What went over the socket, the latest first. */
import { Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { hexDump } from '../../messages/bytes';
import type { Message } from '../../api/clients';
import { clockTime } from '../../shell/times';
import classes from './socket-log.module.css';
import type { LogEntry } from './use-socket';

const MAX_SHOWN = 4_000;

const senders = {
  client: { label: 'said', color: 'indigo' },
  server: { label: 'got', color: 'teal' },
} as const;

export function SocketLog({ log }: { log: readonly LogEntry[] }) {
  return (
    <Paper withBorder p="md" component="section" aria-label="Log">
      <Stack gap="sm">
        <Title order={2} size="h4">
          Log
        </Title>
        {log.length === 0 && (
          <Text size="sm" c="dimmed">
            Connect, and everything that goes over the socket is shown here.
          </Text>
        )}
        <div className={classes['log']} role="log" aria-label="What went over the socket" tabIndex={0}>
          <ol>
            {log.toReversed().map((entry) => (
              <li key={entry.id}>
                <Entry entry={entry} />
              </li>
            ))}
          </ol>
        </div>
      </Stack>
    </Paper>
  );
}

function Entry({ entry }: { entry: LogEntry }) {
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap">
      <Text size="xs" c="dimmed" ff="monospace" mt={2} style={{ whiteSpace: 'nowrap' }}>
        {clockTime(entry.time)}
      </Text>
      {entry.from === 'page' ? (
        <Text size="sm" fs="italic" {...(entry.isFault ? { fw: 600 } : { c: 'dimmed' })}>
          {entry.text}
        </Text>
      ) : (
        <>
          <Badge size="sm" variant="light" color={senders[entry.from].color} style={{ flexShrink: 0 }} mt={1}>
            {senders[entry.from].label}
          </Badge>
          <pre className={classes['message']}>{shown(entry.message)}</pre>
        </>
      )}
    </Group>
  );
}

function shown({ data }: Message): string {
  const whole = typeof data === 'string' ? data : hexDump(data.subarray(0, MAX_SHOWN));
  return whole.length > MAX_SHOWN ? `${whole.slice(0, MAX_SHOWN)} …` : whole;
}
