import stringWidth from 'string-width';
import { counted, duration, oneLine, truncate, wrapped, type Paint } from './format.ts';
import { answerHint, type OperationNode, type OperationTree, type Proposal } from './tree.ts';

export interface View {
  columns: number;
  /** How many lines there may be; what is finished is folded first. @default as many as it takes */
  rows?: number;
  nowMs: number;
  /** Counts up, for what turns while it works. */
  frame: number;
  paint: Paint;
  /** Whether the steps of plans are left out, as they are told elsewhere. */
  withoutPlans?: boolean;
}

/** Lines longer than this are hard to read: wider terminals leave the rest empty. */
export const widestColumns = 100;

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

type Look = (text: string) => string;
interface Piece {
  text: string;
  look?: Look;
}
/** An operation with the lines that tell of what it proposes. */
interface Block {
  head: string;
  details: string[];
  /** The start of each of the details. */
  margin: string;
  finished: boolean;
}

/** The tree of operations as lines that fit. */
export function renderTree(tree: OperationTree, view: View): string[] {
  const columns = Math.min(view.columns, widestColumns);
  const blocks = tree.roots.flatMap((root) => blocksOf(root, '', '', { ...view, columns }, tree));
  if (view.rows !== undefined) fold(blocks, view.rows, columns, view.paint);
  const lines = blocks.flatMap(({ head, details }) => [head, ...details]);
  if (view.rows === undefined || lines.length <= view.rows) return lines;
  // Not even the operations fit: the first, and those that came last.
  return view.rows < 2 ? lines.slice(0, view.rows) : [lines[0]!, ...lines.slice(lines.length - view.rows + 1)];
}

function blocksOf(node: OperationNode, lead: string, margin: string, view: View, tree: OperationTree): Block[] {
  const { paint, columns, nowMs } = view;
  const elapsed = tree.elapsedMs(node, nowMs);
  const head = line(
    [
      { text: lead, look: paint.dim },
      glyphOf(node, view),
      { text: ` ${node.kind}`, look: paint.bold },
      ...summaryOf(node, paint),
    ],
    elapsed === undefined ? undefined : { text: duration(elapsed), look: paint.dim },
    columns,
  );
  const last = node.children.length - 1;
  const inner = `${margin}${node.children.length > 0 ? '│ ' : '  '}`;
  return [
    { head, details: detailsOf(node, inner, view), margin: inner, finished: node.finishedAt !== undefined },
    ...node.children.flatMap((child, index) =>
      blocksOf(child, margin + (index === last ? '└─ ' : '├─ '), margin + (index === last ? '   ' : '│  '), view, tree),
    ),
  ];
}

function glyphOf({ status }: OperationNode, { frame, paint }: View): Piece {
  switch (status) {
    case 'QUEUED':
    case 'WAITING':
      return { text: '○', look: paint.dim };
    case 'RUNNING':
      return { text: spinner[frame % spinner.length]!, look: paint.cyan };
    case 'SUCCEEDED':
      return { text: '✔', look: paint.green };
    case 'FAILED':
      return { text: '✖', look: paint.red };
    case 'CANCELLED':
      return { text: '■', look: paint.yellow };
  }
}

/** What there is to say of an operation beside its name. */
function summaryOf(node: OperationNode, paint: Paint): Piece[] {
  const say = (text: string, look?: Look): Piece[] => [{ text: `  ${oneLine(text)}`, ...(look && { look }) }];
  const own = node.instruction !== undefined && node.instruction !== node.parent?.instruction ? node.instruction : undefined;
  if (node.status === 'FAILED' && node.parent) return say(node.error?.message ?? '', paint.red);
  if (node.waiting !== undefined) return say(node.waiting, paint.yellow);
  if (node.part !== undefined) return say(node.part);
  if (own !== undefined) return say(own);
  if (node.status === 'CANCELLED') return say('cancelled', paint.yellow);
  if (node.status === 'QUEUED') return say(node.recovered ? 'waits to go on' : 'queued', paint.dim);
  const retried = node.steps.find(({ isFinal, error }) => !isFinal && error);
  if (node.status === 'RUNNING' && retried?.error) return say(`try ${retried.try}, as ${retried.error.message}`, paint.yellow);
  const { proposals } = node;
  if (proposals.length > 0) return say(countOf(node, proposals), paint.dim);
  if (node.status === 'RUNNING' && node.children.length === 0 && node.model !== null)
    return say(`asking ${node.model}`, paint.dim);
  return [];
}

function countOf({ status, wanted }: OperationNode, proposals: readonly Proposal[]): string {
  const nouns = { idea: 'idea', choice: 'choice', planStep: 'step' } as const;
  const noun = nouns[proposals[0]!.of];
  return status === 'RUNNING' && wanted !== undefined
    ? `${proposals.length} of ${counted(wanted, noun)}`
    : counted(proposals.length, noun);
}

/** A line for each thing that an operation proposes; dim while it is provisional. */
function detailsOf(node: OperationNode, margin: string, { paint, columns, withoutPlans }: View): string[] {
  const final = node.output !== undefined || node.steps.every(({ isFinal }) => isFinal);
  const look = final ? undefined : paint.dim;
  const { proposals } = node;
  const whole = proposals.filter((proposal) => proposal.of !== 'planStep' || !proposal.isPart);
  const numbers = new Map(whole.flatMap((proposal, index) => (proposal.of === 'planStep' ? [[proposal.id, index + 1]] : [])));
  // Two digits from the start: nothing moves when the tenth comes.
  const width = Math.max(2, String(Math.max(proposals.length, node.wanted ?? 0)).length);
  const lines = proposals
    .filter(({ of }) => !(withoutPlans && of === 'planStep'))
    .map((proposal) => {
      const number = whole.includes(proposal) ? String(whole.indexOf(proposal) + 1) : '';
      const [mark, text, right] = detailOf(proposal, number.padStart(width), numbers);
      const pieces = [
        { text: margin, look: paint.dim },
        { text: `${mark} `, look: paint.dim },
        { text: oneLine(text), ...(look && { look }) },
      ];
      return line(pieces, right === '' ? undefined : { text: right, look: paint.dim }, columns);
    });
  const texts =
    node.finishedAt === undefined
      ? node.steps.flatMap(({ text }) => (text === '' ? [] : wrapped(text, columns - stringWidth(margin))))
      : [];
  const asked = node.inputRequests.flatMap((request) => [
    line(
      [
        { text: margin, look: paint.dim },
        { text: `? ${oneLine(request.question)}`, look: paint.yellow },
      ],
      undefined,
      columns,
    ),
    // Whole, to be copied.
    `${paint.dim(margin)}  ${answerHint(node.id, request)}`,
  ]);
  return [...lines, ...asked, ...texts.slice(-3).map((text) => paint.dim(truncate(margin + text, columns)))];
}

function detailOf(
  proposal: Proposal,
  number: string,
  numbers: ReadonlyMap<string, number>,
): [mark: string, text: string, right: string] {
  switch (proposal.of) {
    case 'idea':
      return ['•', proposal.title, ''];
    case 'choice':
      return ['→', proposal.label, proposal.score === null ? '' : proposal.score.toFixed(2)];
    case 'planStep':
      return [
        number,
        `${proposal.isPart ? '  ' : ''}${proposal.title}`,
        proposal.status === 'PLANNED' ? after(proposal.dependsOn, numbers) : proposal.status.toLowerCase(),
      ];
  }
}

/** Which steps come before, by their numbers: `after 1, 3`. */
export function after(dependsOn: readonly string[], numbers: ReadonlyMap<string, number>): string {
  const known = dependsOn.flatMap((id) => numbers.get(id) ?? []).toSorted((a, b) => a - b);
  return known.length === 0 ? '' : `after ${known.join(', ')}`;
}

/** Pieces of text to the left and one to the right, cut to fit. */
function line(pieces: readonly Piece[], right: Piece | undefined, columns: number): string {
  const most = Math.floor(columns / 2);
  const rightText = right ? truncate(right.text, most) : '';
  let room = columns - (right ? stringWidth(rightText) + 2 : 0);
  let painted = '';
  for (const { text, look } of pieces) {
    const kept = truncate(text, room);
    room -= stringWidth(kept);
    painted += look ? look(kept) : kept;
  }
  if (!right) return painted;
  return `${painted}${' '.repeat(room + 2)}${right.look ? right.look(rightText) : rightText}`;
}

/** Takes details away until the lines fit: those of what has finished first, then the earlier ones of what is at work. */
function fold(blocks: Block[], rows: number, columns: number, paint: Paint): void {
  let over = blocks.reduce((sum, { details }) => sum + 1 + details.length, 0) - rows;
  for (const block of blocks.filter(({ finished }) => finished)) {
    if (over <= 0) return;
    over -= block.details.length;
    block.details = [];
  }
  for (const block of blocks) {
    if (over <= 0) return;
    const { length } = block.details;
    if (length < 2) continue;
    const kept = Math.max(0, length - over - 1);
    const hidden = length - kept;
    block.details = [paint.dim(truncate(`${block.margin}⋮ ${hidden} earlier`, columns)), ...block.details.slice(hidden)];
    over -= hidden - 1;
  }
}
