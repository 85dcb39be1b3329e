/** Where a message is written: as text, as JSON that is checked, or as bytes in hex or from a file. */
import { Button, FileButton, Group, Pill, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import { IconFile } from '@tabler/icons-react';
import { prettyJson, sizeText } from './bytes';
import { checkDraft, type Draft, type DraftKind } from './draft';

export interface MessageFieldsProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
}

const kinds = [
  { value: 'text', label: 'Text' },
  { value: 'json', label: 'JSON' },
  { value: 'binary', label: 'Binary' },
] satisfies { value: DraftKind; label: string }[];

const hints = { text: 'Hello', json: '{"hello": "world"}', binary: '48 65 6c 6c 6f' };

export function MessageFields({ draft, onChange }: MessageFieldsProps) {
  const checked = checkDraft(draft);
  const fault = 'fault' in checked && draft.typed.trim() !== '' ? checked.fault : null;
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <SegmentedControl
          size="xs"
          aria-label="Kind of message"
          data={kinds}
          value={draft.kind}
          onChange={(kind) => onChange({ ...draft, kind, file: null })}
        />
        {draft.kind === 'json' && <Tidy draft={draft} onChange={onChange} />}
        {draft.kind === 'binary' && <FromFile draft={draft} onChange={onChange} />}
      </Group>
      {draft.file ? (
        <Pill
          withRemoveButton
          onRemove={() => onChange({ ...draft, file: null })}
          removeButtonProps={{ 'aria-label': 'Remove the file', 'aria-hidden': false, tabIndex: 0 }}
        >
          {draft.file.name}
        </Pill>
      ) : (
        <Textarea
          aria-label={draft.kind === 'binary' ? 'Message in hex' : 'Message'}
          placeholder={hints[draft.kind]}
          value={draft.typed}
          onChange={({ currentTarget }) => onChange({ ...draft, typed: currentTarget.value })}
          error={fault}
          autosize
          minRows={3}
          maxRows={12}
          spellCheck={draft.kind === 'text'}
          styles={draft.kind === 'text' ? {} : { input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
      )}
      <Text size="xs" c="dimmed">
        {'bytes' in checked ? sizeText(checked.bytes) : ' '}
      </Text>
    </Stack>
  );
}

function Tidy({ draft, onChange }: MessageFieldsProps) {
  const tidy = prettyJson(draft.typed);
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      disabled={tidy === null || tidy === draft.typed}
      onClick={() => tidy !== null && onChange({ ...draft, typed: tidy })}
    >
      In lines
    </Button>
  );
}

function FromFile({ draft, onChange }: MessageFieldsProps) {
  const read = async (file: File | null) => {
    if (file) onChange({ ...draft, file: { name: file.name, data: new Uint8Array(await file.arrayBuffer()) } });
  };
  return (
    <FileButton onChange={(file) => void read(file)}>
      {(props) => (
        <Button {...props} size="compact-xs" variant="subtle" leftSection={<IconFile size={14} />}>
          From a file
        </Button>
      )}
    </FileButton>
  );
}
