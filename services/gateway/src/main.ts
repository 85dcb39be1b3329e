/** The gateway process. */
import { runCommandLine } from '@wscm/runtime';
import { checkGateway, startGateway, VERSION } from './gateway';
import { variables } from './settings';

const gateway = { name: 'gateway', version: VERSION, variables, check: checkGateway, start: startGateway };

void runCommandLine(gateway, process.argv.slice(2), process.env);
