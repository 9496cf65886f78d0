/**
 * Where an idea makes sense: `made` where something is made for people, `offer` where they use it again and again, `effort` where somebody is to get something
 * done, `domain` where the field has words of its own, `placed`, `limit` and `fact` where the instruction or context has one.
 */
export type Scope = 'any' | 'made' | 'offer' | 'effort' | 'domain' | 'placed' | 'limit' | 'fact';

/** An idea in the making: templates for its title, what it is, and how to begin or what comes of it. */
export type Move = readonly [scope: Scope, title: string, what: string, how: string];

/** A way of looking at a task that leads to ideas. */
export interface Lens {
  name: string;
  /** Words of a guidance that call for this lens, as stems. */
  calls: string;
  /** Why the lens helps, as sentences. */
  why: readonly [string, ...string[]];
  moves: readonly Move[];
}
