/** In place of a page that has failed, or that is not there. */
import { Button, Stack, Text } from '@mantine/core';
import { isRouteErrorResponse, Link, useRouteError } from 'react-router';
import { Page } from './page';

export function RouteFault() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  return (
    <Page title="This page has a fault">
      <Stack align="flex-start">
        <Text>
          The console may have been updated meanwhile. Load it again; if that does not help, this is what it says:
        </Text>
        <Text ff="monospace" size="sm">
          {error instanceof Error ? error.message : String(error)}
        </Text>
        <Button onClick={() => window.location.reload()}>Load again</Button>
      </Stack>
    </Page>
  );
}

export function NotFound() {
  return (
    <Page title="There is no such page">
      <Stack align="flex-start">
        <Text>The address may be mistyped.</Text>
        <Button component={Link} to="/clients">
          See who is connected
        </Button>
      </Stack>
    </Page>
  );
}
