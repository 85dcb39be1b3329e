/** The API key: asked for when the registry wants one, kept in this tab. */
import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useSessionStorage } from '@mantine/hooks';
import { type ContextModalProps, modals } from '@mantine/modals';
import { useQueryClient } from '@tanstack/react-query';
import { type SyntheticEvent, useState } from 'react';
import { API_KEY } from '../api/request';
import { asText } from '../live/use-event-feed';

const DIALOG = 'api-key';

/** The key in use, or an empty text; and how to set another. */
export const useApiKey = () => useSessionStorage({ key: API_KEY, defaultValue: '', ...asText });

export function askForApiKey(): void {
  modals.openContextModal({ modal: 'apiKey', modalId: DIALOG, title: 'API key', innerProps: {} });
}

export function ApiKeyDialog({ context, id }: ContextModalProps) {
  const [key, setKey, forget] = useApiKey();
  const [typed, setTyped] = useState(key);
  const queries = useQueryClient();
  const finish = (event: SyntheticEvent) => {
    event.preventDefault();
    if (typed.trim() === '') forget();
    else setKey(typed.trim());
    context.closeModal(id);
    // What was refused is asked for again at once.
    void queries.invalidateQueries();
  };
  return (
    <form onSubmit={finish}>
      <Stack>
        <Text size="sm">
          The registry says who may read, send and disconnect by API keys (REGISTRY_API_KEYS) or tokens. The key stays
          in this tab and is forgotten when the tab is closed.
        </Text>
        <PasswordInput
          label="API key or token"
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={() => context.closeModal(id)}>
            Cancel
          </Button>
          <Button type="submit">{typed.trim() === '' ? 'Use none' : 'Use this key'}</Button>
        </Group>
      </Stack>
    </form>
  );
}
