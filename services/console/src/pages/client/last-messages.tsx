/** The last message in each direction. */
import { Paper, Stack, Text, Title } from '@mantine/core';
import type { Client } from '@wscm/contracts';
import { MessageView, type Said } from '../../messages/message-view';
import { ago, exactly, useNow } from '../../shell/times';

export function LastMessages({ client }: { client: Client }) {
  const { lastMessageFromClient: from, lastMessageToClient: to } = client;
  const by = to?.via === 'broadcast' ? 'by a broadcast' : 'to it alone';
  return (
    <>
      <Last
        title="Last message from it"
        said={from}
        about={from ? `the ${ordinal(from.seq)}` : ''}
        silence="It has said nothing yet."
      />
      <Last
        title="Last message to it"
        said={to}
        about={to ? `the ${ordinal(to.seq)}, ${by}` : ''}
        silence="It has been told nothing yet, but the greeting."
      />
    </>
  );
}

interface LastProps {
  title: string;
  said: (Said & { time: string }) | null;
  about: string;
  silence: string;
}

function Last({ title, said, about, silence }: LastProps) {
  const now = useNow();
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Stack gap={6}>
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text size="sm" c="dimmed" {...(said ? { title: exactly(said.time) } : {})}>
          {said ? `${ago(said.time, now)}, ${about}` : silence}
        </Text>
        {said && <MessageView said={said} />}
      </Stack>
    </Paper>
  );
}

const rules = new Intl.PluralRules('en', { type: 'ordinal' });
const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };

const ordinal = (number: number): string => `${number.toLocaleString()}${endings[rules.select(number)] ?? 'th'}`;
