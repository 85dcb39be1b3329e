/** Asks once more, with the number of clients that it will reach, counted at this moment. */
import { Button, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { countClients } from '../../api/clients';
import { inWords } from '../../api/in-words';
import { sizeText } from '../../messages/bytes';

export interface ConfirmBroadcastProps {
  bytes: number;
  onCancel: () => void;
  onConfirm: () => void;
}

export function ConfirmBroadcast({ bytes, onCancel, onConfirm }: ConfirmBroadcastProps) {
  const { data, error } = useQuery({
    queryKey: ['broadcast-count'],
    queryFn: ({ signal }) => countClients({}, signal),
    refetchInterval: 2_000,
    retry: false,
    gcTime: 0,
  });
  return (
    <Modal opened onClose={onCancel} title="Broadcast to all?" centered>
      <Stack>
        <div role="status" aria-live="polite">
          {error ? (
            <Text size="sm">
              How many clients this reaches can’t be counted at the moment ({inWords(error).title}). It goes to all that
              are connected.
            </Text>
          ) : data === undefined ? (
            <Group gap="xs">
              <Loader size="xs" aria-label="Counting" />
              <Text size="sm">Counting the clients…</Text>
            </Group>
          ) : data === 0 ? (
            <Text size="sm">Nobody is connected at this moment, so nobody gets it. The number here follows.</Text>
          ) : (
            <Text size="sm">
              This message ({sizeText(bytes)}) goes to <b>{clients(data)}</b>. It can’t be taken back.
            </Text>
          )}
        </div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel} data-autofocus>
            Cancel
          </Button>
          <Button onClick={onConfirm} disabled={data === undefined && !error}>
            {data === undefined ? 'Send to all' : `Send to ${clients(data)}`}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

const clients = (count: number): string => `${count.toLocaleString()} ${count === 1 ? 'client' : 'clients'}`;
