/** Sends one message to the client, and shows what became of it. */
import { Button, Group, Paper, Stack, Title } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type KeyboardEvent, type SyntheticEvent, useState } from 'react';
import { type Message, sendMessage } from '../../api/clients';
import { checkDraft, emptyDraft } from '../../messages/draft';
import { MessageFields } from '../../messages/message-fields';
import { AnswerNote } from './answer-note';
import { failureAnswer, sendAnswer } from './answers';

export interface SendFormProps {
  replyId: string;
  hasLeft: boolean;
}

export function SendForm({ replyId, hasLeft }: SendFormProps) {
  const [draft, setDraft] = useState(emptyDraft);
  const sending = useMutation({ mutationFn: (message: Message) => sendMessage(replyId, message) });
  const checked = checkDraft(draft);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if ('message' in checked && !sending.isPending) sending.mutate(checked.message);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
  };
  const answer = sending.data ? sendAnswer(sending.data) : sending.error ? failureAnswer(sending.error, 'send') : null;
  return (
    <Paper withBorder p="md" component="section" aria-label="Send a message">
      <form onSubmit={submit} onKeyDown={onKeyDown}>
        <Stack gap="sm">
          <Title order={2} size="h4">
            Send a message
          </Title>
          <MessageFields draft={draft} onChange={setDraft} />
          <AnswerNote answer={answer} at={sending.submittedAt} />
          <Group justify="flex-end">
            <Button
              type="submit"
              leftSection={<IconSend size={16} />}
              loading={sending.isPending}
              disabled={!('message' in checked)}
              variant={hasLeft ? 'default' : 'filled'}
              title="Ctrl+Enter sends, too"
            >
              Send
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
