/** The registry's answer, for people: seen by its colour, heard by screen readers. */
import { Alert } from '@mantine/core';
import { IconCheck, IconHelp, IconX } from '@tabler/icons-react';
import { clockTime } from '../../shell/times';
import type { Answer } from './answers';

const looks = {
  done: { color: 'teal', Icon: IconCheck },
  not: { color: 'red', Icon: IconX },
  unsure: { color: 'orange', Icon: IconHelp },
} as const;

/** `at`: when it was asked, in milliseconds since 1970. */
export function AnswerNote({ answer, at }: { answer: Answer | null; at: number }) {
  const look = answer && looks[answer.outcome];
  return (
    <div role="status" aria-live="polite">
      {answer && look && (
        <Alert
          color={look.color}
          icon={<look.Icon />}
          title={`${answer.title} (${clockTime(new Date(at).toISOString())})`}
          py="xs"
        >
          {answer.text}
        </Alert>
      )}
    </div>
  );
}
