/** Something that one side reaches, and goes on from when the other opens it. */
export interface Gate {
  /** Resolves once somebody is there. */
  reached: Promise<void>;
  reach(): void;
  /** Resolves once it is open. */
  opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let reach = (): void => {};
  let open = (): void => {};
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { reached, reach, opened, open };
}

/** Never goes on; rejects as soon as the signal fires. */
export const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
