import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import proxyAddr from 'proxy-addr';
import { InputInvalidError } from '../errors.ts';

/** Where a request comes from, as far as that can be believed. */
export type AddressOf = (request: IncomingMessage) => string;

/** More proxies than any request passes. */
const mostHops = 20;

/**
 * Reads LION_TRUST_PROXY: how many proxies there are before Lion, or their addresses, as in `loopback, 10.0.0.0/8`. What they say of where a
 * request comes from (`X-Forwarded-For`) is believed, and what anybody else says is not.
 *
 * @param trusted empty: nobody is believed
 * @throws InputInvalidError
 */
export function openAddresses(trusted: string): AddressOf {
  const trust = trustOf(trusted.trim());
  if (!trust) return ({ socket }) => socket.remoteAddress ?? '';
  return (request) => proxyAddr(request, trust);
}

function trustOf(trusted: string): ((address: string, hop: number) => boolean) | undefined {
  if (trusted === '' || trusted === '0') return undefined;
  if (/^\d+$/.test(trusted)) {
    const hops = Number(trusted);
    if (hops > mostHops) refuse(`must be at most ${mostHops} proxies`);
    return (_address, hop) => hop < hops;
  }
  try {
    return proxyAddr.compile(trusted.split(',').map((address) => address.trim()));
  } catch {
    return refuse(
      'must be how many proxies there are before Lion, or their addresses with commas between them, as in loopback, 10.0.0.0/8',
    );
  }
}

function refuse(message: string): never {
  throw new InputInvalidError([{ path: 'LION_TRUST_PROXY', message }]);
}

const known = new LRUCache<string, string>({ max: 10_000 });

/** What is counted of an address: of IPv6 its first 64 bits, as whoever has one address there has all of them. */
export function networkOf(address: string): string {
  let network = known.get(address);
  if (network === undefined) known.set(address, (network = readNetwork(address)));
  return network;
}

function readNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return address.slice(0, 64);
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const first = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return `${first.join(':')}::/64`;
}
