import { spawn, spawnSync } from 'node:child_process';
import { readContract, type Contract } from './open-api.ts';

/** Whether this machine has curl. */
export const hasCurl = spawnSync('curl', ['--version']).status === 0;

export interface CurlAnswer {
  status: number;
  headers: Headers;
  /** Parsed where it is JSON; undefined where there is none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever it has asked for
  body: any;
}

export interface CurlOptions {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  data?: string | Buffer;
  headers?: Record<string, string>;
  /** Null for none. @default that of the server */
  key?: string | null;
}

export interface Curl {
  (method: string, path: string, options?: CurlOptions): Promise<CurlAnswer>;
  contract: Contract;
}

/** Makes calls with curl, and holds each answer against the OpenAPI document. */
export async function openCurl({ url, key: ownKey }: { url: string; key: string }): Promise<Curl> {
  const contract = await readContract(url);
  const call = async (method: string, path: string, options: CurlOptions = {}): Promise<CurlAnswer> => {
    const { key = ownKey, headers = {} } = options;
    const body = options.json === undefined ? options.data : JSON.stringify(options.json);
    const sent: Record<string, string> = {
      ...(key !== null && { 'X-API-Key': key }),
      ...(options.json !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    };
    const args = ['-sS', '-i', '-X', method, ...Object.entries(sent).flatMap(([name, value]) => ['-H', `${name}: ${value}`])];
    const output = await run([...args, ...(body === undefined ? [] : ['--data-binary', '@-']), `${url}${path}`], body);
    const answer = parse(output);
    contract.expectKept(method, path, {
      status: answer.status,
      type: answer.headers.get('content-type') ?? undefined,
      body: answer.body,
    });
    return answer;
  };
  return Object.assign(call, { contract });
}

function run(args: readonly string[], input: string | Buffer | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('curl', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`curl ended with ${code}: ${complaint}`))));
    // What refuses a body may not read it to its end.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function parse(output: string): CurlAnswer {
  const [head = '', ...rest] = output.split('\r\n\r\n');
  if (head.startsWith('HTTP/1.1 1')) return parse(rest.join('\r\n\r\n'));
  const [line = '', ...fields] = head.split('\r\n');
  const headers = new Headers(
    fields.map((field): [string, string] => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1).trim()]),
  );
  const text = rest.join('\r\n\r\n');
  const isJson = /json/.test(headers.get('content-type') ?? '');
  return { status: Number(line.split(' ')[1]), headers, body: text === '' ? undefined : isJson ? JSON.parse(text) : text };
}
