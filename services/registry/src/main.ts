/** The registry process. */
import 'reflect-metadata';
import { runCommandLine } from '@wscm/runtime';
import { startRegistry } from './registry';
import { readSettings, variables } from './settings';
import { VERSION } from './version';

const registry = { name: 'registry', version: VERSION, variables, check: readSettings, start: startRegistry };

void runCommandLine(registry, process.argv.slice(2), process.env);
