/** A step of a breakdown, with templates for its texts. */
export interface StepTemplate {
  id: string;
  /** Ids of steps of the same breakdown, all of them earlier. */
  after: readonly string[];
  /** 1 for the step that is kept longest when there is room for few. */
  rank: number;
  title: string;
  description: string;
  doneWhen: string;
  /** What the step falls into when there is room for more, as imperatives without a full stop. */
  parts: readonly string[];
}

/**
 * Reads steps that are written as blocks of four lines, so that a breakdown can be seen as a whole:
 *
 *     id < after, after # rank | Title
 *     Description.
 *     = What is true when it is done.
 *     + part; part; part
 */
export function breakdown(text: string): StepTemplate[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((block) => {
      const [head = '', description = '', doneWhen = '', parts = ''] = block.split('\n').map((line) => line.trim());
      const [, id = '', after = '', rank = '', title = ''] = /^([\w-]+)(?: < ([\w, -]+))? # (\d+) \| (.+)$/.exec(head) ?? [];
      return {
        id,
        after: after === '' ? [] : after.trim().split(', '),
        rank: Number(rank),
        title,
        description,
        doneWhen: doneWhen.slice(2),
        parts: parts.slice(2).split('; '),
      };
    });
}
