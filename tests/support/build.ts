import { execFileSync } from 'node:child_process';

/** Tests start the server and the CLI as they are shipped, from `dist/`; built anew, it cannot be stale. */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
