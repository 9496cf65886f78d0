import { counted } from './format.ts';

/** How much of a list is wanted. */
export interface HowMany {
  /** At most so many; they are asked for in pages. */
  first: number;
  /** All that there are, however many. */
  all?: boolean;
}

interface Page<Entry> {
  nodes: Entry[];
  pageInfo: { endCursor: string | null; hasNextPage: boolean };
}

/** The most that the API gives at a time. */
const largestPage = 100;

/** Reads a list, page after page. @returns what was read, and whether there is more */
export async function readPages<Entry>(
  { first, all = false }: HowMany,
  page: (first: number, after: string | null) => Promise<Page<Entry>>,
): Promise<{ entries: Entry[]; isMore: boolean }> {
  const most = all ? Infinity : first;
  const entries: Entry[] = [];
  let after: string | null = null;
  for (;;) {
    const { nodes, pageInfo }: Page<Entry> = await page(Math.min(largestPage, most - entries.length), after);
    entries.push(...nodes);
    after = pageInfo.endCursor;
    if (!pageInfo.hasNextPage || entries.length >= most) return { entries, isMore: pageInfo.hasNextPage };
  }
}

/** What is said where a list goes on. */
export const moreThere = (shown: number, noun: string): string => `the newest ${counted(shown, noun)}; --all shows the others`;
