/** The frame around every page: where one is, where one can go, and whether the registry can be reached. */
import { ActionIcon, AppShell, Burger, Group, NavLink, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconApi,
  IconBroadcast,
  IconKey,
  IconMessages,
  type IconProps,
  IconServer2,
  IconUsers,
} from '@tabler/icons-react';
import { type ComponentType, useEffect, useRef } from 'react';
import { Link, Outlet, useLocation } from 'react-router';
import { apiUrl } from '../api/request';
import { askForApiKey, useApiKey } from './api-key';
import { ColourScheme } from './colour-scheme';
import { CutOff } from './cut-off';
import { Logo } from './logo';
import classes from './shell.module.css';

interface Place {
  to: string;
  label: string;
  Icon: ComponentType<IconProps>;
}

const places: Place[] = [
  { to: '/clients', label: 'Clients', Icon: IconUsers },
  { to: '/broadcast', label: 'Broadcast', Icon: IconBroadcast },
  { to: '/system', label: 'System', Icon: IconServer2 },
  { to: '/tester', label: 'Tester', Icon: IconMessages },
];

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useFocusAfterMove(main, pathname);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a className={classes['skip']} href="#main" onClick={(event) => skipTo(event, main.current)}>
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Logo />
            <Text fw={600} truncate>
              WebSocket Client Manager
            </Text>
          </Group>
          <Group gap={4} wrap="nowrap" flex="none">
            <KeyButton />
            <ColourScheme />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        {places.map(({ to, label, Icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Icon size={18} stroke={1.8} />}
            active={pathname.startsWith(to)}
            {...(pathname === to ? { 'aria-current': 'page' as const } : {})}
            onClick={close}
          />
        ))}
        <NavLink
          mt="auto"
          component="a"
          href={apiUrl('docs').href}
          target="_blank"
          rel="noreferrer"
          label="REST API"
          leftSection={<IconApi size={18} stroke={1.8} />}
        />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} ref={main} className={classes['main'] ?? ''}>
        <CutOff />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function KeyButton() {
  const [key] = useApiKey();
  const label = key === '' ? 'API key: none is used' : 'API key: one is used';
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant={key === '' ? 'subtle' : 'light'}
        color={key === '' ? 'gray' : 'indigo'}
        size="lg"
        onClick={askForApiKey}
        aria-label={label}
      >
        <IconKey size={20} />
      </ActionIcon>
    </Tooltip>
  );
}

/** Without, a screen reader would not notice that there is another page. */
function useFocusAfterMove(main: React.RefObject<HTMLElement | null>, pathname: string): void {
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [main, pathname]);
}

/** By hand: the address's hash is the page's. */
function skipTo(event: React.MouseEvent, target: HTMLElement | null): void {
  event.preventDefault();
  target?.focus();
}
