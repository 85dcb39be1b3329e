/** What every page has: a title, which is the window's, too, and room for buttons beside it. */
import { Group, Stack, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';

export interface PageProps {
  title: string;
  /** The window's, where it is another one. */
  windowTitle?: string;
  /** Buttons, at the title's right. */
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, windowTitle = title, actions, children }: PageProps) {
  useDocumentTitle(`${windowTitle} · WebSocket Client Manager`);
  return (
    <Stack gap="md">
      <Group justify="space-between" align="center" gap="sm">
        <Title order={1} size="h2">
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Stack>
  );
}
