// nginx with nchan, where both are installed (Debian: `apt-get install libnginx-mod-nchan`): runs nginx in the foreground
// with one worker, and ends it with itself. NGINX_PROGRAM and NCHAN_MODULE tell other places than Debian's.
/* global fetch, setTimeout */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NCHAN_MODULE, NGINX } from './nchan-paths.mjs';

const port = Number(process.env.PORT);
const folder = mkdtempSync(join(tmpdir(), 'wscm-bench-nchan-'));
const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((name) => `${name}_temp_path ${folder}/${name};`)
  .join(' ');

writeFileSync(
  join(folder, 'nginx.conf'),
  `load_module ${NCHAN_MODULE};
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 18000; }
http {
  access_log off;
  ${temporary}
  nchan_shared_memory_size 256M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    client_max_body_size 1m;
    client_body_buffer_size 128k;
    location = / { return 204; }
    location = /sub {
      nchan_subscriber websocket;
      nchan_channel_id all;
      nchan_subscriber_first_message newest;
    }
    location = /broadcast {
      nchan_publisher http;
      nchan_channel_id all;
      nchan_message_buffer_length 100;
      nchan_message_timeout 10s;
    }
  }
}
`,
);
const nginx = spawn(NGINX, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
process.on('SIGTERM', () => nginx.kill('SIGTERM'));
nginx.on('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code ?? 0);
});
while (!(await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)))
  await new Promise((resolve) => setTimeout(resolve, 50));
console.log(JSON.stringify({ ready: true }));
