import type { Random } from '../random.ts';
import { numberOf, type Schema } from './schema.ts';

/** What is known when a value is written. */
export interface Place {
  /** Words of the property's name, in small letters: "guest count". */
  name: string;
  /** Which item of the nearest list this is part of, from 0. */
  index: number;
  /** Tells items of different lists apart too: items of the second list go on after those of the first. */
  serial: number;
  /** How many values in this place were refused because the list has them already. */
  variant: number;
  /** Whether it is part of a list at all. */
  listed: boolean;
}

/** A number that the schema allows: one from the text where one fits the name, else one that is usual for such a name. */
export function fillNumber(schema: Schema, whole: boolean, place: Place, text: string, random: Random): number {
  const unit = whole ? 1 : 0.01;
  const step = numberOf(schema, 'multipleOf', undefined);
  const open = { least: schema['exclusiveMinimum'], most: schema['exclusiveMaximum'] };
  // Draft 4 and OpenAPI 3.0 say it with a boolean beside the bound.
  const least = Math.max(
    numberOf(schema, 'minimum', Number.NEGATIVE_INFINITY) + (open.least === true ? unit : 0),
    typeof open.least === 'number' ? open.least + tick(open.least, schema, whole) : Number.NEGATIVE_INFINITY,
  );
  const most = Math.min(
    numberOf(schema, 'maximum', Number.POSITIVE_INFINITY) - (open.most === true ? unit : 0),
    typeof open.most === 'number' ? open.most - tick(open.most, schema, whole) : Number.POSITIVE_INFINITY,
  );
  const fits = (value: number): boolean =>
    value >= least && value <= most && (!whole || Number.isInteger(value)) && (step === undefined || isMultiple(value, step));
  const grid = whole ? (step === undefined ? 1 : wholeStep(step)) : step;
  if (place.variant > 0)
    return aligned((Number.isFinite(least) ? least : 0) + (place.variant - 1) * (grid ?? tickOf(least, most)), least, most, grid);
  const said = numberFor(place, text, fits);
  if (said !== undefined) return said;
  const usual = Math.min(most, Math.max(least, usualFor(place, least, most, random)));
  return aligned(usual, least, most, grid);
}

/** A distance between values of a range, fine enough for a list of different ones. */
function tickOf(least: number, most: number): number {
  return Number.isFinite(most - least) ? (most - least) / 1000 : 1;
}

/** The distance to keep from a bound that is not allowed itself: small enough for narrow ranges. */
function tick(bound: number, schema: Schema, whole: boolean): number {
  if (whole) return Number.isInteger(bound) ? 1 : 0;
  const [low, high] = [
    numberOf(schema, 'exclusiveMinimum', numberOf(schema, 'minimum', bound - 1)),
    numberOf(schema, 'exclusiveMaximum', numberOf(schema, 'maximum', bound + 1)),
  ];
  return Math.min(0.01, Math.abs(high - low) / 100) || Number.EPSILON;
}

function isMultiple(value: number, step: number): boolean {
  const times = value / step;
  return Math.abs(times - Math.round(times)) < 1e-9;
}

function wholeStep(step: number): number {
  for (let times = 1; times <= 1000; times += 1) if (Number.isInteger(step * times)) return step * times;
  return 1;
}

function aligned(value: number, least: number, most: number, step: number | undefined): number {
  if (step === undefined) return tidy(value);
  const down = tidy(Math.floor(value / step + 1e-9) * step);
  if (down >= least && down <= most) return down;
  return tidy(Math.ceil(least / step - 1e-9) * step);
}

function tidy(value: number): number {
  return Math.abs(value) < 1e15 ? Number(value.toPrecision(12)) : value;
}

const QUANTITY =
  /\b(?:count|number|amount|quantity|total|size|people|guests?|participants?|seats?|budget|price|cost|limit|days?|weeks?|months?|hours?|minutes?|years?|duration|length|capacity|max|min|target|goal|age|distance|weight|steps?|rooms?)\b/;

function numberFor({ name, listed }: Place, text: string, fits: (value: number) => boolean): number | undefined {
  const found = [...text.matchAll(/(?<![\w.,])([€$£]?\s?\d[\d,]*(?:\.\d+)?)(?:\s?([\p{L}€$£%]+))?/gu)].map(
    ([, digits = '', unit = '']) => ({
      value: Number(digits.replaceAll(/[^\d.]/g, '')),
      unit: /[€$£]/.test(digits) ? 'budget price cost' : unit.toLowerCase(),
    }),
  );
  const words = name.split(' ');
  const isYear = (value: number): boolean => Number.isInteger(value) && value >= 1900 && value <= 2100;
  if (words.includes('year')) return found.find(({ value }) => isYear(value) && fits(value))?.value;
  const stem = (word: string): string => word.replace(/s$/, '');
  const money = words.some((word) => /^(?:budget|price|cost|fee|salary|rent)s?$/.test(word));
  const near = found.find(
    ({ value, unit }) =>
      fits(value) &&
      unit !== '' &&
      (words.some((word) => unit.split(' ').map(stem).includes(stem(word))) ||
        (money && /^(?:eur|euro|usd|dollar|pound|gbp|€|\$|£)/.test(unit))),
  );
  if (near !== undefined) return near.value;
  if (listed || money || !QUANTITY.test(name)) return undefined;
  return found.find(({ value }) => fits(value) && !isYear(value))?.value;
}

function usualFor({ name, index }: Place, least: number, most: number, random: Random): number {
  const bounded = Number.isFinite(least) && Number.isFinite(most) && Math.abs(most) < 1e15 && Math.abs(least) < 1e15;
  if (
    /\b(?:score|rating|confidence|probability|likelihood|relevance|importance|impact|weight|quality|progress|percent\w*|share|ratio)\b/.test(
      name,
    )
  ) {
    const top = bounded ? most : /percent/.test(name) ? 100 : 1;
    const bottom = bounded ? least : 0;
    return bottom + (top - bottom) * Math.max(0.1, 0.9 - index * 0.15);
  }
  if (/\b(?:order|index|position|rank|number|step|id|no)\b/.test(name)) return index + 1;
  if (/\byear\b/.test(name)) return 2030 + index;
  if (/\bage\b/.test(name)) return 34 + index * 7;
  if (/\b(?:price|cost|budget|amount|fee|salary|total)\b/.test(name)) return 120 * (index + 1);
  if (/\b(?:lat|latitude)\b/.test(name)) return 52.1;
  if (/\b(?:lng|lon|longitude)\b/.test(name)) return 5.3;
  if (bounded && most - least <= 100) return least + Math.floor((most - least) * (0.3 + 0.5 * random.next()));
  return 2 + random.below(8) + index;
}
