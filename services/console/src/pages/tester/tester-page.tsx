/** A WebSocket client in the page: who is new here sees the whole loop at once. */
import { Anchor, Button, Code, Group, Paper, Stack, Text, TextInput } from '@mantine/core';
import { IconMessageDown, IconPlugConnected, IconPlugConnectedX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { Link } from 'react-router';
import { sendMessage } from '../../api/clients';
import { useGatewayUrl } from '../../api/console-settings';
import { CopyIt } from '../../messages/message-view';
import { Failure } from '../../shell/failure';
import { Page } from '../../shell/page';
import { clockTime } from '../../shell/times';
import { SayForm } from './say-form';
import { SocketLog } from './socket-log';
import { type Tester, useSocket } from './use-socket';

const EXAMPLE = 'tester?room=1';

export function TesterPage() {
  const tester = useSocket();
  const { state, log } = tester;
  return (
    <Page title="Tester">
      <ConnectForm tester={tester} />
      {state.is === 'open' && state.replyId !== null && <Loop replyId={state.replyId} />}
      {state.is === 'open' && <SayForm onSend={tester.send} />}
      <SocketLog log={log} />
    </Page>
  );
}

function ConnectForm({ tester }: { tester: Tester }) {
  const gatewayUrl = useGatewayUrl();
  const [typed, setTyped] = useState<string | null>(null);
  const { state, open, close } = tester;
  const url = typed ?? (gatewayUrl === undefined ? '' : new URL(EXAMPLE, withSlash(gatewayUrl)).href);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (state.is === 'closed') open(url);
    else close();
  };
  return (
    <Paper withBorder p="md" component="section" aria-label="Connection">
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">
            Opens a WebSocket from this page to a gateway, as any client would. Path and query are free; operators see
            them in the list.
          </Text>
          <Group align="flex-end" gap="sm">
            <TextInput
              label="Address of the gateway"
              value={url}
              onChange={({ currentTarget }) => setTyped(currentTarget.value)}
              readOnly={state.is !== 'closed'}
              flex={1}
              miw={220}
              spellCheck={false}
              inputMode="url"
            />
            {state.is === 'closed' ? (
              <Button type="submit" leftSection={<IconPlugConnected size={18} />} disabled={url === ''}>
                Connect
              </Button>
            ) : (
              <Button
                type="submit"
                variant="default"
                leftSection={<IconPlugConnectedX size={18} />}
                loading={state.is === 'connecting'}
              >
                Disconnect
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

/** The newcomer's way round: this client's own id, its page, and a message through REST. */
function Loop({ replyId }: { replyId: string }) {
  const sending = useMutation({
    mutationFn: () =>
      sendMessage(replyId, { type: 'text', data: `Hello from REST, at ${clockTime(new Date().toISOString())}` }),
  });
  return (
    <Paper withBorder p="md" component="section" aria-label="This client">
      <Stack gap="sm">
        <Group gap="xs">
          <Text size="sm" fw={600}>
            Connected. Its replyId is
          </Text>
          <Code style={{ overflowWrap: 'anywhere' }}>{replyId}</Code>
          <CopyIt text={replyId} label="Copy the replyId" />
        </Group>
        <Group gap="sm">
          <Button
            leftSection={<IconMessageDown size={18} />}
            onClick={() => sending.mutate()}
            loading={sending.isPending}
          >
            Send me a message via REST
          </Button>
          <Anchor component={Link} to={`/clients/${encodeURIComponent(replyId)}`} target="_blank" size="sm">
            Its page, as operators see it
          </Anchor>
        </Group>
        <Text size="xs" c="dimmed" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
          POST /v1/clients/{replyId}/messages
          {sending.data && ` → {"result":"${sending.data.result}"}`}
        </Text>
        {sending.error && <Failure error={sending.error} />}
      </Stack>
    </Paper>
  );
}
