/** A NATS service (`nats micro`): endpoints under fixed subjects, answered by any of the processes that run it. */
import { Problem } from '@wscm/contracts';
import type { Service, ServiceMsg } from 'nats';
import type { Bus } from './bus';
import { isTooLarge } from './bus-error';

export interface ServiceRequest {
  /** The whole subject; an endpoint's own may end with a wildcard. */
  subject: string;
  data: Uint8Array;
  /** The value of a header, or an empty text. */
  header: (name: string) => string;
}

type Outcome = { answer: unknown } | { problem: Problem };

export interface ServiceEndpoint {
  /** Shown by `nats micro info`: letters, digits, `-` and `_`. */
  name: string;
  subject: string;
  /** Shown by `nats micro info`: what goes in and what comes out. */
  metadata: Record<string, string>;
  /** Resolves with the answer's JSON, or with the failure to tell. Must not reject. */
  handle: (request: ServiceRequest) => Promise<Outcome>;
}

export interface ServiceOptions {
  name: string;
  /** Semantic version. */
  version: string;
  description: string;
  endpoints: readonly ServiceEndpoint[];
}

export interface NatsService {
  /** Stops taking requests. */
  stop(): Promise<void>;
}

/** Serves until stopped. Errors go into the headers `Nats-Service-Error-Code` and `Nats-Service-Error`. */
export async function serveNatsService(bus: Bus, options: ServiceOptions): Promise<NatsService> {
  const { name, version, description } = options;
  const service = await bus.connection.services.add({ name, version, description });
  for (const endpoint of options.endpoints) addEndpoint(bus, service, endpoint);
  return {
    stop: async () => {
      await service.stop();
    },
  };
}

function addEndpoint(bus: Bus, service: Service, { name, subject, metadata, handle }: ServiceEndpoint): void {
  service.addEndpoint(name, {
    subject,
    metadata,
    handler: (error, message) => {
      if (error) return;
      void handle(toRequest(message)).then((outcome) => bus.turn.atEnd(() => respond(message, outcome)));
    },
  });
}

function respond(message: ServiceMsg, outcome: Outcome): void {
  try {
    respondOrThrow(message, outcome);
  } catch {
    // The connection has ended meanwhile: nobody can be told.
  }
}

function respondOrThrow(message: ServiceMsg, outcome: Outcome): void {
  if ('problem' in outcome) {
    respondProblem(message, outcome.problem);
    return;
  }
  try {
    message.respond(JSON.stringify(outcome.answer));
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    respondProblem(message, new Problem('tooBig', 'the answer is larger than one NATS message may be; ask for less'));
  }
}

const toRequest = (message: ServiceMsg): ServiceRequest => ({
  subject: message.subject,
  data: message.data,
  header: (name) => message.headers?.get(name) ?? '',
});

/** The problem's details as body, too. A header takes no line breaks. */
function respondProblem(message: ServiceMsg, problem: Problem): void {
  const oneLine = problem.message.replaceAll(/\s+/g, ' ');
  message.respondError(problem.status, oneLine, new TextEncoder().encode(JSON.stringify(problem.toDetails())));
}
