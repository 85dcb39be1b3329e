/** A message as it is: text, JSON in lines, bytes in hex. Never as HTML. */
import { ActionIcon, CopyButton, Group, SegmentedControl, Stack, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { byteLength, fromBase64, hexDump, prettyJson, sizeText } from './bytes';
import classes from './message-view.module.css';

export interface Said {
  type: 'text' | 'binary';
  /** Base64 where it is binary. */
  message: string;
}

/** Beyond, a page would be slow: the rest is told by its size. */
const MAX_SHOWN = 20_000;

export function MessageView({ said }: { said: Said }) {
  const pretty = said.type === 'text' ? prettyJson(said.message) : null;
  const [isRaw, setRaw] = useState(false);
  const whole =
    said.type === 'binary' ? hexDump(fromBase64(said.message)) : pretty !== null && !isRaw ? pretty : said.message;
  const shown = whole.slice(0, MAX_SHOWN);
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed">
          {said.type === 'binary' ? 'Binary' : pretty === null ? 'Text' : 'JSON'}, {sizeText(sizeOf(said))}
        </Text>
        <Group gap={4}>
          {pretty !== null && (
            <SegmentedControl
              size="xs"
              aria-label="Show JSON"
              data={['In lines', 'As sent']}
              value={isRaw ? 'As sent' : 'In lines'}
              onChange={(value) => setRaw(value === 'As sent')}
            />
          )}
          <CopyIt text={said.type === 'binary' ? whole : said.message} />
        </Group>
      </Group>
      <pre
        className={classes['message']}
        data-binary={said.type === 'binary' || undefined}
        tabIndex={0}
        aria-label="Message"
      >
        {shown === '' ? (
          <Text component="span" c="dimmed" size="sm">
            Empty
          </Text>
        ) : (
          shown
        )}
      </pre>
      {shown.length < whole.length && (
        <Text size="xs" c="dimmed">
          This is the beginning. Copy it to see all.
        </Text>
      )}
    </Stack>
  );
}

const sizeOf = ({ type, message }: Said): number =>
  type === 'binary' ? fromBase64(message).length : byteLength(message);

export function CopyIt({ text, label = 'Copy' }: { text: string; label?: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : label}>
          <ActionIcon
            variant="subtle"
            color={copied ? 'teal' : 'gray'}
            onClick={copy}
            aria-label={copied ? 'Copied' : label}
          >
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
