/** One client: all that is known of it, what passes now, and what can be done with it. */
import { Alert, Anchor, Button, Code, EmptyState, Group, SimpleGrid, Stack } from '@mantine/core';
import { IconArrowLeft, IconPlugConnectedX, IconPlugOff, IconUserQuestion } from '@tabler/icons-react';
import { Link, useLocation, useParams } from 'react-router';
import { LiveState } from '../../live/live-state';
import { CopyIt } from '../../messages/message-view';
import { Failure } from '../../shell/failure';
import { Page } from '../../shell/page';
import { exactly } from '../../shell/times';
import { Waiting } from '../../shell/waiting';
import { askToDisconnect } from './disconnect-form';
import { Facts } from './facts';
import { LastMessages } from './last-messages';
import { SendForm } from './send-form';
import { leavingText } from './traffic';
import { TrafficLog } from './traffic-log';
import { type ClientView, isGone, type Leaving, useClient } from './use-client';

export function ClientPage() {
  const { replyId = '' } = useParams();
  // Another client is another page: nothing of the one before stays.
  return <OfClient key={replyId} replyId={replyId} />;
}

function OfClient({ replyId }: { replyId: string }) {
  const view = useClient(replyId);
  const { client, left } = view;
  return (
    <Page
      title="Client"
      windowTitle={`Client ${replyId}`}
      actions={
        <Group gap="xs">
          <LiveState feed={view.feed} />
          <Button
            variant="light"
            color="red"
            leftSection={<IconPlugOff size={16} />}
            disabled={!client || left !== null}
            onClick={() => askToDisconnect(replyId)}
          >
            Disconnect
          </Button>
        </Group>
      }
    >
      <Group gap="xs">
        <BackToList />
        <Code style={{ overflowWrap: 'anywhere' }}>{replyId}</Code>
        <CopyIt text={replyId} label="Copy the replyId" />
      </Group>
      {left !== null && <HasLeft left={left} />}
      {client === undefined ? <Missing view={view} /> : <Known view={view} replyId={replyId} />}
    </Page>
  );
}

function Known({ view, replyId }: { view: ClientView; replyId: string }) {
  const { client, left, log, clearLog, error, refetch } = view;
  if (!client) return null;
  return (
    <>
      {error !== null && !isGone(error) && <Failure error={error} onRetry={refetch} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Stack gap="md">
          <SendForm replyId={replyId} hasLeft={left !== null} />
          <TrafficLog log={log} onClear={clearLog} />
        </Stack>
        <Stack gap="md">
          <LastMessages client={client} />
          <Facts client={client} />
        </Stack>
      </SimpleGrid>
    </>
  );
}

function Missing({ view: { error, refetch } }: { view: ClientView }) {
  if (error === null || !isGone(error))
    return <Waiting label="Reading what is known of the client" failure={error} onRetry={refetch} />;
  return (
    <EmptyState
      icon={<IconUserQuestion />}
      title="This client is not connected"
      description="It has left, or the address is mistyped. Ids are never used again."
    >
      <Button component={Link} to="/clients">
        See who is connected
      </Button>
    </EmptyState>
  );
}

function HasLeft({ left }: { left: Leaving }) {
  const how = left === 'unknown' ? 'It has left.' : `It ${leavingText(left.code, left.reason)}, ${exactly(left.time)}.`;
  return (
    <Alert color="orange" icon={<IconPlugConnectedX />} title="This client is no longer connected" role="alert">
      {how} What is shown below is what was known of it.
    </Alert>
  );
}

/** To the list as it was: with its filter. */
function BackToList() {
  const { state } = useLocation() as { state: { list?: string } | null };
  return (
    <Anchor component={Link} to={`/clients${state?.list ?? ''}`} size="sm" w="fit-content">
      <Group gap={4}>
        <IconArrowLeft size={16} aria-hidden /> All clients
      </Group>
    </Anchor>
  );
}
