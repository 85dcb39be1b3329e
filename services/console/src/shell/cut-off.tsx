/** Says above every page when the registry can't be reached, or lacks what it works with, and what that means. */
import { Alert } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { type Readiness, useReadiness } from '../api/readiness';

export function CutOff() {
  const told = describe(useReadiness());
  return (
    <div role="status" aria-live="polite">
      {told && (
        <Alert color="red" mb="md" icon={<IconPlugConnectedX />} title={told.title}>
          {told.text}
        </Alert>
      )}
    </div>
  );
}

const CAUSES = ['nats', 'mongodb', 'consumer'] as const;

const MISSING: Record<(typeof CAUSES)[number], { title: string; text: string }> = {
  nats: {
    title: 'NATS is away',
    text: 'The registry can’t reach gateways: nothing can be sent, and what is shown may be old. It goes on by itself when NATS is back.',
  },
  mongodb: {
    title: 'MongoDB is away',
    text: 'Lists can’t be read, and what is shown may be old. Sending goes on. Nothing is lost: events wait in NATS.',
  },
  consumer: {
    title: 'The registry does not read events at the moment',
    text: 'What is shown may be old. Nothing is lost: events wait in NATS.',
  },
};

export function describe(readiness: Readiness): { title: string; text: string } | null {
  if (readiness.state === 'unreachable')
    return { title: 'The registry can’t be reached', text: 'Trying again… What is shown below may be old.' };
  if (readiness.state !== 'lacking') return null;
  const { missing } = readiness;
  // One that is away takes others with it: the first of these is the cause.
  const known = CAUSES.find((name) => missing.some(({ check }) => check === name));
  if (known) return MISSING[known];
  return { title: 'The registry is not ready', text: missing.map(({ message }) => message).join(' · ') };
}
