import { LionClientError } from './errors.ts';

/** Where a Lion is: an URL such as `http://127.0.0.1:8000`; or what finds it, asked again after each lost connection. */
export type Location = string | (() => string | Promise<string>);

/** The endpoint of the API, as far as it is known. */
export interface Address {
  /** @throws LionClientError, and whatever the location throws */
  current(): Promise<string>;
  /** It was not reached: where it is has to be found out again. */
  lost(): void;
}

export function openAddress(location: Location): Address {
  if (typeof location === 'string') {
    const url = endpoint(location);
    return { current: () => Promise.resolve(url), lost: () => {} };
  }
  let known: Promise<string> | undefined;
  const find = async (): Promise<string> => endpoint(await location());
  return {
    current() {
      known ??= find().catch((error: unknown) => {
        known = undefined;
        throw error;
      });
      return known;
    },
    lost: () => (known = undefined),
  };
}

/** The path of the API is added where it is missing. */
function endpoint(location: string): string {
  const url = URL.canParse(location) ? new URL(location) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new LionClientError('BAD_INPUT', `${withoutUser(location)} is not the URL of a Lion, such as http://127.0.0.1:8000.`);
  if (url.username + url.password !== '')
    throw new LionClientError(
      'BAD_INPUT',
      `The URL of a Lion, here at ${url.host}, has no user and no password: give the key apart from it.`,
    );
  url.hash = '';
  url.search = '';
  url.pathname = url.pathname.replace(/\/+$/, '');
  if (!url.pathname.endsWith('/graphql')) url.pathname = `${url.pathname === '/' ? '' : url.pathname}/graphql`;
  return url.href;
}

/** What nobody is to read again, where somebody took an address for the place to put it. */
const withoutUser = (location: string): string => location.replace(/[^/]*@/, '');
