/** A clock that all processes of a machine share (CLOCK_MONOTONIC), in milliseconds: the one of `server/parent.mjs`. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;
