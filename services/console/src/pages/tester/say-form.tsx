/** What the client says. */
import { Button, Group, Paper, Stack, Title } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { type KeyboardEvent, type SyntheticEvent, useState } from 'react';
import type { Message } from '../../api/clients';
import { checkDraft, emptyDraft } from '../../messages/draft';
import { MessageFields } from '../../messages/message-fields';

export function SayForm({ onSend }: { onSend: (message: Message) => void }) {
  const [draft, setDraft] = useState(emptyDraft);
  const checked = checkDraft(draft);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if ('message' in checked) onSend(checked.message);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
  };
  return (
    <Paper withBorder p="md" component="section" aria-label="Say something as this client">
      <form onSubmit={submit} onKeyDown={onKeyDown}>
        <Stack gap="sm">
          <Title order={2} size="h4">
            Say something as this client
          </Title>
          <MessageFields draft={draft} onChange={setDraft} />
          <Group justify="flex-end">
            <Button
              type="submit"
              variant="default"
              leftSection={<IconSend size={16} />}
              disabled={!('message' in checked)}
              title="Ctrl+Enter sends, too"
            >
              Say
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
