/** Closes the client's connection, with a code and a reason of one's choice. */
import { Alert, Button, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useMutation } from '@tanstack/react-query';
import { closeCodes, disconnectRequestSchema, isSendableCloseCode, MAX_CLOSE_REASON_BYTES } from '@wscm/contracts';
import { type SyntheticEvent, useState } from 'react';
import { disconnectClient } from '../../api/clients';
import { capitalized } from '../../api/in-words';
import { byteLength } from '../../messages/bytes';
import { failureAnswer } from './answers';

const DIALOG = 'disconnect';

export function askToDisconnect(replyId: string): void {
  modals.open({
    modalId: DIALOG,
    title: 'Disconnect this client?',
    children: <DisconnectForm replyId={replyId} onDone={() => modals.close(DIALOG)} />,
  });
}

const usual = disconnectRequestSchema.parse({});

function DisconnectForm({ replyId, onDone }: { replyId: string; onDone: () => void }) {
  const [code, setCode] = useState<number | string>(usual.code);
  const [reason, setReason] = useState(usual.reason);
  const closing = useMutation({
    mutationFn: () => disconnectClient(replyId, Number(code), reason),
    onSuccess: onDone,
  });
  const codeFault = codeFaultOf(code);
  const length = byteLength(reason);
  const reasonFault = length > MAX_CLOSE_REASON_BYTES ? `${length} bytes; ${MAX_CLOSE_REASON_BYTES} at most` : null;
  const failure = closing.error ? failureAnswer(closing.error, 'disconnect') : null;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (codeFault === null && reasonFault === null) closing.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <NumberInput
          label="Close code"
          description={meaningOf(Number(code))}
          value={code}
          onChange={setCode}
          error={codeFault}
          allowDecimal={false}
          allowNegative={false}
          data-autofocus
        />
        <TextInput
          label="Reason"
          description="The client is told. It may be empty."
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
          error={reasonFault}
        />
        {failure && (
          <Alert color={failure.outcome === 'unsure' ? 'orange' : 'red'} title={failure.title} role="alert">
            {failure.text}
          </Alert>
        )}
        <Text size="xs" c="dimmed">
          What the client has not read yet is still sent to it before the connection is closed.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" color="red" loading={closing.isPending}>
            Disconnect
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const codeFaultOf = (code: number | string): string | null =>
  isSendableCloseCode(Number(code)) && Number.isInteger(Number(code))
    ? null
    : 'A close frame may carry 1000–1014 without 1004–1006, or 3000–4999';

/** By the contract, 4000–4499 ask to connect again, 4500–4999 not to. */
function meaningOf(code: number): string {
  const known = Object.values(closeCodes).find((each) => each.code === code);
  const again = known ? known.reconnect : code >= 4000 && code < 4500 ? true : code >= 4500 ? false : null;
  const advice = again === null ? '' : again ? 'The client may connect again.' : 'The client should not connect again.';
  return (
    [known ? `${capitalized(known.reason)}.` : '', advice].filter(Boolean).join(' ') ||
    'As the WebSocket standard has it.'
  );
}
