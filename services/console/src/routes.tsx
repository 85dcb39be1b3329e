/**
 * Every page and its address. Addresses stand behind the `#`: so the console works below any path of a proxy, and the
 * registry needs to know none of them. Pages are loaded when they are first visited.
 */
import { createHashRouter, Navigate } from 'react-router';
import { NotFound, RouteFault } from './shell/route-fault';
import { Shell } from './shell/shell';

export const createRouter = () =>
  createHashRouter([
    {
      element: <Shell />,
      errorElement: <RouteFault />,
      // While the first page is loaded.
      hydrateFallbackElement: <></>,
      children: [
        {
          errorElement: <RouteFault />,
          children: [
            { index: true, element: <Navigate to="/clients" replace /> },
            {
              path: 'clients',
              lazy: async () => ({ Component: (await import('./pages/clients/clients-page')).ClientsPage }),
            },
            {
              path: 'clients/:replyId',
              lazy: async () => ({ Component: (await import('./pages/client/client-page')).ClientPage }),
            },
            {
              path: 'broadcast',
              lazy: async () => ({ Component: (await import('./pages/broadcast/broadcast-page')).BroadcastPage }),
            },
            {
              path: 'system',
              lazy: async () => ({ Component: (await import('./pages/system/system-page')).SystemPage }),
            },
            {
              path: 'tester',
              lazy: async () => ({ Component: (await import('./pages/tester/tester-page')).TesterPage }),
            },
            { path: '*', element: <NotFound /> },
          ],
        },
      ],
    },
  ]);
