import { createLogUpdate } from 'log-update';
import stringWidth from 'string-width';
import type { Event } from '../client/index.ts';
import { paintFor, truncate, type Paint } from './format.ts';
import { PlainLines } from './plain.ts';
import { renderTree, widestColumns } from './render.ts';
import { OperationTree } from './tree.ts';

/** What shows events as they happen. */
export interface Display {
  event(event: Event): void;
  /** Says how things stand beside the events; without a text, that all is well again. */
  status(text?: string): void;
  /** Nothing more happens. */
  end(): void;
}

/** Shows nothing. */
export const silent: Display = { event: () => {}, status: () => {}, end: () => {} };

/** Whether a stream can be drawn on again and again. */
export const canRedraw = (stream: NodeJS.WriteStream): boolean => stream.isTTY && process.env['TERM'] !== 'dumb';

/** A line for each thing, on standard output. */
export function plainDisplay(): Display {
  const tree = new OperationTree();
  const lines = new PlainLines(tree, paintFor(process.stdout));
  return {
    event(event) {
      const node = tree.apply(event, Date.now());
      for (const line of lines.linesOf(event, node)) process.stdout.write(`${line}\n`);
    },
    status: (text) => void (text === undefined || process.stderr.write(`lion: ${text}\n`)),
    end: () => {},
  };
}

/** A line of JSON for each event, on standard output. */
export function jsonDisplay(): Display {
  return {
    event: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
    status: (text) => void (text === undefined || process.stderr.write(`lion: ${text}\n`)),
    end: () => {},
  };
}

const redrawMs = 80;

/** The tree of operations on a terminal, drawn anew as it changes. What it shows in the end stays. */
export function liveDisplay(footer: string): Display {
  const stream = process.stdout;
  const paint = paintFor(stream);
  const log = createLogUpdate(stream);
  const tree = new OperationTree();
  let status: string | undefined;
  let frame = 0;
  let drawn: string[] = [];

  const draw = (): void => {
    if (tree.roots.length === 0 && status === undefined) return;
    const { columns, rows } = sizeOf(stream);
    const bottom = ['', status === undefined ? paint.dim(truncate(footer, columns)) : paint.yellow(truncate(status, columns))];
    // The last row is the cursor's.
    const room = Math.max(1, rows - 1 - bottom.length);
    drawn = [...renderTree(tree, { columns, rows: room, nowMs: Date.now(), frame, paint }), ...(rows > 4 ? bottom : [])];
    log(drawn.join('\n'));
  };
  const onResize = (): void => {
    eraseReflowed(stream, drawn);
    log.clear();
    draw();
  };
  stream.on('resize', onResize);
  const timer = setInterval(() => {
    frame++;
    draw();
  }, redrawMs);

  return {
    event: (event) => void tree.apply(event, Date.now()),
    status: (text) => (status = text),
    end() {
      clearInterval(timer);
      stream.off('resize', onResize);
      log.clear();
      log.done();
      const { columns } = sizeOf(stream);
      for (const line of renderTree(tree, { columns, nowMs: Date.now(), frame, paint, withoutPlans: true }))
        stream.write(`${line}\n`);
    },
  };
}

/** Lines that became longer than the terminal were broken by it: what they take beside what `log-update` knows of is erased. */
function eraseReflowed(stream: NodeJS.WriteStream, drawn: readonly string[]): void {
  const { columns } = sizeOf(stream);
  const extra = drawn.reduce((sum, line) => sum + Math.max(0, Math.ceil(stringWidth(line) / columns) - 1), 0);
  stream.write('\u001b[2K\u001b[1A'.repeat(extra));
}

/** How much fits, with a size for streams that tell none. */
export function sizeOf(stream: NodeJS.WriteStream): { columns: number; rows: number } {
  return { columns: stream.columns > 0 ? stream.columns : widestColumns, rows: stream.rows > 0 ? stream.rows : 24 };
}

/** What a command says of itself: not what was asked for, so it goes to standard error. */
export function notice(text: string, paint: Paint = paintFor(process.stderr)): void {
  process.stderr.write(`${paint.dim(`lion: ${text}`)}\n`);
}
