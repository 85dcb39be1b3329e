/** In place of what is being read for the first time; where that does not succeed, why, while it is tried again. */
import { Loader, Stack, Text } from '@mantine/core';
import { useReadiness } from '../api/readiness';
import { describe } from './cut-off';
import { Failure } from './failure';

export interface WaitingProps {
  /** What is read, for screen readers. */
  label: string;
  /** Of the latest try; null before it has failed. */
  failure: unknown;
  onRetry: () => void;
}

export function Waiting({ label, failure, onRetry }: WaitingProps) {
  const told = describe(useReadiness());
  if (failure !== null) return <Failure error={failure} onRetry={onRetry} />;
  return (
    <Stack align="center" py="xl">
      <Loader role="status" aria-label={label} />
      {told && <Text size="sm">{told.title}. Trying all the same…</Text>}
    </Stack>
  );
}
