/** Whether changes are shown as they happen. */
import { Badge, Tooltip } from '@mantine/core';
import { useReadiness } from '../api/readiness';
import type { FeedState } from './event-feed';

const told = {
  connecting: { color: 'gray', label: 'Connecting', text: 'Waiting for the registry’s events' },
  open: { color: 'teal', label: 'Live', text: 'Changes are shown as they happen' },
  silent: {
    color: 'orange',
    label: 'Not live',
    text: 'The registry hears of no changes while NATS is away.',
  },
  cut: {
    color: 'orange',
    label: 'Not live',
    text: 'The events are cut off; trying again. The list is read every few seconds.',
  },
  refused: {
    color: 'orange',
    label: 'Not live',
    text: 'The registry gives no events. The list is read every few seconds.',
  },
} as const;

export function LiveState({ feed }: { feed: FeedState }) {
  const readiness = useReadiness();
  const isSilent = readiness.state === 'lacking' && readiness.missing.some(({ check }) => check === 'nats');
  const { color, label, text } = told[feed === 'open' && isSilent ? 'silent' : feed];
  return (
    <Tooltip label={text}>
      <Badge color={color} variant="dot" tabIndex={0} role="status" aria-label={`${label}: ${text}`} tt="none" fw={500}>
        {label}
      </Badge>
    </Tooltip>
  );
}
