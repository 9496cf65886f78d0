import type { Logger } from 'pino';
import type { Tracer } from '../origin.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens what traces go through, where OpenTelemetry's own variables say where to: `OTEL_EXPORTER_OTLP_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. All other variables are read by its SDK, from the environment of the process.
 *
 * @returns undefined where nothing is to be traced: then nothing of OpenTelemetry is loaded
 */
export async function openTracing(env: Environment, logger: Logger): Promise<Tracer | undefined> {
  if (!isWanted(env)) return undefined;
  const { openOtlp } = await import('./otlp.ts');
  return openOtlp(env, logger);
}

function isWanted(env: Environment): boolean {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!endpoint || env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return false;
  const exporters = (env['OTEL_TRACES_EXPORTER'] || 'otlp').split(',').map((name) => name.trim());
  return exporters.includes('otlp');
}
