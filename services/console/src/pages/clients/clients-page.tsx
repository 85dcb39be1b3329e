/** Who is connected now. */
import { Button, EmptyState, Group, Loader, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconPlugConnected, IconSearchOff } from '@tabler/icons-react';
import { useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { Failure } from '../../shell/failure';
import { Page } from '../../shell/page';
import { Waiting } from '../../shell/waiting';
import { contains } from './client-list';
import { ClientsTable } from './clients-table';
import { ColumnMenu } from './column-menu';
import { usualColumns } from './columns';
import { FilterBar } from './filter-bar';
import { ListMenu } from './list-menu';
import { LiveState } from '../../live/live-state';
import { rateText } from './rates';
import { MAX_CLIENTS } from './roster';
import { type RosterView, useRoster } from './use-roster';
import { readView, type View, writeView } from './view';

export function ClientsPage() {
  const [address, setAddress] = useSearchParams();
  const view = useMemo(() => readView(address), [address]);
  const setView = (next: View) => setAddress(writeView(next), { replace: true });
  const [visibility, setVisibility] = useLocalStorage({
    ...{ key: 'wscm-columns', defaultValue: usualColumns, getInitialValueInEffect: false },
  });
  const roster = useRoster(view.filters);
  const found = useMemo(
    () => (view.search === '' ? roster.clients : roster.clients.filter((client) => contains(client, view.search))),
    [roster.clients, view.search],
  );
  return (
    <Page title="Clients" actions={<ListMenu view={view} />}>
      {(found.length > 0 || !roster.reading.isError) && (
        <Summary roster={roster} found={found.length} isSearched={view.search !== ''} />
      )}
      <FilterBar view={view} onChange={setView}>
        <ColumnMenu visibility={visibility} onChange={setVisibility} />
      </FilterBar>
      {roster.reading.isError && <Failure error={roster.reading.error} onRetry={() => void roster.reading.refetch()} />}
      {found.length > 0 ? (
        <ClientsTable
          clients={found}
          visibility={visibility}
          sort={view.sort}
          onSort={(sort) => setView({ ...view, sort })}
        />
      ) : (
        <Nobody roster={roster} view={view} onReset={() => setView({ ...view, filters: {}, search: '' })} />
      )}
    </Page>
  );
}

function Summary({ roster, found, isSearched }: { roster: RosterView; found: number; isSearched: boolean }) {
  const { clients, count, isCut, rates, feed, reading } = roster;
  const connected = Math.max(clients.length, isCut || reading.isPending ? (count ?? 0) : 0);
  const isKnown = connected > 0 || !reading.isPending || typeof count === 'number';
  return (
    <Group gap="md">
      <Text component="p" m={0}>
        {isKnown ? (
          <>
            <Text span fw={600} size="lg" data-testid="count">
              {connected.toLocaleString()}
            </Text>{' '}
            connected
          </>
        ) : (
          'Not counted yet'
        )}
        {isSearched && `, ${found.toLocaleString()} found`}
      </Text>
      <Text c="dimmed" size="sm" component="p" m={0}>
        {feed === 'open'
          ? `${rateText(rates.connects)} come, ${rateText(rates.disconnects)} leave, ${rateText(rates.messages)} messages a second`
          : 'read every few seconds'}
      </Text>
      <LiveState feed={feed} />
      {reading.isFetching && clients.length < connected && <Loader role="status" size="xs" aria-label="Reading" />}
      {isCut && (
        <Text size="sm" c="dimmed">
          Only {MAX_CLIENTS.toLocaleString()} of them are shown: use a filter.
        </Text>
      )}
    </Group>
  );
}

function Nobody({ roster, view, onReset }: { roster: RosterView; view: View; onReset: () => void }) {
  if (roster.reading.isError) return null;
  if (roster.reading.isPending)
    return (
      <Waiting
        label="Reading who is connected"
        failure={roster.reading.failureReason}
        onRetry={() => void roster.reading.refetch()}
      />
    );
  const isNarrowed = view.search !== '' || Object.keys(view.filters).length > 0;
  if (isNarrowed)
    return (
      <EmptyState
        icon={<IconSearchOff />}
        title="Nobody like that is connected"
        description="Who connects and matches appears here by itself."
      >
        <Button variant="default" onClick={onReset}>
          Show all
        </Button>
      </EmptyState>
    );
  return (
    <EmptyState
      icon={<IconPlugConnected />}
      title="Nobody is connected"
      description="Who connects appears here by itself. Try it with a client in this page:"
    >
      <Button component={Link} to="/tester">
        Open the tester
      </Button>
    </EmptyState>
  );
}
