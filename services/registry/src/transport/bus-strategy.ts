/** Nest's transport for the bus: each `@MessagePattern` is an endpoint of the NATS service, payloads without an envelope. */
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { type Bus, type NatsService, serveNatsService, type ServiceEndpoint, type ServiceRequest } from '@wscm/bus';
import { Problem, type Subjects } from '@wscm/contracts';
import type { Logger } from '@wscm/runtime';
import { lastValueFrom } from 'rxjs';
import { toProblem } from './to-problem';
import { inEndpointSpan } from './traced-endpoint';

/** Extras of `@MessagePattern`: what `nats micro info` shows. */
export interface EndpointExtras {
  name: string;
  request: string;
  response: string;
}

/** What an endpoint's handler gets as `@Payload()`. */
export interface EndpointRequest {
  /** What the subject has in place of the pattern's `>`, e.g. a replyId; else empty. */
  argument: string;
  data: Uint8Array;
  /** The value of a header, or an empty text. */
  header: (name: string) => string;
}

/** Requests under way at a time; further ones are answered 503, so that a flood does not fill the memory. */
export const MAX_REQUESTS = 5_000;

export interface BusStrategyParts {
  bus: Bus;
  subjects: Subjects;
  version: string;
  log: Logger;
}

export class BusStrategy extends Server implements CustomTransportStrategy {
  private service: NatsService | undefined;
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(private readonly parts: BusStrategyParts) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  /** Takes no more requests, and finishes those that were taken. */
  async close(): Promise<void> {
    await this.service?.stop();
    await Promise.all(this.underWay);
  }

  on(): never {
    throw new Error('this transport has no events of its own');
  }

  unwrap(): never {
    throw new Error('the bus is injected where it is needed');
  }

  private async start(): Promise<void> {
    const { bus, subjects, version } = this.parts;
    this.service = await serveNatsService(bus, {
      name: subjects.service,
      version,
      description: 'Who is connected over WebSocket; send to one or to all; disconnect',
      endpoints: [...this.messageHandlers].map(([pattern, handler]) => this.endpoint(pattern, handler)),
    });
  }

  private endpoint(pattern: string, handler: MessageHandler): ServiceEndpoint {
    const { name, request, response } = handler.extras as EndpointExtras;
    const subject = this.parts.subjects.endpoint(pattern);
    const argumentAt = pattern.endsWith('>') ? subject.length - 1 : Infinity;
    return {
      name,
      subject,
      metadata: { request, response },
      handle: (received) =>
        inEndpointSpan(pattern, received, () => this.answer(handler, toRequest(received, argumentAt))),
    };
  }

  private async answer(handler: MessageHandler, request: EndpointRequest): ReturnType<ServiceEndpoint['handle']> {
    if (this.underWay.size >= MAX_REQUESTS)
      return { problem: new Problem('unavailable', 'too many requests at a time') };
    const answered = this.call(handler, request).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ problem: toProblem(error, this.parts.log) }),
    );
    this.underWay.add(answered);
    void answered.finally(() => this.underWay.delete(answered));
    return answered;
  }

  private async call(handler: MessageHandler, payload: unknown): Promise<unknown> {
    return lastValueFrom(this.transformToObservable(await handler(payload)), { defaultValue: undefined });
  }
}

const toRequest = ({ subject, data, header }: ServiceRequest, argumentAt: number): EndpointRequest => ({
  argument: subject.slice(argumentAt),
  data,
  header,
});
