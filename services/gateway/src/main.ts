/** The gateway process. */
import { runService } from '@wscm/runtime';
import { startGateway } from './gateway';

void runService(startGateway, process.env);
