/** How far the registries are behind the stream of events, in a sentence and three numbers. */
import { Group, Stack, Text } from '@mantine/core';
import type { Registries } from '@wscm/contracts';
import { whole } from './numbers';

export function ConsumerLag({ consumer }: { consumer: Registries['consumer'] }) {
  if (!consumer)
    return <Text size="sm">How far the registries are behind is not known: NATS (JetStream) does not answer.</Text>;
  const { pending, unacknowledged, redelivered } = consumer;
  const behind = pending + unacknowledged;
  return (
    <Stack gap={4}>
      <Text size="sm">
        {behind === 0
          ? 'Every event is stored: the lists are up to date.'
          : `${whole(behind)} ${behind === 1 ? 'event is' : 'events are'} not stored yet.`}
      </Text>
      <Group gap="lg">
        <Number label="waiting" value={pending} />
        <Number label="being stored" value={unacknowledged} />
        <Number label="tried again" value={redelivered} />
      </Group>
    </Stack>
  );
}

function Number({ label, value }: { label: string; value: number }) {
  return (
    <Text size="sm" c="dimmed">
      <b>{whole(value)}</b> {label}
    </Text>
  );
}
