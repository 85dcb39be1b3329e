/** The registry process. */
import 'reflect-metadata';
import { runService } from '@wscm/runtime';
import { startRegistry } from './registry';

void runService(startRegistry, process.env);
