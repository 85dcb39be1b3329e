/** The live log: what passes between the system and this client while one looks. */
import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconArrowDownLeft, IconArrowUpRight, IconBroadcast, IconPlug, IconPlugOff } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { fromBase64, sizeText } from '../../messages/bytes';
import { clockTime } from '../../shell/times';
import { LOG_LENGTH, type LogEntry } from './traffic';
import classes from './traffic-log.module.css';

export interface TrafficLogProps {
  log: LogEntry[];
  onClear: () => void;
}

export function TrafficLog({ log, onClear }: TrafficLogProps) {
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (isAtEnd.current) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [log]);
  const onScroll = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: React.UIEvent) => {
    isAtEnd.current = scrollTop + clientHeight > scrollHeight - 30;
  };
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            Live traffic
          </Title>
          <Button size="compact-sm" variant="subtle" color="gray" disabled={log.length === 0} onClick={onClear}>
            Clear
          </Button>
        </Group>
        {log.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nothing since this page was opened. What the client says and is told appears here.
          </Text>
        ) : (
          <div
            className={classes['log']}
            ref={list}
            onScroll={onScroll}
            tabIndex={0}
            role="log"
            aria-label="Live traffic"
          >
            <ol>
              {log.map((entry) => (
                <Entry key={entry.key} entry={entry} />
              ))}
            </ol>
          </div>
        )}
        {log.length === LOG_LENGTH && (
          <Text size="xs" c="dimmed">
            The latest {LOG_LENGTH} are kept.
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

const kinds = {
  message: { Icon: IconArrowDownLeft, label: 'From the client', colour: 'var(--mantine-color-teal-text)' },
  delivered: { Icon: IconArrowUpRight, label: 'To the client', colour: 'var(--mantine-color-indigo-text)' },
  broadcast: { Icon: IconBroadcast, label: 'Broadcast', colour: 'var(--mantine-color-grape-text)' },
  connected: { Icon: IconPlug, label: 'Connected', colour: 'var(--mantine-color-dimmed)' },
  disconnected: { Icon: IconPlugOff, label: 'Disconnected', colour: 'var(--mantine-color-red-text)' },
} as const;

/** Beyond, a log is no log. */
const MAX_SHOWN = 500;

function Entry({ entry: { kind, time, said, text } }: { entry: LogEntry }) {
  const { Icon, label, colour } = kinds[kind];
  return (
    <li className={classes['entry']}>
      <time dateTime={time}>{clockTime(time)}</time>
      <Icon size={16} color={colour} role="img" aria-label={label} />
      <span className={classes['said']}>{said ? oneLine(said) : text}</span>
    </li>
  );
}

function oneLine({ type, message }: NonNullable<LogEntry['said']>): string {
  if (type === 'text') return message.slice(0, MAX_SHOWN);
  const bytes = fromBase64(message);
  const digits = [...bytes.subarray(0, 32)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `binary, ${sizeText(bytes.length)}: ${digits}${bytes.length > 32 ? ' …' : ''}`;
}
