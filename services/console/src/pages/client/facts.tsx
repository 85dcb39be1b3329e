/** Everything that is known of a client but its messages. */
import { Anchor, DataList, Paper, Stack, Text, Title } from '@mantine/core';
import type { Client } from '@wscm/contracts';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { ago, exactly, useNow } from '../../shell/times';
import classes from './facts.module.css';

export function Facts({ client }: { client: Client }) {
  const now = useNow();
  const { gatewayId, path, user, remoteAddress, connectedAt, query, headers } = client;
  const facts: [string, ReactNode][] = [
    ['Connected', `${ago(connectedAt, now)} (${exactly(connectedAt)})`],
    ['Path', <Filtered key="p" name="path" value={path} />],
    [
      'User',
      user === null ? (
        <Text span c="dimmed" size="sm">
          nobody was named
        </Text>
      ) : (
        <Filtered key="u" name="user" value={user} />
      ),
    ],
    ['Address', <Filtered key="a" name="remoteAddress" value={remoteAddress} />],
    ['Gateway', <Filtered key="g" name="gatewayId" value={gatewayId} />],
    [
      'Messages',
      `${client.messagesFromClient.toLocaleString()} from it, ${client.messagesToClient.toLocaleString()} to it`,
    ],
  ];
  return (
    <Paper withBorder p="md" component="section" aria-label="What is known">
      <Stack gap="md">
        <Title order={2} size="h4">
          What is known
        </Title>
        <Pairs pairs={facts} />
        <Part
          title="Query"
          pairs={Object.entries(query).flatMap(([name, values]) => [values].flat().map((value) => [name, value]))}
        />
        <Part title="Headers" pairs={Object.entries(headers)} />
      </Stack>
    </Paper>
  );
}

type Pair = [name: string, value: ReactNode];

function Pairs({ pairs }: { pairs: Pair[] }) {
  return (
    <DataList size="sm" labelWidth={150} className={classes['pairs'] ?? ''}>
      {pairs.map(([name, value], at) => (
        <DataList.Item key={`${name} ${at}`}>
          <DataList.ItemLabel>{name}</DataList.ItemLabel>
          <DataList.ItemValue>{value}</DataList.ItemValue>
        </DataList.Item>
      ))}
    </DataList>
  );
}

function Part({ title, pairs }: { title: string; pairs: Pair[] | string[][] }) {
  return (
    <Stack gap="xs">
      <Title order={3} size="h6">
        {title}
      </Title>
      {pairs.length === 0 ? (
        <Text size="sm" c="dimmed">
          None
        </Text>
      ) : (
        <Pairs pairs={pairs as Pair[]} />
      )}
    </Stack>
  );
}

function Filtered({ name, value }: { name: string; value: string }) {
  return (
    <Anchor
      component={Link}
      to={`/clients?${new URLSearchParams({ [name]: value })}`}
      size="sm"
      title="All clients with the same"
    >
      {value}
    </Anchor>
  );
}
