/** What can go wrong for a caller, with one HTTP status each: RFC 9457 over REST, `Nats-Service-Error-Code` over NATS. */
export const problems = {
  badRequest: { status: 400, title: 'Bad request' },
  notFound: { status: 404, title: 'No such client' },
  gone: { status: 410, title: 'The client has disconnected' },
  tooBig: { status: 413, title: 'The message is too big' },
  unsupportedMediaType: { status: 415, title: 'Unsupported content type' },
  gatewayUnreachable: { status: 503, title: "The client's gateway can't be reached" },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
  internal: { status: 500, title: 'Internal error' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemKind = keyof typeof problems;

/** Body of an error answer: RFC 9457. `type` is always `about:blank`, so `title` and `status` tell the kind. */
export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  detail?: string;
}

/** An expected failure on its way to the caller. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly kind: ProblemKind,
    detail?: string,
  ) {
    super(detail ?? problems[kind].title);
  }

  get status(): number {
    return problems[this.kind].status;
  }

  toDetails(): ProblemDetails {
    const { title, status } = problems[this.kind];
    return { type: 'about:blank', title, status, ...(this.message === title ? {} : { detail: this.message }) };
  }
}
