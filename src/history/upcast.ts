/** A payload of an earlier version, of which only what an upcaster reads is known. */
type OldPayload = Record<string, unknown>;

const noUsage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, reasoningTokens: 0, cost: 0 };

const withoutOrder = (old: OldPayload): OldPayload => ({ ...old, onBusy: 'PARALLEL' });

/** Of each type that has changed: what makes a payload of version n one of version n + 1, for n = 1, 2, ... Pure. */
const upcasters: Record<string, readonly ((old: OldPayload) => OldPayload)[]> = {
  SessionCreated: [withoutOrder],
  SessionUpdated: [withoutOrder],
  SessionForked: [withoutOrder],
  OperationQueued: [(old) => ({ ...old, name: null })],
  // The kind was not kept; only an output needs it, and there was none.
  OperationFailed: [(old) => ({ ...old, kind: null, partialOutput: null })],
  StepStarted: [(old) => ({ ...old, model: null, prompt: null })],
  StepRetrying: [(old) => ({ ...old, model: null, nextModel: null, usage: noUsage })],
  StepSucceeded: [(old) => ({ ...old, mends: [] })],
  IdeaProposed: [(old) => ({ ...old, idea: { ...(old['idea'] as OldPayload), development: null } })],
  PlanStepProposed: [
    (old) => ({ ...old, planStep: { ...(old['planStep'] as OldPayload), partOf: null, status: 'PLANNED', operation: null } }),
  ],
};

/** Brings a stored payload to the newest version of its type. */
export function upcast(type: string, version: number, payload: unknown): unknown {
  return (upcasters[type] ?? []).slice(version - 1).reduce<unknown>((old, toNext) => toNext(old as OldPayload), payload);
}
