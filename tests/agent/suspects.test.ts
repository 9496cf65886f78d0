import { describe, expect, it } from 'vitest';
import { judgeCrash, type Survivor } from '../../src/agent/suspects.ts';

const sessionId = 'ses_00000000000000000000000000';
const running = (number: number, suspicion = 0, parent: number | null = null): Survivor => ({
  sessionId,
  number,
  parent,
  suspicion,
});

/** To whom the crash is laid, and how suspicious each is from then on. */
function judged(...left: Survivor[]) {
  const verdicts = judgeCrash(left);
  return {
    own: verdicts.filter(([, { isOwn }]) => isOwn).map(([{ number }]) => number),
    suspicion: verdicts.map(([, { suspicion }]) => suspicion),
  };
}

describe('a crash is laid to', () => {
  it('nobody, where several ran: bystanders are not blamed, however often', () => {
    expect(judged(running(1), running(2))).toEqual({ own: [], suspicion: [1, 1] });
    expect(judged(running(1, 1), running(2, 1))).toEqual({ own: [], suspicion: [2, 2] });
    expect(judged(running(1, 2), running(2, 2), running(3))).toEqual({ own: [], suspicion: [3, 3, 1] });
  });

  it('the only one that ran', () => {
    expect(judged(running(1))).toEqual({ own: [1], suspicion: [1] });
  });

  it('the only suspect among those that ran, and not to these', () => {
    expect(judged(running(1), running(2, 2), running(3, 1))).toEqual({ own: [2], suspicion: [1, 3, 2] });
  });

  it('the child, and not to the parent that waited for it', () => {
    expect(judged(running(1), running(2, 0, 1))).toEqual({ own: [2], suspicion: [1, 1] });
    // The parent was there for more crashes; the child that is new since is as likely.
    expect(judged(running(1, 2), running(2, 0, 1), running(3, 2))).toMatchObject({ own: [3] });
  });

  it('nobody of another session with the same number', () => {
    const other: Survivor = { ...running(2, 0, 1), sessionId: 'ses_00000000000000000000000001' };
    expect(judged(running(1), other).own).toEqual([]);
  });
});
