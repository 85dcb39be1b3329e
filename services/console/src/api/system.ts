/** The registry's requests about the system itself, and to all clients. All throw `ApiError`. */
import {
  type BroadcastResult,
  broadcastResultSchema,
  type Gateway,
  gatewaySchema,
  type Registries,
  registriesSchema,
} from '@wscm/contracts';
import { z } from 'zod';
import { bodyOf, type Message } from './clients';
import { ask } from './request';

const gatewaysSchema = z.object({ items: z.array(gatewaySchema) });

export const listGateways = async (signal: AbortSignal): Promise<Gateway[]> =>
  (await ask(gatewaysSchema, 'v1/gateways', { signal })).items;

export const listRegistries = (signal: AbortSignal): Promise<Registries> =>
  ask(registriesSchema, 'v1/registries', { signal });

export const broadcast = (message: Message): Promise<BroadcastResult> =>
  ask(broadcastResultSchema, 'v1/broadcast', { method: 'POST', body: bodyOf(message) });
