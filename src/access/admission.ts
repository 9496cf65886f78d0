import { UnauthenticatedError, type Keys, type Viewer } from './key.ts';
import type { Limits, Quota } from './limits.ts';

export interface Admitted {
  /** Undefined where no key was given. */
  viewer: Viewer | undefined;
  /** What is left of the limits that the request was counted on. */
  quotas: readonly Quota[];
}

/** Lets requests in. Every transport asks here first, before it reads what is asked for. */
export interface Admission {
  /**
   * Finds out who asks, and counts the request.
   *
   * @param address where it comes from, as `networkOf` has it
   * @throws UnauthenticatedError for a key that is not known, RateLimitedError
   */
  admit(secret: string | undefined, address: string): Promise<Admitted>;
  /**
   * Finds out who asks. Keys that are not known are counted by address. From one that tried too many of them, a key passes that was used
   * before since Lion was started, as others may share the address; any other is not even looked for.
   *
   * @throws UnauthenticatedError, RateLimitedError
   */
  authenticate(secret: string | undefined, address: string): Promise<Viewer>;
}

export function openAdmission(keys: Keys, limits: Limits): Admission {
  async function authenticate(secret: string | undefined, address: string): Promise<Viewer> {
    try {
      return await keys.authenticate(secret, () => limits.login(address));
    } catch (error) {
      if (error instanceof UnauthenticatedError && error.why === 'UNKNOWN') await limits.failedLogin(address);
      throw error;
    }
  }
  return {
    authenticate,
    async admit(secret, address) {
      const viewer = secret === undefined ? undefined : await authenticate(secret, address);
      return { viewer, quotas: await limits.request(viewer, address) };
    },
  };
}
