/** What a person reads when the system is ready: where everything is, who runs, and what to try. */
import type { System } from '../system/system';

/** The whole text, of several lines. */
export function readyText(system: System): string {
  const { webSocket, registries, nats, mongodb } = system.urls;
  const rest = registries[0] ?? '';
  return `
The system is ready.

  Console    ${rest}/
  WebSocket  ${webSocket}/
  REST       ${rest}/v1/clients
  Docs       ${rest}/docs
  NATS       ${nats}
  MongoDB    ${mongodb}

${processes(system)}

Try:

  npx wscat -c ${webSocket}/
  curl ${rest}/v1/clients
  curl -H 'content-type: text/plain' -d 'hello, all' ${rest}/v1/broadcast

Ctrl-C ends everything and keeps the data.
`;
}

function processes(system: System): string {
  const replicas = system.replicas.map(({ name, pid, url }) => [name, pid, url] as const);
  const servers = system.servers.map(({ name, pid, logFile }) => [name, pid, `log in ${logFile}`] as const);
  const all = [...replicas, ...servers];
  const width = Math.max(...all.map(([name]) => name.length));
  return all.map(([name, pid, where]) => `  ${name.padEnd(width)}  pid ${String(pid).padEnd(7)}  ${where}`).join('\n');
}
