/** “List connected clients”: to copy or to download, whole and as the registry has them now. */
import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCopy, IconDownload, IconListDetails } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import type { Client } from '@wscm/contracts';
import { clientPages } from '../../api/clients';
import { inWords } from '../../api/in-words';
import { contains, type ListFormat, toCsv, toJson } from './client-list';
import type { View } from './view';

type Wanted = { way: 'copy' | 'download'; format: ListFormat };

export function ListMenu({ view }: { view: View }) {
  const { mutate, isPending } = useMutation({
    mutationFn: (wanted: Wanted) => take(view, wanted),
    onSuccess: (said) => notifications.show({ message: said, color: 'teal' }),
    onError: (error) => {
      const { title, advice } = inWords(error);
      notifications.show({ title, message: advice, color: 'red' });
    },
  });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button leftSection={<IconListDetails size={16} />} loading={isPending}>
          List connected clients
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {ways.map(({ label, Icon, ...wanted }) => (
          <Menu.Item key={label} leftSection={<Icon size={16} />} onClick={() => mutate(wanted)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

const ways = [
  { way: 'copy', format: 'json', label: 'Copy as JSON', Icon: IconCopy },
  { way: 'copy', format: 'csv', label: 'Copy as CSV', Icon: IconCopy },
  { way: 'download', format: 'json', label: 'Download as JSON', Icon: IconDownload },
  { way: 'download', format: 'csv', label: 'Download as CSV', Icon: IconDownload },
] as const;

/** What the table shows, but with whole messages. Resolves with what was done, for people. */
async function take({ filters, search }: View, { way, format }: Wanted): Promise<string> {
  const clients: Client[] = [];
  for await (const page of clientPages(filters))
    clients.push(...page.filter((client) => search === '' || contains(client, search)));
  const text = format === 'json' ? toJson(clients) : toCsv(clients);
  const done = way === 'copy' ? await copy(text) : download(text, format);
  return `${clients.length.toLocaleString()} ${clients.length === 1 ? 'client' : 'clients'} ${done}`;
}

async function copy(text: string): Promise<string> {
  // Browsers have it on HTTPS and on this machine only, whatever its type says.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (!clipboard) throw new Error('The browser lets pages copy by HTTPS only. Download the list instead.');
  await clipboard.writeText(text);
  return 'copied';
}

function download(text: string, format: ListFormat): string {
  const type = format === 'json' ? 'application/json' : 'text/csv;charset=utf-8';
  const url = URL.createObjectURL(new Blob([text], { type }));
  const name = `clients-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}Z.${format}`;
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return `saved as ${name}`;
}
