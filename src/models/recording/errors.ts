import { LionError } from '../../errors.ts';

/** A recording that cannot be read, or cannot be written. */
export class RecordingUnusableError extends LionError {
  readonly code = 'RECORDING_UNUSABLE';
  readonly retryable = false;
  /** The file, as it was given. */
  readonly file: string;
  /** The line that is at fault, from 1; undefined where it is the file as a whole. */
  readonly line: number | undefined;

  constructor(file: string, what: string, { line, cause }: { line?: number; cause?: unknown } = {}) {
    const where = line === undefined ? file : `line ${line} of ${file}`;
    super(`The recording cannot be used: ${where} ${what}`, cause === undefined ? undefined : { cause });
    this.file = file;
    this.line = line;
  }
}

/** A replay was asked for something that the recording does not hold. */
export class ModelNotRecordedError extends LionError {
  readonly code = 'MODEL_NOT_RECORDED';
  readonly retryable = false;
  /** The file, as it was given. */
  readonly file: string;

  constructor(file: string, { model, prompt, why }: { model: string; prompt: string; why: string }) {
    super(
      `The recording ${file} holds no answer of ${model} to the request ${JSON.stringify(prompt)}. ${why} If what is asked has changed on purpose, record it again.`,
    );
    this.file = file;
  }
}
