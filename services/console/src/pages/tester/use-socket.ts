/** A WebSocket of this page, and what went over it: the last entries, as a log. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Message } from '../../api/clients';
import { closeInWords } from './close-in-words';

export type SocketState =
  | { is: 'closed' }
  | { is: 'connecting' }
  /** `replyId` is null until the first frame has told it. */
  | { is: 'open'; replyId: string | null };

export type LogEntry = { id: number; time: string } & (
  { from: 'client' | 'server'; message: Message } | { from: 'page'; text: string; isFault: boolean }
);

type NewEntry = { from: 'client' | 'server'; message: Message } | { from: 'page'; text: string; isFault: boolean };

const MAX_ENTRIES = 300;

export interface Tester {
  state: SocketState;
  log: readonly LogEntry[];
  open: (url: string) => void;
  send: (message: Message) => void;
  close: () => void;
}

export function useSocket(): Tester {
  const socket = useRef<WebSocket | null>(null);
  const lastId = useRef(0);
  const [state, setState] = useState<SocketState>({ is: 'closed' });
  const [log, setLog] = useState<readonly LogEntry[]>([]);

  const note = useCallback((entry: NewEntry) => {
    const whole = { ...entry, id: ++lastId.current, time: new Date().toISOString() };
    setLog((entries) => [...entries.slice(1 - MAX_ENTRIES), whole]);
  }, []);
  const say = useCallback((text: string, isFault = false) => note({ from: 'page', text, isFault }), [note]);

  const open = useCallback(
    (url: string) => {
      socket.current?.close();
      setState({ is: 'connecting' });
      say(`Connecting to ${url}`);
      const opened = dial(url);
      if (typeof opened === 'string') {
        setState({ is: 'closed' });
        say(opened, true);
        return;
      }
      socket.current = opened;
      const isCurrent = () => socket.current === opened;
      opened.addEventListener('open', () => isCurrent() && setState({ is: 'open', replyId: null }));
      opened.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
        if (!isCurrent()) return;
        note({ from: 'server', message: toMessage(data) });
        setState((now) => (now.is === 'open' && now.replyId === null ? { is: 'open', replyId: replyIdIn(data) } : now));
      });
      opened.addEventListener('close', ({ code, reason }) => {
        if (!isCurrent()) return;
        socket.current = null;
        setState({ is: 'closed' });
        say(closeInWords(code, reason), code !== 1000);
      });
    },
    [note, say],
  );
  const send = useCallback(
    (message: Message) => {
      if (socket.current?.readyState !== WebSocket.OPEN) return;
      socket.current.send(message.data);
      note({ from: 'client', message });
    },
    [note],
  );
  const close = useCallback(() => socket.current?.close(1000, 'closed by the tester'), []);
  useEffect(() => () => socket.current?.close(1000, 'the tester was left'), []);
  return { state, log, open, send, close };
}

/** A text says why there is none. */
function dial(url: string): WebSocket | string {
  // A browser takes anything else for a path on the registry.
  if (!/^wss?:\/\//i.test(url)) return 'The address of a gateway begins with ws:// or wss://.';
  try {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    return socket;
  } catch (error) {
    return `This address can’t be connected to: ${(error as Error).message}`;
  }
}

const toMessage = (data: string | ArrayBuffer): Message =>
  typeof data === 'string' ? { type: 'text', data } : { type: 'binary', data: new Uint8Array(data) };

/** Of the greeting, which is a client's first frame; null where it is none. */
export function replyIdIn(data: string | ArrayBuffer): string | null {
  if (typeof data !== 'string') return null;
  try {
    const { type, replyId } = JSON.parse(data) as { type?: unknown; replyId?: unknown };
    return type === 'connected' && typeof replyId === 'string' ? replyId : null;
  } catch {
    return null;
  }
}
