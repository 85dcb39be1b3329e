/** In place of what could not be read: why, and what to do. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { asksForKey, inWords } from '../api/in-words';
import { askForApiKey } from './api-key';

export interface FailureProps {
  error: unknown;
  /** For a button to try again at once. */
  onRetry?: () => void;
}

export function Failure({ error, onRetry }: FailureProps) {
  const { title, advice } = inWords(error);
  return (
    <Alert color={asksForKey(error) ? 'yellow' : 'red'} icon={<IconAlertTriangle />} title={title} role="alert">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{advice}</Text>
        <Group gap="xs">
          {asksForKey(error) && (
            <Button size="xs" onClick={askForApiKey}>
              Enter an API key
            </Button>
          )}
          {onRetry && (
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again now
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
