import { slug } from '../prose.ts';
import { hash } from '../random.ts';

/** A text in a format of JSON Schema (or one that zod adds); undefined for a format that is not known. Always the same for the same words. */
export function textInFormat(format: string, words: string, index: number): string | undefined {
  const digits = hash(`${format} ${words} ${index}`);
  const more = hash(`${digits} more`);
  const name = slug(words, 24) || 'lion';
  const date = new Date(Date.UTC(2030, 0, 8 + index * 14)).toISOString().slice(0, 10);
  const upper = (digits + more).toUpperCase().replaceAll(/[^0-9A-F]/g, '0');
  switch (format) {
    case 'date-time':
      return `${date}T09:30:00Z`;
    case 'date':
      return date;
    case 'time':
      return '09:30:00';
    case 'duration':
      return `P${index + 1}W`;
    case 'email':
    case 'idn-email':
      return `${name}@example.org`;
    case 'hostname':
    case 'idn-hostname':
      return `${name}.example.org`;
    case 'ipv4':
      return `192.0.2.${(index % 250) + 1}`;
    case 'ipv6':
      return `2001:db8::${(index + 1).toString(16)}`;
    case 'cidrv4':
      return '192.0.2.0/24';
    case 'cidrv6':
      return '2001:db8::/32';
    case 'mac':
      return '00:00:5E:00:53:01';
    case 'uri':
    case 'url':
    case 'iri':
      return `https://example.org/${name}${index === 0 ? '' : `/${index + 1}`}`;
    case 'uri-reference':
    case 'iri-reference':
    case 'json-pointer':
      return `/${name}`;
    case 'uri-template':
      return `https://example.org/${name}/{id}`;
    case 'uuid':
    case 'guid':
      return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${more.slice(0, 3)}-8${more.slice(3, 6)}-${(digits.slice(2) + more).slice(0, 12)}`;
    case 'ulid':
      return `01J${upper.slice(0, 23)}`;
    case 'cuid':
      return `c${(digits + more).slice(0, 24)}`;
    case 'cuid2':
      return `a${(digits + more).slice(0, 23)}`;
    case 'xid':
      return (digits + more).slice(0, 20);
    case 'ksuid':
      return `0${(digits + more).slice(0, 26)}`;
    case 'nanoid':
      return (digits + more).slice(0, 21);
    case 'base64':
      return Buffer.from(name).toString('base64');
    case 'base64url':
      return Buffer.from(name).toString('base64url');
    case 'jwt':
      return ['{"alg":"HS256","typ":"JWT"}', JSON.stringify({ sub: name }), name]
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.');
    case 'e164':
    case 'phone':
      return '+442079460000';
    case 'emoji':
      return '🦁';
    case 'regex':
      return '^[a-z]+$';
    case 'json-string':
      return JSON.stringify(words);
    case 'hex':
      return digits;
    default:
      return undefined;
  }
}
