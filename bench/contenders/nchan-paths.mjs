/** Where nginx and its module nchan are, if they are. */
import { existsSync } from 'node:fs';

export const NGINX = process.env.NGINX_PROGRAM ?? '/usr/sbin/nginx';
export const NCHAN_MODULE = process.env.NCHAN_MODULE ?? '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** Nothing installs them: who has none, compares with none. */
export const hasNchan = () => existsSync(NGINX) && existsSync(NCHAN_MODULE);
