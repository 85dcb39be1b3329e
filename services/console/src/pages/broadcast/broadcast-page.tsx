/** One message to every client. */
import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { IconBroadcast } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { broadcast } from '../../api/system';
import { checkDraft, emptyDraft } from '../../messages/draft';
import { MessageFields } from '../../messages/message-fields';
import { Page } from '../../shell/page';
import { BroadcastAnswer } from './broadcast-answer';
import { ConfirmBroadcast } from './confirm-broadcast';

export function BroadcastPage() {
  const [draft, setDraft] = useState(emptyDraft);
  const [isAsking, setAsking] = useState(false);
  const sending = useMutation({ mutationFn: broadcast });
  const checked = checkDraft(draft);
  const ask = (event: SyntheticEvent) => {
    event.preventDefault();
    if ('message' in checked) setAsking(true);
  };
  const confirm = () => {
    setAsking(false);
    if ('message' in checked) sending.mutate(checked.message);
  };
  return (
    <Page title="Broadcast">
      <Paper withBorder p="md" component="section" aria-label="Write a message">
        <form onSubmit={ask}>
          <Stack gap="sm">
            <Text size="sm">
              The message goes to every client that is connected now, on all gateways. Who connects later does not get
              it.
            </Text>
            <MessageFields draft={draft} onChange={setDraft} />
            <Group justify="flex-end">
              <Button
                type="submit"
                leftSection={<IconBroadcast size={18} />}
                loading={sending.isPending}
                disabled={!('message' in checked)}
              >
                Broadcast to all
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
      <BroadcastAnswer result={sending.data} error={sending.error} at={sending.submittedAt} />
      {isAsking && 'bytes' in checked && (
        <ConfirmBroadcast bytes={checked.bytes} onCancel={() => setAsking(false)} onConfirm={confirm} />
      )}
    </Page>
  );
}
