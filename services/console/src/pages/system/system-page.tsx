/** The system itself: gateways, registries, how far they are behind, and the last minutes. */
import { Loader, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Failure } from '../../shell/failure';
import { Page } from '../../shell/page';
import { clockTime, useNow } from '../../shell/times';
import { Charts } from './charts';
import { ConsumerLag } from './consumer-lag';
import { GatewaysTable } from './gateways-table';
import { RegistriesTable } from './registries-table';
import { POLL_MS, useGateways, useRegistries } from './use-system';

export function SystemPage() {
  const gateways = useGateways();
  const registries = useRegistries();
  return (
    <Page title="System">
      {gateways.data && gateways.data.seen.length > 0 && <Charts points={gateways.data.points} />}
      <Section title="Gateways" read={gateways} retry={() => void gateways.refetch()}>
        {gateways.data &&
          (gateways.data.seen.length === 0 ? (
            <Text size="sm">
              No gateway runs, so nobody can connect. Start one: it is listed here within a few seconds.
            </Text>
          ) : (
            <GatewaysTable seen={gateways.data.seen} />
          ))}
      </Section>
      <Section title="Registries" read={registries} retry={() => void registries.refetch()}>
        {registries.data && (
          <Stack gap="sm">
            <ConsumerLag consumer={registries.data.consumer} />
            <RegistriesTable seen={registries.data.seen} />
          </Stack>
        )}
      </Section>
    </Page>
  );
}

interface SectionProps {
  title: string;
  read: { data: unknown; error: unknown; dataUpdatedAt: number };
  retry: () => void;
  children: ReactNode;
}

/** A registry that hangs, or that waits for something that does, gives neither a list nor an error for long. */
const OLD_MS = 3 * POLL_MS;

/** Says whether what it shows is as of now. */
function Section({ title, read, retry, children }: SectionProps) {
  const { data, error, dataUpdatedAt } = read;
  const isOld = useNow(1_000) - dataUpdatedAt > OLD_MS;
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        {error !== null && <Failure error={error} onRetry={retry} />}
        {(error !== null || isOld) && data !== undefined && (
          <Text size="sm" c="dimmed">
            As it was at {clockTime(new Date(dataUpdatedAt).toISOString())}:
          </Text>
        )}
        {!error && data === undefined ? <Loader size="sm" aria-label="Loading" /> : children}
      </Stack>
    </Paper>
  );
}
