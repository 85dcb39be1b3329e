/** Traces (OpenTelemetry): off, and then nothing of OpenTelemetry is loaded, unless an endpoint is set. */
export { tracingShape, type TracingSettings } from './settings';
export { startTracing, stopTracing, tracing, type TracingLog } from './tracing';
export type { Attributes, HeaderReader, OpenSpan, SpanStart, Tracing } from './spans';
export { type BusMessageFacts, messagingAttributes } from './messaging';
