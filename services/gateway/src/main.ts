/** The gateway process. */
import { setFlagsFromString } from 'node:v8';
import { runCommandLine } from '@wscm/runtime';
import { checkGateway, startGateway, VERSION } from './gateway';
import { variables } from './settings';

// Most of the heap are connections that only wait. V8 would let as much garbage pile up beside them before it collects, and
// never return that memory as long as nothing happens: 1 KB and more for each connection. (30 saves another half, and costs a
// tenth more of CPU for connects that come in a storm.)
setFlagsFromString('--heap-growing-percent=70');

const gateway = { name: 'gateway', version: VERSION, variables, check: checkGateway, start: startGateway };

void runCommandLine(gateway, process.argv.slice(2), process.env);
