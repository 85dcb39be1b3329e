/** The contracts' schemas as the classes that Nest wants for validation and OpenAPI. */
import {
  broadcastResultSchema,
  bulkSendRequestSchema,
  bulkSendResultSchema,
  clientCountSchema,
  clientFiltersSchema,
  clientListQuerySchema,
  clientPageSchema,
  clientSchema,
  disconnectRequestSchema,
  eventQuerySchema,
  gatewaySchema,
  registriesSchema,
  sendResultSchema,
} from '@wscm/contracts';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

export class ClientListQueryDto extends createZodDto(clientListQuerySchema) {}
export class ClientFiltersDto extends createZodDto(clientFiltersSchema) {}
export class ClientDto extends createZodDto(clientSchema) {}
export class ClientPageDto extends createZodDto(clientPageSchema) {}
export class ClientCountDto extends createZodDto(clientCountSchema) {}
export class SendResultDto extends createZodDto(sendResultSchema) {}
export class BulkSendRequestDto extends createZodDto(bulkSendRequestSchema) {}
export class BulkSendResultDto extends createZodDto(bulkSendResultSchema) {}
export class BroadcastResultDto extends createZodDto(broadcastResultSchema) {}
export class DisconnectRequestDto extends createZodDto(disconnectRequestSchema) {}
export class EventQueryDto extends createZodDto(eventQuerySchema) {}
export class RegistriesDto extends createZodDto(registriesSchema) {}
export class GatewaysDto extends createZodDto(z.object({ items: z.array(gatewaySchema) })) {}
