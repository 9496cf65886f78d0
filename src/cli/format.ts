import { stripVTControlCharacters, styleText } from 'node:util';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** Gives text a look, where what it is written to shows one. */
export type Paint = Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>;

/** The looks that a stream shows: none unless it is a terminal; `NO_COLOR` and `FORCE_COLOR` decide otherwise. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  const look = (style: keyof Paint) => (text: string) => styleText(style, text, { stream, validateStream: true });
  return {
    bold: look('bold'),
    dim: look('dim'),
    red: look('red'),
    green: look('green'),
    yellow: look('yellow'),
    cyan: look('cyan'),
  };
}

/** Text of others in one line: nothing in it can move the cursor or colour the terminal. */
export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ').trim();
}

/** Text of others, with its line breaks. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '  ')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '');
}

const graphemes = new Intl.Segmenter();

/** Text without looks, cut to at most so many columns. */
export function truncate(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let width = 1;
  for (const { segment } of graphemes.segment(text)) {
    width += stringWidth(segment);
    if (width > columns) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** So many columns of text, filled up with spaces. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - stringWidth(text)));
}

/** Text in lines of at most so many columns, each after an indent. */
export function wrapped(text: string, columns: number, indent = ''): string[] {
  const room = Math.max(10, columns - stringWidth(indent));
  return printable(text)
    .trim()
    .split('\n')
    .flatMap((paragraph) => wrapAnsi(paragraph, room, { hard: true }).split('\n'))
    .map((line) => (line === '' ? '' : indent + line));
}

/** A time span as people read it: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (number: number): string => String(number).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** A number with its thousands apart. */
export const grouped = (number: number): string => number.toLocaleString('en-US');

/** `1 idea`, `2 ideas`. */
export const counted = (number: number, noun: string): string => `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;

/** Micro-US-dollars as dollars, with as many digits as it takes to see something. */
export function money(micros: number): string {
  const dollars = micros / 1_000_000;
  return `$${dollars >= 1 || dollars === 0 ? dollars.toFixed(2) : dollars.toPrecision(2)}`;
}
