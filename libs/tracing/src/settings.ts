/** The standard variables of OpenTelemetry that decide over traces. The SDK reads the others itself. */
import { url } from '@wscm/runtime';
import { z } from 'zod';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const endpoint = url('http', 'https').optional();
const protocol = z.literal('http/protobuf', 'must be http/protobuf, the only protocol spoken').optional();
const isRatio = (text: string): boolean => text.trim() !== '' && Number(text) >= 0 && Number(text) <= 1;

/** Part of a service's schema. */
export const tracingShape = {
  /** Traces go to `<this>/v1/traces`. Without it, or the one for traces alone, there are none. */
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  /** Traces go to this very URL. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint,
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
  /** Which traces are kept, decided where they begin. */
  OTEL_TRACES_SAMPLER: z.enum(samplers).default('parentbased_always_on'),
  /** The part that is kept, by a sampler with a ratio. */
  OTEL_TRACES_SAMPLER_ARG: z.string().refine(isRatio, 'must be a number from 0 to 1').optional(),
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).optional(),
  OTEL_SDK_DISABLED: z.string().optional(),
};

export type TracingSettings = Readonly<z.infer<z.ZodObject<typeof tracingShape>>>;

export function wantsTraces(settings: TracingSettings): boolean {
  if (settings.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || settings.OTEL_TRACES_EXPORTER === 'none') return false;
  return (settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_ENDPOINT) !== undefined;
}
