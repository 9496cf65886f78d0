import { z } from 'zod';
import type { OnBusy } from '../history/event.ts';

export type { OnBusy };

/** Of a session that says nothing else. */
export const defaultOnBusy: OnBusy = 'PARALLEL';

export const onBusyInput = z.enum(['PARALLEL', 'QUEUE', 'REJECT', 'CANCEL_PREVIOUS'] satisfies OnBusy[]);
